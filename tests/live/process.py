"""A server of the live feed as a process of its own: says its port, and serves until it is killed or its owner ends.

`python -m tests.live.process <DSN> <key file>`
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.live.servers import feeding_server

if __name__ == "__main__":
    with feeding_server(sys.argv[1], Path(sys.argv[2])) as server:
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        sys.stdin.read()
