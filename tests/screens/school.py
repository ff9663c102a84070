"""A school day to look at: made-up people, three sessions, check-ins of every outcome, stations and their health."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

import msgspec
import pytest

from adapters.http.access_tokens import Role
from adapters.http.services import Services
from adapters.record import Record
from adapters.settings import Settings
from adapters.wiring import join
from application.ports import StationHealth
from application.sign_in import SignedIn
from domain.account import ACCOUNT_ROLES
from domain.check_in import CheckInEvent
from domain.matching import Ambiguous, Decision, Match, Unknown
from domain.session_events import Plan, Times
from domain.station import StationReported
from inference.thresholds import calibrations
from inference.worker import InferenceWorker
from tests.fixtures_database import fresh_database
from tests.http.drawn_people import register
from tests.http.live_server import FullQueue, LiveServer, live_server
from tests.screens.school_check_ins import check_in_at, evidence
from tests.screens.school_past import remember
from tests.screens.school_people import AT_WORK, enrol

NAMES = (
    "Amira Haddad", "Bruno Keller", "Chloé Martin", "Dmitri Orlov", "Elif Yıldız", "Farid Nasser", "Greta Lindqvist",
    "Hugo Almeida", "Ines Okafor", "Jonas Weber", "Keiko Tanaka", "Luca Romano", "Maya Cohen", "Nadia Petrova",
    "Omar Said", "Paula Jiménez", "Quentin Moreau", "Rosa Silva", "Samuel Adeyemi", "Tara Novak", "Umar Rahman",
    "Vera Horváth", "Wanda Zielińska", "Yusuf Demir",
)  # fmt: skip
TITLES = (("Linear algebra", "R 101"), ("Organic chemistry", "R 204"), ("World history", "Aula"))


class CalibratedQueue(FullQueue):
    """As full, with the thresholds of a real model: their preview is then there to be seen."""

    thresholds = next(iter(calibrations().values())).thresholds


class School(msgspec.Struct, frozen=True, kw_only=True):
    """`people` in the order of NAMES, their user ids `s-001` and on; one session for each of TITLES.

    `stations` hold a token each; `paired` has a key of its own.
    """

    server: LiveServer
    people: Sequence[UUID]
    sessions: Sequence[UUID]
    stations: Sequence[UUID]
    paired: UUID
    signed_in: dict[Role, SignedIn]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"


@pytest.fixture(scope="package")
def school(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """A server of its own, at work in a thread, and filled. It needs no models."""
    with fresh_database(postgres) as dsn, school_at(dsn, tmp_path_factory.mktemp("school") / "keys.json") as filled:
        yield filled


@contextmanager
def school_at(dsn: str, key_file: Path) -> Iterator[School]:
    @asynccontextmanager
    async def over_a_full_queue(record: Record) -> AsyncIterator[Services]:
        worker = cast(InferenceWorker, CalibratedQueue())  # the wiring asks of a worker what this offers
        settings = Settings(data_dir=key_file.parent, models_dir=Path(), keys_file=key_file, zone=_zone_at_noon())
        yield join(settings, record, worker)

    with live_server(dsn, key_file, over_a_full_queue, AT_WORK) as server:
        yield fill(server)


def _zone_at_noon() -> str:
    """Where it is about noon now, so that the school's day has room around it whenever this runs."""
    return f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"


