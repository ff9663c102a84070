"""Emotions without people: placed where and when they were recorded, told once their group is over, and never again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from adapters.event_store.mapper import SealingMapper
from adapters.event_store.projection_rebuild import rebuild
from adapters.read_models.emotion import EmotionProjection
from adapters.record import Record, open_record
from application.ports import EmotionGroup
from domain import session as sessions
from domain.check_in import check_in_id
from domain.emotion import EMOTIONS
from domain.session_events import Plan, Rescheduled, Times
from tests.event_store.samples import felt, matched, started

pytestmark = pytest.mark.anyio
DOOR, BACK_DOOR = uuid4(), uuid4()
HOUR = timedelta(hours=1)
LONG_AGO, FAR_AHEAD = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


async def feel(record: Record, count: int, *, station: UUID = DOOR) -> None:
    position = 0
    for _ in range(count):
        id = uuid4()
        position = await record.store.append(id, 0, [*started(station), *matched(uuid4()), *felt()])
    await record.projections.wait(position, 30)


async def schedule(record: Record, *stations: UUID, ends_in: timedelta = HOUR) -> UUID:
    """A session that has begun."""
    id = uuid4()
    decided = sessions.schedule(None, plan(*stations, ends_in=ends_in), at=datetime.now(UTC))
    assert isinstance(decided, list)
    await record.projections.wait(await record.store.append(id, 0, decided), 30)
    return id


def plan(*stations: UUID, ends_in: timedelta) -> Plan:
    now = datetime.now(UTC)
    times = Times(
        opens_at=now - HOUR, starts_at=now - HOUR, late_after=now - HOUR / 2, ends_at=now + ends_in, zone="UTC"
    )
    return Plan(title="Algebra", room="R 1", stations=stations, times=times)


async def let_time_pass(record: Record, by: timedelta) -> None:
    """All that is recorded and counted was so earlier: nobody waits a day for a test."""
    async with record.database.connection() as connection:
        await connection.execute("UPDATE event SET recorded_at = recorded_at - %s", (by,))
        await connection.execute("UPDATE emotion SET ends_at = ends_at - %s, begins_at = begins_at - %s", (by, by))


async def told(record: Record) -> list[EmotionGroup]:
    return list(await record.emotions.between(LONG_AGO, FAR_AHEAD))


async def counted(record: Record) -> list[tuple[UUID | None, UUID | None, int]]:
    """By session and station, whether told or not."""
    rows = await record.database.fetch(
        "SELECT session_id, station_id, sum(readings)::int FROM emotion GROUP BY 1, 2 ORDER BY 3"
    )
    return [(session, station, readings) for session, station, readings in rows]


async def test_a_reading_belongs_to_the_session_at_its_station_and_to_the_stations_day_otherwise(
    database: str, key_file: Path
) -> None:
    async with open_record(database, key_file) as record:
        session = await schedule(record, DOOR)
        await feel(record, 3)
        await feel(record, 2, station=BACK_DOOR)
        assert await counted(record) == [(None, BACK_DOOR, 2), (session, None, 3)]


async def test_a_cancelled_session_takes_no_reading_and_a_later_plan_moves_none(database: str, key_file: Path) -> None:
    async with open_record(database, key_file) as record:
        session = await schedule(record, DOOR)
        await feel(record, 1)
        moved = Rescheduled(at=datetime.now(UTC), plan=plan(BACK_DOOR, ends_in=2 * HOUR))
        await record.projections.wait(await record.store.append(session, 1, [moved]), 30)
        await feel(record, 2)
        state = sessions.replay(session, await record.store.load_session(session))
        assert state is not None
        cancelled = sessions.cancel(state, at=datetime.now(UTC))
        assert isinstance(cancelled, list)
        await record.projections.wait(await record.store.append(session, 2, cancelled), 30)
        await feel(record, 3, station=BACK_DOOR)
        assert await counted(record) == [(session, None, 1), (None, DOOR, 2), (None, BACK_DOOR, 3)]


async def test_nothing_is_told_before_the_end_and_everything_after_it(database: str, key_file: Path) -> None:
    async with open_record(database, key_file) as record:
        session = await schedule(record, DOOR)
        await feel(record, 12)
        assert await told(record) == []
        await let_time_pass(record, HOUR)
        assert await told(record) == [], "a moment later something may still be on its way"
        await let_time_pass(record, timedelta(minutes=2))
        (group,) = await told(record)
        assert (group.session_id, group.station_id) == (session, None)
        assert group.figures is not None
        assert group.figures.readings == 12
        assert group.figures.mean == pytest.approx(dict.fromkeys(EMOTIONS, 1 / len(EMOTIONS)), abs=1e-6)


async def test_nine_readings_are_told_as_nothing_and_ten_as_ten(database: str, key_file: Path) -> None:
    async with open_record(database, key_file) as record:
        await feel(record, 9)
        await feel(record, 10, station=BACK_DOOR)
        await let_time_pass(record, timedelta(days=2))
        by_station = {group.station_id: group for group in await told(record)}
        assert (by_station[DOOR].figures, by_station[DOOR].buckets) == (None, [])
        figures = by_station[BACK_DOOR].figures
        assert figures is not None
        assert figures.readings == 10


async def test_nothing_is_told_while_events_of_the_group_are_not_counted_yet(database: str, key_file: Path) -> None:
    """Else whoever asks while the projection catches up sees a group grow reading by reading."""
    async with open_record(database, key_file) as record:
        await feel(record, 12)
        await let_time_pass(record, timedelta(days=2))
        assert len(await told(record)) == 1
        record.projector.stop()
        async with record.database.connection() as connection:
            await connection.execute("UPDATE projection SET position = position - 1 WHERE name = 'emotion'")
        assert await told(record) == []


async def test_a_reading_that_could_not_be_counted_keeps_its_group_untold(database: str, key_file: Path) -> None:
    async with open_record(database, key_file) as record:
        await feel(record, 12)
        await let_time_pass(record, timedelta(days=2))
        async with record.database.connection() as connection:
            await connection.execute(
                "INSERT INTO projection_dead_letter (name, position, stream, error)"
                " SELECT 'emotion', min(notification_id), gen_random_uuid(), 'poison' FROM event"
            )
        assert await told(record) == []


async def test_the_table_holds_neither_a_person_nor_a_check_in(database: str, key_file: Path) -> None:
    async with open_record(database, key_file) as record:
        person, id = uuid4(), check_in_id(DOOR, "b-1")
        events = [*started(DOOR, claimed=person), *matched(person), *felt()]
        await record.projections.wait(await record.store.append(id, 0, events), 30)
        rows = await record.database.fetch("SELECT row_to_json(e)::text FROM emotion e")
        assert len(rows) == 1
        for forbidden in (str(person), str(id)):
            assert forbidden not in rows[0][0]
        fields = msgspec.json.decode(rows[0][0])
        assert set(fields) == {"session_id", "station_id", "ends_at", "begins_at", "readings", *EMOTIONS}


async def test_a_rebuild_counts_the_same_to_the_last_digit(database: str, key_file: Path) -> None:
    async with open_record(database, key_file) as record:
        await schedule(record, DOOR)
        await feel(record, 25)
        await feel(record, 7, station=BACK_DOOR)
        before = await record.database.fetch("SELECT e::text FROM emotion e ORDER BY 1")
        rebuild(database, EmotionProjection(), SealingMapper(record.keys), record.keys, page=3)
        assert await record.database.fetch("SELECT e::text FROM emotion e ORDER BY 1") == before
