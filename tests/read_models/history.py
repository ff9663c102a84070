"""Plays random steps into a store: people who come and are erased, their check-ins, the sessions they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from hypothesis import strategies as st

from adapters.database import connect
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import Recorded, SealingMapper
from adapters.event_store.recorder import PostgresRecorder
from adapters.event_store.topics import Event
from domain import check_in as check_ins
from domain import person as persons
from domain.personal import PersonalData
from domain.session_events import Closed, Outcome, RosterChanged, Scheduled
from domain.station import StationReported
from tests.event_store import session_samples
from tests.event_store.samples import AT, ambiguous, enrolled, felt, later, matched, refused, registered, started

KINDS = (
    "register",
    "enrol",
    "remove",
    "erase",
    "start",
    "match",
    "reject",
    "refuse",
    "expire",
    "feel",
    "assign",
    "deny",
    "dismiss",
    "expect",
    "close",
)
STATION = UUID(int=0xD1)
Step = tuple[str, int]
steps = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 30)), min_size=10, max_size=60)


class History:
    """One writer. A step that makes no sense where it comes (nobody to enrol) is left out."""

    def __init__(self, recorder: PostgresRecorder, keys: KeyRing, dsn: str) -> None:
        self._recorder = recorder
        self._keys = keys
        self._dsn = dsn
        self._mapper = SealingMapper(keys)
        self._versions: dict[UUID, int] = {}
        self._templates: dict[UUID, list[UUID]] = {}
        self._open: list[UUID] = []
        self._reviewed: list[UUID] = []
        self._sessions: list[tuple[UUID, tuple[UUID, ...]]] = []

    def play(self, steps: Sequence[Step]) -> None:
        for kind, choice in steps:
            if kind == "register":
                self._register()
            elif kind == "start":
                self._start(choice)
            elif kind == "expect":
                self._expect()
            elif kind == "close":
                self._close(choice)
            elif kind in ("assign", "deny", "dismiss"):
                self._review(kind, choice)
            elif kind in ("enrol", "remove", "erase"):
                self._change_person(kind, choice)
            else:
                self._change_check_in(kind, choice)

    def _register(self) -> None:
        person = uuid4()
        self._templates[person] = []
        self._append(person, registered(person, user_id=str(person)[:8], name=f"Name {person}"))

    def _start(self, choice: int) -> None:
        people = list(self._templates)
        check_in = uuid4()
        self._open.append(check_in)
        self._append(check_in, started(STATION, claimed=people[choice % len(people)] if people else None))

    def _expect(self) -> None:
        """A session that all who are there now belong to."""
        session = uuid4()
        self._sessions.append((session, tuple(self._templates)))
        plan = session_samples.plan(STATION, start=AT)
        roster = tuple(PersonalData(person, person) for person in self._templates)
        self._append(session, [Scheduled(at=AT, plan=plan), RosterChanged(at=AT, roster=roster)])

    def _close(self, choice: int) -> None:
        """A session whose people were all late, as far as they are known: those who were expected, and nobody else."""
        if not self._sessions:
            return
        session, expected = self._sessions.pop(choice % len(self._sessions))
        known = [person for person in expected if person in self._templates]
        outcomes = tuple(Outcome(person=PersonalData(person, person), status="late") for person in known)
        self._append(session, [Closed(at=later(9000), outcomes=outcomes)])
        self._append(uuid4(), [StationReported(at=later(9000), station_id=STATION, through=later(choice * 600))])

    def _change_person(self, kind: str, choice: int) -> None:
        if not self._templates:
            return
        person = list(self._templates)[choice % len(self._templates)]
        held = self._templates[person]
        if kind == "enrol":
            template = uuid4()
            held.append(template)
            with connect(self._dsn, name="history") as connection:
                connection.execute(
                    "INSERT INTO face_template (id, person, model, embedding) VALUES (%s, %s, 'm', '[1,2,3]')",
                    (template, person),
                )
            self._append(person, enrolled(template, person, model="m"))
        elif kind == "remove" and held:
            self._append(person, [persons.FaceRemoved(at=AT, template_id=held.pop(), reason="replaced")])
        elif kind == "erase":
            self._append(person, [persons.Erased(at=AT)])
            self._keys.erase_blocking(person)
            del self._templates[person]

    def _change_check_in(self, kind: str, choice: int) -> None:
        if not self._open:
            return
        check_in = self._open[choice % len(self._open)]
        people = list(self._templates)
        if kind == "match" and people:
            self._append(check_in, matched(people[choice % len(people)]))
        elif kind == "reject" and len(people) > 1:
            self._append(check_in, ambiguous(people[0], people[-1]))
        elif kind == "refuse":
            self._append(check_in, refused())
        elif kind == "expire":
            self._append(check_in, [check_ins.Expired(at=later(60))])
        elif kind == "feel":
            self._append(check_in, felt())

    def _review(self, kind: str, choice: int) -> None:
        """Nothing is decided by recognition any more once somebody has looked at it."""
        check_ins_there = [*self._reviewed, *self._open]
        if not check_ins_there:
            return
        check_in = check_ins_there[choice % len(check_ins_there)]
        if check_in in self._open:
            self._open.remove(check_in)
            self._reviewed.append(check_in)
        people = list(self._templates)
        if kind == "assign" and people:
            person = people[choice % len(people)]
            self._append(
                check_in, [check_ins.Reassigned(at=later(90), person=PersonalData(person, person), by=STATION)]
            )
        elif kind == "deny":
            self._append(check_in, [check_ins.MatchDenied(at=later(95), by=STATION)])
        elif kind == "dismiss":
            self._append(check_in, [check_ins.Dismissed(at=later(99), by=STATION)])

    def _append(self, stream: UUID, events: Sequence[Event]) -> None:
        version = self._versions.get(stream, 0)
        recorded = [Recorded(stream, number, event) for number, event in enumerate(events, version + 1)]
        self._recorder.insert_events([self._mapper.to_stored_event(one) for one in recorded])
        self._versions[stream] = version + len(events)