def fill(server: LiveServer) -> School:
    with server.client("staff") as staff:
        people = [register(staff, f"s-{n:03}", name, ["face", "emotion"]) for n, name in enumerate(NAMES, 1)]
    signed_in: dict[Role, SignedIn] = {"person": SignedIn(role="person", subject=people[0], name=NAMES[0])}
    for role, name in zip(ACCOUNT_ROLES, ("Ruth Amsel", "Ivo Hartmann", "Lena Vogt"), strict=True):
        created = server.run(server.services.accounts.manage.create(name, role, by=None))
        assert isinstance(created, UUID)
        signed_in[role] = SignedIn(role=role, subject=created, name=name)
    stations = []
    for name in ("Main hall", "Front door", "Laboratory"):
        stations.append(server.run(server.services.tokens.create("station", name)).caller.subject)
    now = datetime.now(UTC).replace(microsecond=0)
    server.run(enrol(server, people[:-3], now))
    sessions = [uuid4() for _ in TITLES]
    paired = remember(server, stations, people, now)
    server.run(_hold_sessions(server, sessions, stations, people, now))
    server.run(_arrive(server, stations, people, now))
    server.run(_say_how_they_are(server, stations, now))
    return School(
        server=server, people=people, sessions=sessions, stations=stations, paired=paired, signed_in=signed_in
    )


async def record_more(server: LiveServer, id: UUID, after_version: int, events: Sequence[CheckInEvent]) -> None:
    """To a check-in that has begun."""
    position = await server.record.store.append(id, after_version, list(events))
    await server.record.projections.wait(position, 10)


async def record(server: LiveServer, id: UUID, events: Sequence[CheckInEvent]) -> int:
    """Recorded and projected; the position."""
    position = await server.record.store.append(id, 0, list(events))
    await server.record.projections.wait(position, 10)
    return position


async def _hold_sessions(
    server: LiveServer, sessions: Sequence[UUID], stations: Sequence[UUID], people: Sequence[UUID], now: datetime
) -> None:
    """One that began a while ago, one that begins about now, and one later."""
    services = server.services.sessions
    for number, (id, (title, room)) in enumerate(zip(sessions, TITLES, strict=True)):
        starts_at = now + timedelta(minutes=(-12, 3, 50)[number])
        times = Times(
            opens_at=starts_at - timedelta(minutes=30),
            starts_at=starts_at,
            late_after=starts_at + timedelta(minutes=5),
            ends_at=starts_at + timedelta(minutes=45),
            zone="UTC",
        )
        plan = Plan(title=title, room=room, stations=(stations[number],), times=times, series=title)
        await services.schedule(id, plan)
        await services.change_roster(id, people[number * 8 : number * 8 + 8])


async def _arrive(server: LiveServer, stations: Sequence[UUID], people: Sequence[UUID], now: datetime) -> None:
    arrivals: list[tuple[int, Decision | None, int]] = [
        *((0, Match(people[n], evidence(0.31)), -900 + n * 40) for n in range(5)),
        (0, Match(people[5], evidence(0.31)), -300),
        *((1, Match(people[8 + n], evidence(0.31)), -240 + n * 45) for n in range(4)),
        (0, Unknown(evidence(0.61)), -200),
        (1, Ambiguous((people[12], people[13]), evidence(0.42, margin=0.02)), -150),
        (0, None, -100),
    ]  # fmt: skip
    mood = {"happy": 0.5, "neutral": 0.35, "surprise": 0.1, "sad": 0.05}
    for door, decision, seconds in sorted(arrivals, key=lambda one: one[2]):
        at = now + timedelta(seconds=seconds)
        felt = mood if isinstance(decision, Match) else None
        await record(server, *check_in_at(stations[door], decision, at, mood=felt))


async def _say_how_they_are(server: LiveServer, stations: Sequence[UUID], now: datetime) -> None:
    for station, queue, camera in zip(stations, (0, 3, 0), ("ok", "ok", "failed"), strict=True):
        health = StationHealth(
            at=now,
            software="0.1.0",
            queue_items=queue,
            queue_bytes=queue * 300_000,
            dead_letters=0,
            camera=camera,  # type: ignore[arg-type]  # a word of the Literal
            clock_offset_ms=12.0,
            uptime_s=86_400.0,
            delivered_through=now,
        )
        await server.services.stations.healths.keep(station, health)
    reported = StationReported(at=now, station_id=stations[0], through=now)
    position = await server.record.store.append(uuid4(), 0, [reported])
    await server.record.projections.wait(position, 10)
