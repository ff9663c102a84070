"""Fills a migrated database with a long, realistic history quickly: sealed as in service, written with COPY.

`python -m benchmarks.history --events 1000000` fills the database of DATABASE_URL, or the embedded one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import numpy as np
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters import wiring
from adapters.database import connect
from adapters.event_store.key_ring import APPEND_LOCK, KeyRing
from adapters.event_store.mapper import Recorded, SealingMapper
from adapters.event_store.migrate import migrate
from adapters.settings import load_settings
from benchmarks.history_events import THRESHOLDS, Draw, Stamped
from benchmarks.history_sessions import Lesson, seen_in

BEGIN = datetime(2026, 1, 12, tzinfo=UTC)
# Four lessons on every weekday: everybody arrives around their beginnings.
LESSONS = (timedelta(hours=8.5), timedelta(hours=10.25), timedelta(hours=13), timedelta(hours=14.75))
PLANNED_BEFORE = timedelta(minutes=25)
ABSENT = 0.05
EMBEDDING_DIMENSIONS = 128
_EVENTS = "COPY event (originator_id, originator_version, topic, state, recorded_at) FROM STDIN (FORMAT BINARY)"
_ID_BITS = 128


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What was written. `people` are registered, consenting and enrolled; nobody is erased."""

    events: int
    first_position: int
    last_position: int
    people: tuple[UUID, ...]
    stations: tuple[UUID, ...]
    begins_at: datetime
    ends_at: datetime


def generate_history(
    dsn: str,
    events: int,
    *,
    key_file: Path,
    people: int = 1000,
    stations: int = 20,
    begin: datetime = BEGIN,
    seed: int = 1,
    templates: bool = True,
) -> History:
    """About `events` events, never fewer, in order of their time from `begin` on; no check-in is cut off.

    `templates`: also the rows that are in no event (user ids, embeddings). Read models are left for projecting.
    """
    ids: list[UUID] = []
    draw = Draw(seed, ids)
    ids += [UUID(int=draw.random.getrandbits(_ID_BITS), version=4) for _ in range(people)]
    doors = [UUID(int=draw.random.getrandbits(_ID_BITS), version=4) for _ in range(stations)]
    template_ids = [UUID(int=draw.random.getrandbits(_ID_BITS), version=4) for _ in range(people)]
    written, ends_at = 0, begin
    with KeyRing(dsn, key_file) as keys, connect(dsn, name="history") as connection:
        keys.prepare(ids)
        mapper = SealingMapper(keys)
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (APPEND_LOCK,))
            before = _last_position(connection)
            if templates:
                _write_templates(connection, ids, template_ids, seed)
            for page in _pages(draw, ids, doors, template_ids, begin, events):
                _write(connection, mapper, page)
                written += len(page)
                ends_at = page[-1][0]
            last = _last_position(connection)
        connection.execute("VACUUM ANALYZE event")
    return History(
        events=written,
        first_position=before + 1,
        last_position=last,
        people=tuple(ids),
        stations=tuple(doors),
        begins_at=begin,
        ends_at=ends_at,
    )


def _pages(
    draw: Draw, people: Sequence[UUID], doors: Sequence[UUID], templates: Sequence[UUID], begin: datetime, events: int
) -> Iterator[list[Stamped]]:
    """The enrolment, then lesson after lesson: what is planned, who arrives, what is settled."""
    enrolment: list[Stamped] = []
    for number, (person, template) in enumerate(zip(people, templates, strict=True)):
        enrolment += draw.registration(person, number, template, begin + timedelta(seconds=number * 0.5))
    yield enrolment
    rosters = [
        people[number * len(people) // len(doors) : (number + 1) * len(people) // len(doors)]
        for number in range(len(doors))
    ]
    written, day = len(enrolment), begin
    while True:
        for starts in LESSONS if day.weekday() < 5 else ():
            lessons = [
                Lesson(number, door, roster, day + starts)
                for number, (door, roster) in enumerate(zip(doors, rosters, strict=True), 1)
            ]
            planned = [one for lesson in lessons for one in lesson.scheduled(day + starts - PLANNED_BEFORE)]
            arrivals = _arrivals(draw, lessons, day + starts, events - written - len(planned) - 2 * len(lessons))
            seen = seen_in(arrivals)
            settled = [one for lesson in lessons for one in lesson.settled(seen)]
            yield [*planned, *arrivals, *settled]
            written += len(planned) + len(arrivals) + len(settled)
            if written >= events:
                return
        day += timedelta(days=1)


def _arrivals(draw: Draw, lessons: Sequence[Lesson], starts_at: datetime, most: int) -> list[Stamped]:
    """Most of the rosters, around the start, until there are `most` events."""
    page: list[Stamped] = []
    for lesson in lessons:
        for person in lesson.roster:
            if len(page) >= most:
                break
            if draw.random.random() > ABSENT:
                arrives_at = starts_at + timedelta(seconds=draw.random.gauss(-240, 180))
                page += draw.check_in(person, lesson.station, arrives_at)
    return sorted(page, key=lambda stamped: stamped[0])


def _write(connection: Connection[TupleRow], mapper: SealingMapper, page: Sequence[Stamped]) -> None:
    with connection.cursor() as cursor, cursor.copy(_EVENTS) as copy:
        copy.set_types(["uuid", "int8", "text", "bytea", "timestamptz"])
        for at, stream, version, event in page:
            stored = mapper.to_stored_event(Recorded(stream, version, event))
            copy.write_row((stream, version, stored.topic, stored.state, at))


def _write_templates(
    connection: Connection[TupleRow], people: Sequence[UUID], templates: Sequence[UUID], seed: int
) -> None:
    """Embeddings of unit length in random directions."""
    directions = np.random.default_rng(seed).standard_normal((len(people), EMBEDDING_DIMENSIONS))
    embeddings = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    with connection.cursor() as cursor:
        with cursor.copy("COPY face_template (id, person, model, embedding) FROM STDIN") as copy:
            for template, person, embedding in zip(templates, people, embeddings, strict=True):
                copy.write_row((template, person, THRESHOLDS.model, str(embedding.round(5).tolist())))
        with cursor.copy("COPY user_id_claim (user_id, person) FROM STDIN") as copy:
            for number, person in enumerate(people):
                copy.write_row((f"s-{number:05d}", person))


def _last_position(connection: Connection[TupleRow]) -> int:
    (last,) = connection.execute("SELECT coalesce(max(notification_id), 0) FROM event").fetchall()[0]
    return int(last)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=1000)
    options = parser.parse_args()
    settings = load_settings()
    with wiring.open_database(settings) as dsn:
        migrate(dsn)
        begun = time.perf_counter()
        history = generate_history(dsn, options.events, key_file=settings.keys_file, people=options.people)
        took_s = time.perf_counter() - begun
    print(f"{history.events} events in {took_s:.1f} s, {history.begins_at:%Y-%m-%d} to {history.ends_at:%Y-%m-%d}")


if __name__ == "__main__":
    main()
