"""Exports, and is killed (SIGKILL) before its Nth step on the disk: `… DSN FOLDER N WORKERS`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from adapters.analytics import export as exporting
from adapters.analytics import manifest

PAGE = 400


def main(dsn: str, folder: str, steps: int, workers: int) -> None:
    left = steps

    def counted(step: Callable[[Path], None]) -> Callable[[Path], None]:
        def take(path: Path) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            step(path)

        return take

    # Every file and folder is synced before it counts: before and after a sync are all the states a disk can be in.
    manifest.sync = counted(manifest.sync)  # type: ignore[assignment]  # the same, counted
    exporting.export(dsn, Path(folder), page_size=PAGE, workers=workers)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
