"""From changes to what is told of them: at most one message for staff, and one for each person concerned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from adapters.live.changes import Change, Fetch
from adapters.live.frames import Framed
from adapters.live.messages import (
    Attendance,
    CheckIn,
    OwnAttendance,
    OwnMessage,
    PersonErased,
    SessionChange,
    SessionChanged,
    Somebody,
    StaffMessage,
    StationThrough,
    own_check_in,
)
from adapters.live.surroundings import Asked, Surroundings, former_people, surroundings
from adapters.read_models.places import places_of
from domain.attendance import moment_of
from domain.check_in import (
    CaptureRefused,
    CheckInEvent,
    Expired,
    IdentifiedByOtherRoute,
    IdentityMatched,
    IdentityRejected,
    MatchDenied,
    Reassigned,
    Started,
    Status,
)
from domain.person import Erased
from domain.session_events import (
    AttendanceCorrected,
    AttendanceRevised,
    Cancelled,
    Closed,
    CorrectionWithdrawn,
    Opened,
    Rescheduled,
    RosterChanged,
    Scheduled,
    SessionEvent,
)
from domain.station import StationReported

_REVIEWS = (Reassigned, MatchDenied)
_SESSION_CHANGES: Mapping[type[SessionEvent], SessionChange] = {
    Scheduled: "scheduled",
    Rescheduled: "rescheduled",
    RosterChanged: "roster_changed",
    Opened: "opened",
    Closed: "closed",
    Cancelled: "cancelled",
}


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is told. `own`: by person; `erased`: who reads nothing any more, and of whom nothing is told."""

    position: int
    recorded_at: datetime
    staff: Framed | None = None
    own: Mapping[UUID, Framed] = {}
    erased: UUID | None = None


async def updates_of(changes: Sequence[Change], fetch: Fetch) -> list[Update]:
    """One for each change, in their order."""
    former = await former_people([one.stream for one in changes if isinstance(one.event, _REVIEWS)], fetch)
    asked: list[Asked] = []
    places: list[range] = []
    for change in changes:
        mine = _asked(change, former.get(change.stream, ()))
        places.append(range(len(asked), len(asked) + len(mine)))
        asked += mine
    found = await surroundings(asked, fetch)
    doors = await places_of({one.started.station_id for one in changes if one.started is not None}, fetch)
    return [
        _update(change, [one for number in place if (one := found[number]) is not None], doors)
        for change, place in zip(changes, places, strict=True)
    ]


def without(update: Update, person: UUID) -> Update:
    """The same, telling nothing of somebody who was erased since."""
    staff = update.staff
    match None if staff is None else staff.message:
        case Attendance(person=Somebody(person_id=shown)) if shown == person:
            staff = None
        case CheckIn(person=Somebody(person_id=shown)) as told if shown == person:
            staff = Framed(msgspec.structs.replace(told, person=None, attendance=()))
    own = {one: message for one, message in update.own.items() if one != person}
    return msgspec.structs.replace(update, staff=staff, own=own)


def _asked(change: Change, former: Sequence[UUID]) -> list[Asked]:
    match change.event:
        case CheckInEvent() as event:
            people = [_decision(event).person, *(former if isinstance(event, _REVIEWS) else ())]
            started = change.started
            if started is None:
                return []
            moment = moment_of(started.captured_at, started.at)
            return [
                Asked(person=person, station=started.station_id, moment=moment)
                for person in dict.fromkeys(people)
                if person is not None
            ]
        case AttendanceRevised(person=sealed) | AttendanceCorrected(person=sealed) | CorrectionWithdrawn(person=sealed):
            person = sealed.reveal()
            return [] if person is None else [Asked(person=person, session=change.stream)]
        case Closed(outcomes=outcomes):
            people = [one.person.reveal() for one in outcomes]
            return [Asked(person=person, session=change.stream) for person in people if person is not None]
        case _:
            return []


