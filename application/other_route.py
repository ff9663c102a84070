"""Checking in without a face, on equal terms: by PIN or QR code at the station, or by a member of staff."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from application.ports import (
    Clock,
    Conflict,
    Credentials,
    EventStore,
    People,
    PersonErased,
    Projections,
    SessionStore,
)
from application.sessions import PROJECTED_WITHIN_S, SessionNotFound, load_session
from domain import attempts
from domain import check_in as check_ins
from domain.attempts import MOST_PER_PERSON, MOST_PER_STATION, TooManyAttempts, attempts_id
from domain.check_in import CheckIn, CheckInEvent, OtherRoute, check_in_id

_ATTEMPTS = 5


class PinCommand(msgspec.Struct, frozen=True, kw_only=True):
    """`request_id` names this attempt at its station: the same one sent again is answered as it was first."""

    station_id: UUID
    request_id: str
    user_id: str
    pin: str
    captured_at: datetime | None = None

    def __repr__(self) -> str:
        return f"PinCommand(station_id={self.station_id}, request_id={self.request_id!r}, ***)"


class CodeCommand(msgspec.Struct, frozen=True, kw_only=True):
    """`code`: what the QR code said."""

    station_id: UUID
    request_id: str
    code: str
    captured_at: datetime | None = None

    def __repr__(self) -> str:
        return f"CodeCommand(station_id={self.station_id}, request_id={self.request_id!r}, ***)"


class StaffCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff vouches for `user_id` at a session; it counts as made at the session's first station."""

    session_id: UUID
    request_id: str
    user_id: str
    author: UUID
    captured_at: datetime | None = None


class CheckedIn(msgspec.Struct, frozen=True, kw_only=True):
    check_in: CheckIn
    name: str | None


class CredentialRefused(msgspec.Struct, frozen=True):
    """Nobody has this user id with this PIN, or this code. Which of the two is wrong is not said."""


class RequestIdReused(msgspec.Struct, frozen=True):
    """This station used the id for another request."""

    request_id: str


class PersonUnknown(msgspec.Struct, frozen=True):
    """Nobody is registered under `user_id`."""

    user_id: str


StationOutcome = CheckedIn | CredentialRefused | TooManyAttempts | RequestIdReused
StaffOutcome = CheckedIn | PersonUnknown | SessionNotFound | RequestIdReused


class CheckInByOtherRoute:
    def __init__(
        self,
        *,
        store: EventStore,
        sessions: SessionStore,
        people: People,
        credentials: Credentials,
        projections: Projections,
        clock: Clock,
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._people = people
        self._credentials = credentials
        self._projections = projections
        self._clock = clock

    async def by_pin(self, command: PinCommand) -> StationOutcome:
        """Attempts are counted against the person and the station before the PIN is looked at."""
        person = await self._people.find(command.user_id)
        recorded = await self._recorded(command.station_id, command.request_id)
        if recorded is not None and recorded.route == "pin" and _is(recorded, person):
            return await self._answer(recorded)
        subjects = [(command.station_id, MOST_PER_STATION)]
        subjects += [] if person is None else [(person, MOST_PER_PERSON)]
        refused = await self._count(subjects)
        if refused is not None:
            return refused
        if not await self._credentials.pin_is(person, command.pin) or person is None:
            return CredentialRefused()
        return await self._check_in(command.station_id, command.request_id, person, "pin", command.captured_at)

    async def by_code(self, command: CodeCommand) -> StationOutcome:
        """A code is 256 random bits, so that guessing is not worth counting."""
        person = await self._credentials.whose_code(command.code)
        if person is None:
            return CredentialRefused()
        return await self._check_in(command.station_id, command.request_id, person, "qr", command.captured_at)

    async def by_staff(self, command: StaffCommand) -> StaffOutcome:
        session = await load_session(self._sessions, command.session_id)
        if session is None:
            return SessionNotFound()
        person = await self._people.find(command.user_id)
        if person is None:
            return PersonUnknown(command.user_id)
        station = session.plan.stations[0]
        outcome = await self._check_in(
            station, command.request_id, person, "staff", command.captured_at, by=command.author
        )
        return PersonUnknown(command.user_id) if isinstance(outcome, CredentialRefused) else outcome

    async def _count(self, subjects: Sequence[tuple[UUID, int]]) -> TooManyAttempts | None:
        """Recorded before the secret is looked at, so that attempts at once cannot all pass."""
        at = self._clock.now()
        for subject, most in subjects:
            id = attempts_id(subject, at)
            while True:
                made = attempts.replay(await self._sessions.load_attempts(id))
                decided = attempts.attempt(made, most, at=at)
                if isinstance(decided, TooManyAttempts):
                    return decided
                try:
                    await self._sessions.append(id, made.count, decided)
                except Conflict:
                    continue  # each round another attempt was counted, of which there can be `most`
                break
        return None

    async def _check_in(
        self,
        station_id: UUID,
        request_id: str,
        person: UUID,
        route: OtherRoute,
        captured_at: datetime | None,
        *,
        by: UUID | None = None,
    ) -> CheckedIn | CredentialRefused | RequestIdReused:
        id = check_in_id(station_id, request_id)
        for _ in range(_ATTEMPTS):
            check_in = await self._load(id)
            if check_in is not None and check_in.request_digest != _digest(route, request_id):
                return RequestIdReused(request_id)
            if check_in is not None and check_in.decided:
                return await self._answer(check_in) if _is(check_in, person) else RequestIdReused(request_id)
            at = self._clock.now()
            events: list[CheckInEvent] = []
            version = 0 if check_in is None else check_in.version
            if check_in is None:
                events = check_ins.start(
                    station_id=station_id,
                    burst_id=request_id,
                    request_digest=_digest(route, request_id),
                    claimed=None,
                    captured_at=captured_at,
                    at=at,
                )
                check_in = check_ins.evolve(None, events[0], id=id)
            events = [*events, *check_ins.identify_by_other_route(check_in, person, route, by=by, at=at)]
            try:
                position = await self._store.append(id, version, events)
            except Conflict:
                continue
            except PersonErased:
                return CredentialRefused()
            await self._projections.wait(position, PROJECTED_WITHIN_S)
            decided = await self._load(id)
            assert decided is not None
            return await self._answer(decided)
        raise Conflict(f"check-in {id} changed {_ATTEMPTS} times while it was decided")

    async def _recorded(self, station_id: UUID, request_id: str) -> CheckIn | None:
        return await self._load(check_in_id(station_id, request_id))

    async def _load(self, id: UUID) -> CheckIn | None:
        return check_ins.replay(id, await self._store.load_check_in(id))

    async def _answer(self, check_in: CheckIn) -> CheckedIn:
        person = None if check_in.person is None else check_in.person.reveal()
        return CheckedIn(check_in=check_in, name=None if person is None else await self._people.name(person))


def _is(check_in: CheckIn, person: UUID | None) -> bool:
    return person is not None and check_in.person is not None and check_in.person.reveal() == person


def _digest(route: OtherRoute, request_id: str) -> str:
    """Of nothing that is known of the person: a digest of their id or their code would give them away."""
    return hashlib.sha256(f"{route}/{request_id}".encode()).hexdigest()
