"""`facecheckin sessions …`: import timetables and rosters, list sessions, show who was there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters import wiring
from adapters.commands.importing import import_rows, parse_or_fail
from adapters.commands.running import run
from adapters.http.access_tokens import AccessTokens
from adapters.imports.people_csv import parse_rosters
from adapters.imports.recurrence import Between
from adapters.imports.timetable import Defaults
from adapters.imports.timetable_csv import parse_timetable_csv
from adapters.imports.timetable_icalendar import parse_timetable_icalendar
from adapters.imports.wall_clock import ZoneUnknown, moment_at, zone_named
from adapters.read_models.stations import PostgresStations
from adapters.settings import load_settings
from application.sessions import load_session

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def sessions() -> None:
    """Import, list and show sessions and their attendance."""


@sessions.command("import")
@click.argument("file", type=_FILE)
@click.option("--zone", default="UTC", show_default=True, help="time zone where the file names none (Europe/Berlin)")
@click.option("--from", "first", type=_DAY, help="the first day [default: today]")
@click.option("--days", default=180, show_default=True, type=click.IntRange(1, 3650), help="how many days from then")
@click.option("--room", "rooms", multiple=True, metavar="ROOM=STATION", help="a station of a room; may be repeated")
def import_(file: Path, zone: str, first: datetime | None, days: int, rooms: tuple[str, ...]) -> None:
    """Schedule the meetings of FILE: iCalendar (.ics), or CSV with the columns series, title, room, start and end.

    Repeated meetings are expanded within the days asked for. The same file again moves what has moved and adds nothing.
    """
    try:
        zone_info = zone_named(zone)
    except ZoneUnknown as unknown:
        raise click.BadParameter(str(unknown), param_hint="--zone") from None
    today = datetime.now(zone_info).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    start = moment_at(first or today, zone_info)
    named = run(_named_stations())
    defaults = Defaults(
        between=Between(start, start + timedelta(days=days)), zone=zone, stations=_rooms(rooms, named), named=named
    )
    parse = parse_timetable_icalendar if file.suffix.lower() in (".ics", ".ical") else parse_timetable_csv
    parsed = parse_or_fail(file, lambda text: parse(text, defaults))
    import_rows(file, lambda services: services.import_timetable(parsed))


@sessions.command()
@click.argument("file", type=_FILE)
def rosters(file: Path) -> None:
    """Expect people at the coming sessions of their series: FILE is CSV with the columns series and user_id."""
    parsed = parse_or_fail(file, parse_rosters)
    import_rows(file, lambda services: services.import_rosters(parsed))


@sessions.command("list")
@click.option("--from", "first", type=_DAY, help="the first day, in UTC [default: today]")
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 366))
def list_(first: datetime | None, days: int) -> None:
    """Sessions by their start, with how many were there."""
    start = (first or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)).replace(tzinfo=UTC)
    table = Table("start", "title", "room", "state", "expected", "present", "late", "absent", "excused", "id")

    async def work() -> None:
        async with wiring.open_sessions(load_settings()) as (services, _):
            found = await services.sessions.between(start, start + timedelta(days=days))
            sheets = await services.attendance.sheets([one.id for one in found])
            for one in found:
                sheet = sheets.get(one.id)
                statuses = [] if sheet is None else [row.status for row in sheet.rows]
                erased = {} if sheet is None else sheet.erased
                counts = [
                    str(statuses.count(status) + erased.get(status, 0))
                    for status in ("present", "late", "absent", "excused")
                ]
                shown = one.plan.times.starts_at.astimezone(ZoneInfo(one.plan.times.zone))
                table.add_row(
                    f"{shown:%a %Y-%m-%d %H:%M %Z}",
                    escape(one.plan.title),
                    escape(one.plan.room),
                    one.state,
                    str(one.rostered),
                    *counts,
                    str(one.id),
                )

    run(work())
    Console().print(table)


@sessions.command()
@click.argument("session", type=click.UUID)
def show(session: UUID) -> None:
    """Who was there: every person on the roster of SESSION, with the check-in behind it."""
    table = Table("user id", "name", "status", "checked in", "check-ins", "corrected, because")

    async def work() -> str:
        async with wiring.open_sessions(load_settings()) as (services, record):
            found = await load_session(services.store, session)
            if found is None:
                raise click.ClickException(f"there is no session {session}")
            people = {person.id: person for person in await record.people.all()}
            sheet = await services.attendance.sheet(session)
            zone = ZoneInfo(found.plan.times.zone)
            for row in () if sheet is None else sheet.rows:
                person = people.get(row.person)
                correction = found.corrections.get(row.person)
                reason = None if correction is None else correction.reason.reveal()
                table.add_row(
                    "" if person is None else escape(person.user_id),
                    "" if person is None else escape(person.name),
                    row.status,
                    "" if row.moment is None else f"{row.moment.astimezone(zone):%H:%M:%S}",
                    str(row.check_ins),
                    escape(reason or ""),
                )
            reported = "every station has reported" if sheet is not None and sheet.reported else "stations are awaited"
            return f"{found.plan.title}, {found.plan.room}: {found.state}; {reported}"

    said = run(work())
    click.echo(said)
    Console().print(table)


async def _named_stations() -> dict[str, UUID]:
    async with wiring.open_sessions(load_settings()) as (_, record):
        by_token = await AccessTokens(record.database).stations()
        return {**by_token, **await PostgresStations(record.database).named()}


def _rooms(given: Sequence[str], named: dict[str, UUID]) -> dict[str, tuple[UUID, ...]]:
    rooms: dict[str, tuple[UUID, ...]] = {}
    for one in given:
        room, _, station = one.rpartition("=")
        if not room:
            raise click.BadParameter(f"{one!r} is not ROOM=STATION", param_hint="--room")
        try:
            id = named[station] if station in named else UUID(station)
        except ValueError:
            raise click.BadParameter(f"there is no station {station!r}", param_hint="--room") from None
        rooms[room] = (*rooms.get(room, ()), id)
    return rooms
