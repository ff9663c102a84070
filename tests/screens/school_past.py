"""The weeks before the school day, for whatever is drawn over time: sessions, moods, latencies, an audit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

from domain import session as sessions
from domain.check_in import CheckInEvent
from domain.matching import Match
from domain.session_events import Plan, SessionEvent, Times
from domain.station import StationReported
from tests.http.live_server import LiveServer
from tests.http.signing_device import SigningDevice, beat, paired_device
from tests.screens.school_check_ins import check_in_at, evidence

LESSONS = ("Linear algebra", "Music theory")
"""The first is attended by enough for its mood to be told, the second by too few: on Fridays it is held alone."""
_ATTENDING = (13, 4)
_WEEKS = 3
_WEEKDAYS, _FREE = range(5), 4
_MOODS = (
    {"happy": 0.45, "neutral": 0.4, "surprise": 0.1, "sad": 0.05},
    {"happy": 0.3, "neutral": 0.5, "sad": 0.12, "angry": 0.08},
    {"happy": 0.6, "neutral": 0.25, "surprise": 0.15},
)
_DATED_BACK = """
CREATE TABLE dated_back AS SELECT interval '0' AS by;
CREATE FUNCTION date_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.recorded_at := NEW.recorded_at - (SELECT by FROM dated_back);
    RETURN NEW;
END $$;
CREATE TRIGGER dated_back BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION date_back();
"""


def remember(server: LiveServer, stations: Sequence[UUID], people: Sequence[UUID], now: datetime) -> UUID:
    """The station that was paired meanwhile."""
    server.run(_weeks(server, stations, people, now))
    return _administrate(server)


async def _weeks(server: LiveServer, stations: Sequence[UUID], people: Sequence[UUID], now: datetime) -> None:
    """The writer commits what is of one day in groups; the read models are waited for once."""
    dates = [now.date() - timedelta(days=back) for back in range(7 * _WEEKS + 1, 1, -1)]
    days = [datetime.combine(date, time(), now.tzinfo) for date in dates if date.weekday() in _WEEKDAYS]
    store, position = server.record.store, 0
    async with _as_of_then(server) as date_back:
        for number, day in enumerate(days):
            for lesson, (title, attending) in enumerate(zip(LESSONS, _ATTENDING, strict=True)):
                if lesson == 0 and day.weekday() == _FREE:
                    continue
                starts_at = day + timedelta(hours=9 + 2 * lesson)
                await date_back(now - starts_at)
                planned = _planned(title, stations[0], people[: attending + 2], starts_at)
                await store.append(*planned)
                came = [
                    _came(stations[0], person, starts_at, place, number)
                    for place, person in enumerate(people[:attending])
                    if (place + number) % 9 != 8
                ]  # somebody is away now and then
                position = max(await asyncio.gather(*(store.append(id, 0, events) for id, events in came)))
    for station in stations:
        reported = StationReported(at=now, station_id=station, through=now - timedelta(days=1))
        position = await store.append(uuid4(), 0, [reported])
    await server.record.projections.wait(position, 30)
    await server.services.sessions.settle()


@asynccontextmanager
async def _as_of_then(server: LiveServer) -> AsyncIterator[Callable[[timedelta], Awaitable[object]]]:
    """What is recorded meanwhile counts as recorded so long ago: a mood belongs to when it was recorded."""
    database = server.record.database
    async with database.connection() as connection:
        await connection.execute(_DATED_BACK)

    async def date_back(by: timedelta) -> None:
        async with database.connection() as connection:
            await connection.execute("UPDATE dated_back SET by = %s", (by,))

    try:
        yield date_back
    finally:
        async with database.connection() as connection:
            await connection.execute("DROP TRIGGER dated_back ON event; DROP FUNCTION date_back; DROP TABLE dated_back")


def _came(station: UUID, person: UUID, starts_at: datetime, place: int, number: int) -> tuple[UUID, list[CheckInEvent]]:
    return check_in_at(
        station,
        Match(person, evidence(0.26 + 0.012 * (place % 7))),
        starts_at + timedelta(seconds=-600 + 67 * place),
        mood=_MOODS[(number + place) % len(_MOODS)],
        slow=1 + 0.08 * ((number + place) % 9),
    )


def _planned(
    title: str, station: UUID, people: Sequence[UUID], starts_at: datetime
) -> tuple[UUID, int, list[SessionEvent]]:
    times = Times(
        opens_at=starts_at - timedelta(minutes=30),
        starts_at=starts_at,
        late_after=starts_at + timedelta(minutes=2),
        ends_at=starts_at + timedelta(minutes=45),
        zone="UTC",
    )
    id, at = uuid4(), times.opens_at
    plan = Plan(title=title, room="R 101", stations=(station,), times=times, series=title)
    planned = sessions.schedule(None, plan, at=at)
    assert isinstance(planned, list)
    session = sessions.replay(id, planned)
    assert session is not None
    expected = sessions.change_roster(session, people, at=at)
    assert isinstance(expected, list)
    return id, 0, [*planned, *expected]


def _administrate(server: LiveServer) -> UUID:
    """One device was paired and another waits to be approved; an account was made, by the door that everybody uses."""
    paired, station = paired_device(server, name="Gymnasium", room="Gym")
    with paired:
        beat(paired)
    with SigningDevice(server, address="127.0.2.1") as device:
        device.ask_for_pairing("Station by the library")
    with server.client("admin") as admin:
        answer = admin.post("/api/accounts/", json={"name": "Noor Bakker", "role": "staff"})
        assert answer.status_code == 201, answer.text
    return station
