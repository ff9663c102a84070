"""`facecheckin projections …`: how far the read models are, a rebuild of one, another try for what was parked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import click
import msgspec
from rich.console import Console
from rich.table import Table

from adapters import wiring
from adapters.event_store import projection_operations
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.migrate import migrate
from adapters.event_store.projection_rebuild import RebuildRefused
from adapters.event_store.projection_rebuild import rebuild as rebuild_beside
from adapters.event_store.read_model import ReadModel
from adapters.record import read_models
from adapters.settings import load_settings


@click.group()
def projections() -> None:
    """See how far the read models are, rebuild them, retry what they could not take."""


@projections.command()
@click.option("--json", "as_json", is_flag=True, help="as one JSON object")
def status(as_json: bool) -> None:
    """Every read model: its position, how far it is behind, what is parked; and whether anybody projects."""
    with _database() as dsn:
        found = projection_operations.status(dsn)
        waiting = {model.name: projection_operations.parked(dsn, model) for model in read_models()}
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    table = Table("read model", "position", "events behind", "seconds behind", "parked")
    for one in found.projections:
        behind = f"{one.seconds_behind:.1f}"
        table.add_row(one.name, str(one.position), str(one.events_behind), behind, str(one.parked))
    Console().print(table)
    click.echo(
        "nobody projects now" if found.leader is None else f"projected by connection {found.leader} of the database"
    )
    for name, streams in waiting.items():
        for stream in streams:
            click.echo(f"{name}: stream {stream.stream}, {stream.events} parked from {stream.position}: {stream.error}")


@projections.command()
@click.argument("name")
def rebuild(name: str) -> None:
    """Build read model NAME anew from the first event, beside the live one, and switch; readers notice nothing."""
    model = _model(name)

    def say(position: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\rposition {position}", err=True, nl=False)

    with _database() as dsn, KeyRing(dsn, load_settings().keys_file) as keys:
        try:
            done = rebuild_beside(dsn, model, SealingMapper(keys), keys, report=say)
        except RebuildRefused as error:
            raise click.ClickException(str(error)) from error
    failed = f"; {done.parked} events are parked" if done.parked else ""
    click.echo(f"{name} rebuilt in {done.took_s:.1f} s, up to position {done.position}{failed}")


@projections.command()
@click.argument("name")
@click.option("--stream", type=click.UUID, help="only this one; every parked stream if not given")
def retry(name: str, stream: UUID | None) -> None:
    """Give read model NAME what it could not take once more, a stream at a time; one that fails again stays parked."""
    model, failed = _model(name), 0
    with _database() as dsn, KeyRing(dsn, load_settings().keys_file) as keys:
        mapper = SealingMapper(keys)
        streams = [one.stream for one in projection_operations.parked(dsn, model)]
        if stream is not None and stream not in streams:
            raise click.ClickException(f"nothing of stream {stream} is parked")
        for each in streams if stream is None else [stream]:
            try:
                events = projection_operations.retry(dsn, model, each, mapper, keys)
                click.echo(f"{each}: {events} events projected")
            except Exception as error:  # whatever a read model's fault is: the other streams are tried all the same
                failed += 1
                click.echo(f"{each}: {error!r}", err=True)
    if failed:
        raise click.ClickException(f"{failed} of {len(streams) if stream is None else 1} streams failed again")
    if not streams:
        click.echo(f"nothing of {name} is parked")


@contextmanager
def _database() -> Iterator[str]:
    with wiring.open_database(load_settings()) as dsn:
        migrate(dsn)
        yield dsn


def _model(name: str) -> ReadModel:
    by_name = {model.name: model for model in read_models()}
    if name not in by_name:
        raise click.BadParameter(f"{name!r} is none of {', '.join(sorted(by_name))}", param_hint="NAME")
    return by_name[name]
