"""`facecheckin events …`: history for analysts, as Parquet files or as it happens."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
import msgspec

from adapters import wiring
from adapters.settings import load_settings


@click.group()
def events() -> None:
    """Export what was recorded, or watch it being recorded."""


@events.command()
@click.option(
    "--since",
    type=click.IntRange(min=0),
    help="begin a new folder after this position (a folder that was begun goes on by itself)",
)
@click.option(
    "--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="the folder of the files"
)
def export(since: int | None, folder: Path) -> None:
    """Write what is new into a folder of Parquet files, by day, without anything sealed. Run again, it goes on."""
    try:
        from adapters.analytics.export import export as export_events
        from adapters.analytics.manifest import ExportRefused
    except ImportError as error:
        raise needs_analysis(error) from error

    def say(position: int, end: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\rposition {position} of {end}", err=True, nl=position == end)

    with wiring.open_database(load_settings()) as dsn:
        try:
            done = export_events(dsn, folder, since=since, report=say)
        except ExportRefused as error:
            raise click.ClickException(str(error)) from error
    click.echo(
        f"{done.events} events, up to position {done.position}, in {done.files} files, {done.took_s:.1f} s"
        if done.events
        else f"nothing new after position {done.position}"
    )


@events.command()
@click.option("--since", type=click.IntRange(min=0), help="begin after this position; from now on if not given")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
def tail(since: int | None, as_json: bool) -> None:
    """Print events as they are recorded, in order and each once, until interrupted."""
    from adapters.analytics.tail import Tail

    encode = msgspec.json.Encoder().encode
    with wiring.open_database(load_settings()) as dsn:
        try:
            for shown in Tail(dsn, since=since):
                if as_json:
                    line = encode(shown).decode()
                else:
                    fields = "" if shown.fields is None else encode(shown.fields).decode()
                    line = f"{shown.position:>8}  {shown.recorded_at:%Y-%m-%d %H:%M:%S}  {shown.topic}  {fields}"
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
        except KeyboardInterrupt:
            pass
        except BrokenPipeError:
            # Whoever read has gone; nor can what is buffered be flushed at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def needs_analysis(error: ImportError) -> click.ClickException:
    return click.ClickException(f"{error.name} is not installed: pip install 'facecheckin[analysis]'")
