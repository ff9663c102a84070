"""`facecheckin stations …`: approve the devices that ask to be stations, list, move and revoke them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters import wiring
from adapters.clock import SystemClock
from adapters.commands.running import run
from adapters.commands.visible_words import VISIBLE_WORDS
from adapters.event_store.migrate import migrate
from adapters.http.access_tokens import AccessTokens
from adapters.http.station_services import StationServices
from adapters.record import Record, open_record
from adapters.settings import load_settings
from adapters.station_wiring import join_stations
from application.stations import StationNotFound
from domain.paired_station import NotPaired, PairedStation, PairingOver, StationRevoked

_ZONE = "%Y-%m-%d %H:%M"


@click.group()
def stations() -> None:
    """Approve, list, move and revoke stations."""


@stations.command("list")
def list_() -> None:
    """Every station with how it last said it is, and the devices that wait to be approved (times in UTC)."""
    table = Table("name", "room", "key", "paired", "revoked", "heard", "queue", "camera", "software", "id")
    waiting = Table("code", "name", "software", "asked", "expires")

    async def work() -> None:
        async with _open() as (services, record):
            healths = await services.healths.latest()
            paired = await services.stations.paired()
            rows: list[tuple[UUID, str, str, str, datetime, datetime | None]] = [
                (one.id, one.name, one.room, one.key_id, one.paired_at, one.revoked_at) for one in paired
            ]
            rows += [
                (one.subject, one.name, "", "token", one.created_at, one.revoked_at)
                for one in await AccessTokens(record.database).of_stations()
            ]
            for id, name, room, key, at, revoked_at in rows:
                health = healths.get(id)
                table.add_row(
                    escape(name),
                    escape(room),
                    key,
                    f"{at.astimezone(UTC):{_ZONE}}",
                    "" if revoked_at is None else f"{revoked_at.astimezone(UTC):{_ZONE}}",
                    "" if health is None else f"{health.at.astimezone(UTC):{_ZONE}}",
                    "" if health is None else str(health.queue_items),
                    "" if health is None else health.camera,
                    "" if health is None else escape(health.software),
                    str(id),
                )
            for one in await services.stations.pending(datetime.now(UTC)):
                asked, expires = (f"{at.astimezone(UTC):{_ZONE}}" for at in (one.requested_at, one.expires_at))
                waiting.add_row(one.user_code, escape(one.name), escape(one.software), asked, expires)

    run(work())
    Console().print(table)
    if waiting.row_count:
        Console().print(waiting)


@stations.command()
@click.argument("code")
@click.option("--name", type=VISIBLE_WORDS, required=True, help="what the station is to be called")
@click.option("--room", type=VISIBLE_WORDS, required=True, help="where it is")
def approve(code: str, name: str, room: str) -> None:
    """Let the device that shows CODE be a station."""

    async def work() -> PairedStation | StationNotFound | PairingOver:
        async with _open() as (services, _):
            return await services.decide_pairing.approve(code, name=name, room=room, by=None)

    click.echo(f"paired {_done(run(work())).id}")


@stations.command()
@click.argument("station", type=click.UUID)
@click.option("--name", type=VISIBLE_WORDS, required=True)
@click.option("--room", type=VISIBLE_WORDS, required=True)
def move(station: UUID, name: str, room: str) -> None:
    """Give STATION (its id) another name or room."""

    async def work() -> PairedStation | StationNotFound | NotPaired | StationRevoked:
        async with _open() as (services, _):
            return await services.manage.move(station, name=name, room=room, by=None)

    _done(run(work()))
    click.echo("moved")


@stations.command()
@click.argument("station", type=click.UUID)
def revoke(station: UUID) -> None:
    """End the key of STATION (its id), at once and for good."""

    async def work() -> PairedStation | StationNotFound | NotPaired:
        async with _open() as (services, _):
            return await services.manage.revoke(station, by=None)

    _done(run(work()))
    click.echo("revoked")


@asynccontextmanager
async def _open() -> AsyncIterator[tuple[StationServices, Record]]:
    """For the running event loop; it needs no models."""
    settings = load_settings()
    with wiring.open_database(settings) as dsn:
        await asyncio.to_thread(migrate, dsn)
        async with open_record(dsn, settings.keys_file) as record:
            yield join_stations(record, SystemClock()), record


def _done(outcome: PairedStation | StationNotFound | NotPaired | StationRevoked | PairingOver) -> PairedStation:
    match outcome:
        case PairedStation():
            return outcome
        case StationNotFound() | NotPaired():
            raise click.ClickException("there is no such station, and no device that shows this code")
        case StationRevoked():
            raise click.ClickException("the station was revoked; pair the device again")
        case PairingOver(status=status):
            raise click.ClickException(f"the pairing is {status}; the device shows a new code when it is paired again")
