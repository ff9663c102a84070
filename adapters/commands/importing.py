"""What the import commands share: a file read, its report printed, and a failure where rows were bad."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters import wiring
from adapters.commands.running import run
from adapters.http.session_services import SessionServices
from adapters.imports.csv_table import FileUnreadable, text_of
from adapters.settings import load_settings
from application.importing import ImportReport, Parsed

Row = TypeVar("Row")


def read(path: Path) -> str:
    """Raises click's exception where it is no text."""
    try:
        return text_of(path.read_bytes())
    except FileUnreadable as error:
        raise click.ClickException(f"{path}: {error}") from None


def parse_or_fail(path: Path, parse: Callable[[str], Parsed[Row]]) -> Parsed[Row]:
    text = read(path)
    try:
        return parse(text)
    except FileUnreadable as error:
        raise click.ClickException(f"{path}: {error}") from None


def import_rows(path: Path, work: Callable[[SessionServices], Awaitable[ImportReport]]) -> None:
    """Exit 1 where a row was bad; the good ones are imported all the same."""

    async def opened() -> ImportReport:
        async with wiring.open_sessions(load_settings()) as (services, _):
            return await work(services)

    report = run(opened())
    click.echo(f"{path.name}: {report.added} added, {report.changed} changed, {report.unchanged} as they were")
    if report.bad:
        table = Table("row", "field", "what is wrong")
        for bad in report.bad:
            table.add_row(str(bad.row), escape(bad.field), escape(bad.reason))
        Console(stderr=True).print(table)
        sys.exit(1)
