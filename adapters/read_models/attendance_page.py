"""What a page of events says about attendance, gathered before any statement is sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from adapters.event_store.read_model import Projected
from adapters.read_models.session_changes import PLANNED, SessionChange
from domain.attendance import Status, moment_of
from domain.check_in import IdentifiedByOtherRoute, IdentityMatched, MatchDenied, Reassigned, Started
from domain.person import Erased
from domain.personal import PersonalData
from domain.session_events import (
    AttendanceCorrected,
    AttendanceRevised,
    Closed,
    CorrectionWithdrawn,
    RosterChanged,
)
from domain.station import StationReported

Place = tuple[UUID, UUID]
"""A session and a person on its roster."""


class Review(NamedTuple):
    """Whose a check-in is by the last review of a page, at which position, and whose it was by those before."""

    person: UUID | None
    position: int
    between: tuple[UUID | None, ...]


class AttendancePage:
    """Events of the page, in order. Whoever is in `erased` is nobody throughout, as after a rebuild.

    `kept`: who was on every roster of the page; `roster`: who is on the last one.
    """

    def __init__(self, page: Sequence[Projected], erased: Collection[UUID]) -> None:
        self._erased = erased
        self.started: dict[UUID, tuple[UUID, datetime]] = {}
        self.identified: dict[UUID, tuple[UUID | None, int]] = {}
        self.reviewed: dict[UUID, Review] = {}
        self.sessions: dict[UUID, SessionChange] = {}
        self.kept: dict[UUID, set[UUID]] = {}
        self.roster: dict[UUID, set[UUID]] = {}
        self.corrected: dict[Place, Status | None] = {}
        self.settled: dict[Place, Status] = {}
        self.erased_settled: dict[UUID, dict[Status, int]] = {}
        self.reported: dict[UUID, datetime] = {}
        for projected in page:
            self._take(projected)

    def _take(self, projected: Projected) -> None:
        event = projected.event
        match event:
            case Started(station_id=station, captured_at=captured_at, at=at):
                self.started[projected.stream] = (station, moment_of(captured_at, at))
            case IdentityMatched(person=person) | IdentifiedByOtherRoute(person=person):
                self.identified[projected.stream] = (self._living(person), projected.position)
            case Reassigned(person=person):
                self._review(projected, self._living(person))
            case MatchDenied():
                self._review(projected, None)
            case StationReported(station_id=station, through=through):
                self.reported[station] = max(through, self.reported.get(station, through))
            case Erased():
                pass
            case _:
                self._take_session(projected)

    def _review(self, projected: Projected, person: UUID | None) -> None:
        """Whose it was in between is remembered too: a page may hold several reviews of one check-in."""
        before = self.reviewed.get(projected.stream)
        between = () if before is None else (*before.between, before.person)
        self.reviewed[projected.stream] = Review(person, projected.position, between)

    def _take_session(self, projected: Projected) -> None:
        session = projected.stream
        event = projected.event
        if isinstance(event, PLANNED):
            self.sessions.setdefault(session, SessionChange()).take(event)
        match event:
            case RosterChanged(roster=roster):
                self._expect(session, {person for one in roster if (person := self._living(one)) is not None})
            case Closed(outcomes=outcomes):
                for outcome in outcomes:
                    self._settle(session, outcome.person, None, outcome.status)
            case AttendanceRevised(person=sealed, before=before, after=after):
                self._settle(session, sealed, before, after)
            case AttendanceCorrected(person=sealed, status=status):
                self._correct(session, sealed, status)
            case CorrectionWithdrawn(person=sealed):
                self._correct(session, sealed, None)
            case _ if not isinstance(event, PLANNED):
                raise TypeError(f"not projected: {type(event).__name__}")

    def _expect(self, session: UUID, people: set[UUID]) -> None:
        self.kept[session] = self.kept.get(session, people) & people
        self.roster[session] = people
        for place in [place for place in self.corrected if place[0] == session and place[1] not in people]:
            del self.corrected[place]

    def _settle(self, session: UUID, sealed: PersonalData[UUID], before: Status | None, after: Status) -> None:
        person = self._living(sealed)
        if person is not None:
            self.settled[session, person] = after
            return
        counts = self.erased_settled.setdefault(session, {})
        counts[after] = counts.get(after, 0) + 1
        if before is not None:
            counts[before] = counts.get(before, 0) - 1

    def _correct(self, session: UUID, sealed: PersonalData[UUID], status: Status | None) -> None:
        person = self._living(sealed)
        if person is not None:
            self.corrected[session, person] = status

    def _living(self, sealed: PersonalData[UUID]) -> UUID | None:
        person = sealed.reveal()
        return None if person in self._erased else person