def _update(change: Change, found: Sequence[Surroundings], doors: Mapping[UUID, str]) -> Update:
    staff, own = _told(change, found, doors)
    return Update(
        position=change.position,
        recorded_at=change.recorded_at,
        staff=None if staff is None else Framed(staff),
        own={person: Framed(message) for person, message in own.items()},
        erased=change.stream if isinstance(change.event, Erased) else None,
    )


def _told(
    change: Change, found: Sequence[Surroundings], doors: Mapping[UUID, str]
) -> tuple[StaffMessage | None, Mapping[UUID, OwnMessage]]:
    """`doors`: where each station stands."""
    position, settled = change.position, [one for one in found if one.attendance]
    match change.event:
        case CheckInEvent() as event:
            return _check_in(change, event, {one.who.person_id: one for one in found}, doors)
        case AttendanceRevised() | AttendanceCorrected() | CorrectionWithdrawn():
            one = next(iter(settled), None)
            if one is None:
                return None, {}
            return Attendance(position=position, person=one.who, attendance=one.attendance[0]), _own(position, settled)
        case SessionEvent() as event:
            change_of_session = _SESSION_CHANGES[type(event)]
            told = SessionChanged(position=position, session_id=change.stream, change=change_of_session)
            return told, _own(position, settled)
        case StationReported(station_id=station_id, through=through):
            return StationThrough(position=position, station_id=station_id, through=through), {}
        case Erased():
            return PersonErased(position=position, person_id=change.stream), {}
        case _:
            raise TypeError(f"not told: {type(change.event).__name__}")


def _own(position: int, settled: Sequence[Surroundings]) -> Mapping[UUID, OwnMessage]:
    return {one.who.person_id: OwnAttendance(position=position, attendance=one.attendance[0]) for one in settled}


def _check_in(
    change: Change, event: CheckInEvent, found: Mapping[UUID, Surroundings], doors: Mapping[UUID, str]
) -> tuple[StaffMessage | None, Mapping[UUID, OwnMessage]]:
    """A person sees what claims to be theirs and what is; and once it is not theirs any more, that it is nobody's."""
    started = change.started
    if started is None:
        return None, {}
    decision = _decision(event)
    shown = None if decision.person is None else found.get(decision.person)
    told = CheckIn(
        position=change.position,
        checkin_id=change.stream,
        station_id=started.station_id,
        place=doors.get(started.station_id),
        status=decision.status,
        moment=moment_of(started.captured_at, started.at),
        started_at=started.at,
        decided_at=None if decision.status in ("processing", "expired") else event.at,
        refusal_code=decision.refusal_code,
        confidence=decision.confidence,
        person=None if shown is None else shown.who,
        attendance=() if shown is None else shown.attendance,
    )
    claimed = None if started.claimed is None else started.claimed.reveal()
    own: dict[UUID, OwnMessage] = {
        person: msgspec.structs.replace(own_check_in(told), status="unknown", attendance=one.attendance)
        for person, one in found.items()
        if person != decision.person
    }
    theirs = {person for person in (claimed, decision.person) if person is not None} - own.keys()
    return told, {**own, **dict.fromkeys(theirs, own_check_in(told))}


class _Decision(msgspec.Struct, frozen=True, kw_only=True):
    status: Status
    person: UUID | None = None
    refusal_code: str | None = None
    confidence: float | None = None


def _decision(event: CheckInEvent) -> _Decision:
    match event:
        case Started():
            return _Decision(status="processing")
        case Reassigned(person=person):
            return _Decision(status="checked_in", person=person.reveal())
        case MatchDenied():
            return _Decision(status="unknown")
        case IdentityMatched(person=person, evidence=evidence):
            return _Decision(status="checked_in", person=person.reveal(), confidence=evidence.confidence)
        case IdentifiedByOtherRoute(person=person):
            return _Decision(status="checked_in", person=person.reveal())
        case IdentityRejected(reason=reason, evidence=evidence):
            return _Decision(status=reason, confidence=evidence.confidence)
        case CaptureRefused(refusal=refusal):
            return _Decision(status="refused", refusal_code=refusal.code)
        case Expired():
            return _Decision(status="expired")
        case _:
            raise TypeError(f"not told: {type(event).__name__}")
