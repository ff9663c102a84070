"""A process killed while a check-in waits for its decision: `python -m tests.application.crash DSN KEYS MODELS`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from inference.opening import open_worker
from inference.weights import ModelStore
from tests.application.faces import ADA, frame
from tests.application.house import open_house, seen


async def crash_after_the_start(dsn: str, key_file: Path, models: Path) -> None:
    """End as by kill -9 once the start is recorded and the look at the frame is about to begin."""
    worker = open_worker(ModelStore(models))
    await worker.start()
    async with open_house(dsn, key_file, worker) as house:
        call = asyncio.create_task(house.identify(seen(frame(ADA))))
        async with house.meanwhile():
            assert not call.done()
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(crash_after_the_start(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
