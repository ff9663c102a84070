"""`facecheckin replay …`: what was believed at a moment, from the events that were recorded by then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import click
import msgspec
from rich.console import Console
from rich.table import Table

from adapters import wiring
from adapters.analytics.replay_attendance import STATUSES, AttendanceThen, SessionThen, replay_attendance
from adapters.analytics.replay_emotion import replay_emotion
from adapters.event_store.key_ring import KeyRing
from adapters.settings import Settings, load_settings
from application.ports import EmotionFigures, EmotionGroup
from domain.emotion import EMOTIONS

_COLUMNS_ELSEWHERE = 160


def wide_console() -> Console:
    """As wide as the terminal; wide enough to cut nothing off where it is a file or a pipe."""
    console = Console()
    return console if console.is_terminal else Console(width=_COLUMNS_ELSEWHERE)


class Moment(click.ParamType[datetime]):
    """ISO 8601; in UTC where no zone is given."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time like 2026-11-22T09:30:00+01:00", param, ctx)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


@click.command()
@click.option("--as-of", required=True, type=Moment(), help="the moment (ISO 8601; in UTC where no zone is given)")
@click.option("--names", is_flag=True, help="attendance by name; needs the key file")
@click.option("--json", "as_json", is_flag=True, help="one JSON document")
@click.argument("what", type=click.Choice(("attendance", "emotion")))
def replay(as_of: datetime, names: bool, as_json: bool, what: Literal["attendance", "emotion"]) -> None:
    """What did we believe then? From the events recorded by that moment, and nothing else."""
    if names and what == "emotion":
        raise click.UsageError("an emotion has no name")
    settings = load_settings()
    with wiring.open_database(settings) as dsn:
        if what == "emotion":
            _tell_emotion(as_of, replay_emotion(dsn, as_of), as_json=as_json)
        else:
            _tell_attendance(_attendance(settings, dsn, as_of), names=names, as_json=as_json)


def _attendance(settings: Settings, dsn: str, as_of: datetime) -> AttendanceThen:
    if not settings.keys_file.exists():
        raise click.ClickException(
            f"whose check-in it was is sealed, and there is no key file at {settings.keys_file} (FACECHECKIN_KEYS)"
        )
    with KeyRing(dsn, settings.keys_file) as keys:
        return replay_attendance(dsn, keys, as_of)


def _tell_attendance(then: AttendanceThen, *, names: bool, as_json: bool) -> None:
    if as_json:
        shown = [_as_json(session, then, names=names) for session in then.sessions]
        click.echo(msgspec.json.encode({"as_of": then.as_of, "sessions": shown}))
        return
    table = Table("session", "room", "start (UTC)", "state", *STATUSES, "erased since")
    for session in then.sessions:
        starts_at = f"{session.starts_at:%Y-%m-%d %H:%M}"
        counts = (str(session.counts[status]) for status in STATUSES)
        table.add_row(session.title, session.room, starts_at, session.state, *counts, str(session.erased))
        if names:
            for one in session.attendance:
                moment = "" if one.moment is None else f"{one.moment:%H:%M:%S}"
                corrected = ", corrected" if one.corrected else ""
                name = then.names.get(one.person, str(one.person))
                table.add_row(f"  {name}", "", moment, f"{one.status}{corrected}")
    wide_console().print(table)


def _as_json(session: SessionThen, then: AttendanceThen, *, names: bool) -> dict[str, object]:
    """Without `--names` nobody's id either."""
    shown: dict[str, object] = msgspec.structs.asdict(session)
    people = shown.pop("attendance")
    if names:
        assert isinstance(people, tuple)
        shown["people"] = [{"name": then.names.get(one.person), **msgspec.structs.asdict(one)} for one in people]
    return shown


def _tell_emotion(as_of: datetime, groups: Sequence[EmotionGroup], *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode({"as_of": as_of, "groups": groups}))
        return
    table = Table("over since (UTC)", "session, or station", "from", "readings", *EMOTIONS)
    for group in groups:
        named = str(group.session_id or group.station_id)
        whole = ("", "too few") if group.figures is None else ("whole", *_figures(group.figures))
        table.add_row(f"{group.ends_at:%Y-%m-%d %H:%M}", named, *whole)
        for bucket in group.buckets:
            table.add_row("", "", f"{bucket.begins_at:%H:%M}", *_figures(bucket.figures))
    wide_console().print(table)


def _figures(figures: EmotionFigures) -> list[str]:
    return [str(figures.readings), *(f"{figures.mean[emotion]:.3f}" for emotion in EMOTIONS)]
