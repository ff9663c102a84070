"""A table as a file of the kind that was asked for, made where it slows nobody at a door."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Literal

import msgspec

from adapters.reports.csv_file import csv_file
from adapters.reports.table import Table

FileKind = Literal["csv", "xlsx", "pdf"]
MEDIA_TYPES: dict[FileKind, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
_TIMEOUT_S = 60.0


class FileMaker:
    """A PDF of 500 rows computes for a second: it is made in a process, one at a time; the others wait in turn."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)

    async def __call__(self, table: Table, kind: FileKind) -> bytes:
        """Raises subprocess.SubprocessError where the process failed or took longer than a minute."""
        if kind == "csv":
            return await asyncio.to_thread(csv_file, table)
        async with self._turn:
            return await asyncio.to_thread(_in_a_process, table, kind)


def _in_a_process(table: Table, kind: FileKind) -> bytes:
    command = [sys.executable, "-m", "adapters.reports.worker", kind]
    done = subprocess.run(
        command, input=msgspec.msgpack.encode(table), stdout=subprocess.PIPE, check=True, timeout=_TIMEOUT_S
    )
    return done.stdout
