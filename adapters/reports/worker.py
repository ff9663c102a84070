"""Writes a table as a spreadsheet or a printed sheet in a process of its own: a table in, the bytes of a file out."""

from __future__ import annotations

import os
import sys

import msgspec

from adapters.reports.table import Table

_NICENESS = 10


def main() -> None:
    os.nice(_NICENESS)  # whoever stands at a door goes first
    table = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Table)
    sys.stdout.buffer.write(_written(sys.argv[1], table))


def _written(kind: str, table: Table) -> bytes:
    # Each import takes a quarter of a second, so only the one that is needed.
    if kind == "xlsx":
        from adapters.reports.xlsx_file import xlsx_file

        return xlsx_file(table)
    from adapters.reports.pdf_file import pdf_file

    return pdf_file(table)


if __name__ == "__main__":
    main()
