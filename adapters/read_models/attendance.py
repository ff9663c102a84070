"""The facts that attendance is decided from: who is expected, who was seen where, and what the stations reported.

The decision itself is made when it is read (adapters/read_models/attendance_sheets.py), so that nothing here depends
on the order in which check-ins arrive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import LiteralString
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.event_store.read_model import Projected
from adapters.event_store.topics import Event
from adapters.read_models.attendance_page import AttendancePage
from adapters.read_models.columns import as_array, columns
from adapters.read_models.session_changes import PLANNED
from domain.attendance import Status
from domain.check_in import IdentifiedByOtherRoute, IdentityMatched, MatchDenied, Reassigned, Started
from domain.person import Erased
from domain.personal import PersonalData
from domain.session_events import AttendanceCorrected, AttendanceRevised, Closed, CorrectionWithdrawn, RosterChanged
from domain.station import StationReported

SETTLED: tuple[Status, ...] = ("present", "late", "absent", "excused")

_ERASE = """
WITH gone AS (DELETE FROM attendance_roster WHERE person = ANY(%(people)s) RETURNING session, settled),
     checked_in AS (UPDATE attendance_check_in SET person = NULL WHERE person = ANY(%(people)s)),
     kept AS (INSERT INTO attendance_erased SELECT unnest(%(people)s::uuid[]) ON CONFLICT DO NOTHING),
     counts AS (
         SELECT session,
                count(*) FILTER (WHERE settled = 'present') AS present,
                count(*) FILTER (WHERE settled = 'late') AS late,
                count(*) FILTER (WHERE settled = 'absent') AS absent,
                count(*) FILTER (WHERE settled = 'excused') AS excused
         FROM gone GROUP BY session
     )
UPDATE attendance_session AS s
SET erased_present = erased_present + present, erased_late = erased_late + late,
    erased_absent = erased_absent + absent, erased_excused = erased_excused + excused
FROM counts WHERE counts.session = s.id
"""
_ERASED_BEFORE = "SELECT person FROM attendance_erased WHERE person = ANY (%s::uuid[])"
_PLAN = """
INSERT INTO attendance_session (id, opens_at, late_after, ends_at, stations, state)
SELECT id, opens_at, late_after, ends_at, stations::uuid[], 'scheduled'
FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::text[])
    AS new (id, opens_at, late_after, ends_at, stations)
ON CONFLICT (id) DO UPDATE SET opens_at = excluded.opens_at, late_after = excluded.late_after,
    ends_at = excluded.ends_at, stations = excluded.stations, state = excluded.state
"""
_CHANGE = """
UPDATE attendance_session AS kept
SET state = coalesce(new.state, kept.state), opens_at = least(kept.opens_at, new.opened_at)
FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[]) AS new (id, state, opened_at)
WHERE kept.id = new.id
"""
_COUNT_ERASED = """
UPDATE attendance_session AS kept
SET erased_present = erased_present + present, erased_late = erased_late + late,
    erased_absent = erased_absent + absent, erased_excused = erased_excused + excused
FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::int[], %s::int[]) AS new (id, present, late, absent, excused)
WHERE kept.id = new.id
"""
_LEAVE = """
DELETE FROM attendance_roster AS r USING unnest(%s::uuid[], %s::text[]) AS new (session, people)
WHERE r.session = new.session AND r.person <> ALL (new.people::uuid[])
"""
_EXPECT = """
INSERT INTO attendance_roster (session, person) SELECT * FROM unnest(%s::uuid[], %s::uuid[]) ON CONFLICT DO NOTHING
"""
_CORRECT = """
UPDATE attendance_roster AS r SET corrected = new.status
FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS new (session, person, status)
WHERE r.session = new.session AND r.person = new.person
"""
_SETTLE = """
UPDATE attendance_roster AS r SET settled = new.status
FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS new (session, person, status)
WHERE r.session = new.session AND r.person = new.person
"""
_START = """
INSERT INTO attendance_check_in (id, station_id, moment, person, position)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %s::uuid[], %s::bigint[])
"""
_IDENTIFY = """
UPDATE attendance_check_in AS kept SET person = new.person, position = new.position
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[]) AS new (id, person, position)
WHERE kept.id = new.id
"""
# Whose it was before has lost a check-in: what was settled of them is looked at again.
_REVIEW = """
UPDATE attendance_check_in AS kept
SET former = array_remove(kept.former || kept.person || new.between::uuid[], NULL),
    person = new.person, position = new.position
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::text[]) AS new (id, person, position, between)
WHERE kept.id = new.id
"""
_FORGET_FORMER = """
UPDATE attendance_check_in AS kept
SET former = ARRAY(SELECT one FROM unnest(kept.former) AS one WHERE one <> ALL (%(people)s))
WHERE kept.former && %(people)s
"""
_REPORT = """
INSERT INTO attendance_station (id, through) SELECT * FROM unnest(%s::uuid[], %s::timestamptz[])
ON CONFLICT (id) DO UPDATE SET through = greatest(attendance_station.through, excluded.through)
"""


class AttendanceProjection:
    """Implements adapters.event_store.read_model.ReadModel. It sees whose check-ins they are, and no emotion."""

    name = "attendance"
    takes: tuple[type[Event], ...] = (
        Started,
        IdentityMatched,
        IdentifiedByOtherRoute,
        Reassigned,
        MatchDenied,
        *PLANNED,
        RosterChanged,
        AttendanceRevised,
        AttendanceCorrected,
        CorrectionWithdrawn,
        StationReported,
        Erased,
    )
    personal = True
    tables: tuple[str, ...] = (
        "attendance_session",
        "attendance_roster",
        "attendance_check_in",
        "attendance_station",
        "attendance_erased",
    )

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        erased_now = [one.stream for one in page if isinstance(one.event, Erased)]
        erased = {*erased_now, *_erased_before(cursor, page)}
        if erased_now:
            cursor.execute(_ERASE, {"people": erased_now})
            cursor.execute(_FORGET_FORMER, {"people": erased_now})
        for statement, rows in _statements(AttendancePage(page, erased)):
            if rows:
                cursor.execute(statement, columns(rows), prepare=True)


def _erased_before(cursor: Cursor[TupleRow], page: Sequence[Projected]) -> Iterator[UUID]:
    """An event about somebody may be recorded after they were erased, while their key is being destroyed."""
    people = {person for one in page for sealed in _people(one.event) if (person := sealed.reveal()) is not None}
    if people:
        found = cursor.execute(_ERASED_BEFORE, (as_array(people),), prepare=True)
        yield from (person for (person,) in found.fetchall())


def _people(event: Event) -> Sequence[PersonalData[UUID]]:
    match event:
        case Started():
            return ()
        case IdentityMatched(person=person) | IdentifiedByOtherRoute(person=person) | Reassigned(person=person):
            return (person,)
        case RosterChanged(roster=roster):
            return roster
        case AttendanceRevised(person=person) | AttendanceCorrected(person=person) | CorrectionWithdrawn(person=person):
            return (person,)
        case Closed(outcomes=outcomes):
            return [outcome.person for outcome in outcomes]
        case _:
            return ()


Rows = list[tuple[object, ...]]


def _statements(page: AttendancePage) -> Iterator[tuple[LiteralString, Rows]]:
    """In this order: a session before its roster, a roster before what is said of those on it."""
    plans = [(id, change.plan) for id, change in page.sessions.items()]
    yield (
        _PLAN,
        [
            (id, plan.times.opens_at, plan.times.late_after, plan.times.ends_at, as_array(plan.stations))
            for id, plan in plans
            if plan is not None
        ],
    )
    yield _CHANGE, [(id, change.state, change.opened_at) for id, change in page.sessions.items()]
    yield _COUNT_ERASED, [(id, *(n.get(one, 0) for one in SETTLED)) for id, n in page.erased_settled.items()]
    yield _LEAVE, [(session, as_array(people)) for session, people in page.kept.items()]
    yield _EXPECT, [(session, person) for session, people in page.roster.items() for person in sorted(people)]
    yield _CORRECT, [(*place, status) for place, status in page.corrected.items()]
    yield _SETTLE, [(*place, status) for place, status in page.settled.items()]
    nobody = (None, None)
    yield _START, [(id, *started, *page.identified.get(id, nobody)) for id, started in page.started.items()]
    yield _IDENTIFY, [(id, *one) for id, one in page.identified.items() if id not in page.started]
    yield _REVIEW, [(id, one.person, one.position, as_array(one.between)) for id, one in page.reviewed.items()]
    yield _REPORT, list(page.reported.items())
