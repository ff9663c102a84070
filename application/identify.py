"""Who is it? One primary frame in, a recorded decision out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from application.in_flight import InFlight
from application.ports import (
    Clock,
    Conflict,
    Embeddings,
    EventStore,
    Gallery,
    GallerySnapshot,
    Look,
    People,
    PersonErased,
    Policies,
    Recogniser,
    Refused,
    Turn,
)
from domain import check_in as check_ins
from domain.check_in import CheckIn, CheckInEvent, check_in_id
from domain.matching import Candidate, Decision, Thresholds, identify, verify

_ATTEMPTS = 5


class IdentifyCommand(msgspec.Struct, frozen=True, kw_only=True):
    """1:1 against `user_id` where it is given, 1:N where not. Without a `burst_id` the frame itself is the key.

    `frame` is the number of this frame in its burst, for a refusal to name. `backlog`: nobody waits at the door for it.
    """

    station_id: UUID
    jpeg: bytes
    frame: int = 0
    user_id: str | None = None
    burst_id: str | None = None
    captured_at: datetime | None = None
    backlog: bool = False


class Identified(msgspec.Struct, frozen=True, kw_only=True):
    """The decided check-in (a refused capture too), and what the matched person is called."""

    check_in: CheckIn
    name: str | None


class CandidateUnknown(msgspec.Struct, frozen=True):
    """Nobody is registered under `user_id`."""

    user_id: str


class CandidateNotEnrolled(msgspec.Struct, frozen=True):
    """The person claimed by `user_id` has no face template to compare with."""

    user_id: str


class BurstIdReused(msgspec.Struct, frozen=True):
    """This station sent another frame or another candidate under the same burst id."""

    burst_id: str


IdentifyOutcome = Identified | CandidateUnknown | CandidateNotEnrolled | BurstIdReused


class Identify:
    """Records Started, has the frame judged, records the decision. A retry answers what was recorded first."""

    def __init__(
        self,
        *,
        store: EventStore,
        recogniser: Recogniser,
        gallery: Gallery,
        people: People,
        policies: Policies,
        clock: Clock,
    ) -> None:
        self._store = store
        self._recogniser = recogniser
        self._gallery = gallery
        self._people = people
        self._policies = policies
        self._clock = clock
        self.in_flight: InFlight[IdentifyOutcome] = InFlight()

    async def __call__(self, command: IdentifyCommand) -> IdentifyOutcome:
        """May raise `Overloaded`: then the same command may be sent again."""
        digest = _digest(command)
        burst_id = command.burst_id or digest
        id = check_in_id(command.station_id, burst_id)
        return await self.in_flight.run((id, digest), lambda: self._identify(id, burst_id, digest, command))

    async def _identify(self, id: UUID, burst_id: str, digest: str, command: IdentifyCommand) -> IdentifyOutcome:
        for _ in range(_ATTEMPTS):
            check_in = await self._load(id)
            if check_in is not None and check_in.request_digest != digest:
                return BurstIdReused(burst_id)
            if check_in is not None and check_in.decided:
                return await self._answer(check_in)
            claimed: UUID | None = None
            snapshot = await self._gallery.snapshot(self._recogniser.thresholds.model)
            if command.user_id is not None:
                claimed = await self._people.find(command.user_id)
                if claimed is None:
                    return CandidateUnknown(command.user_id)
                snapshot = snapshot.of(claimed)
                if not snapshot.people:
                    return CandidateNotEnrolled(command.user_id)
            turn = Turn(backlog=command.backlog, wanted=lambda: self.in_flight.wanted((id, digest)))
            try:
                with self._recogniser.room(turn) as admitted:
                    if check_in is None:
                        check_in = await self._start(id, burst_id, digest, claimed, command)
                    return await self._decide(check_in, claimed, snapshot, command, admitted)
            except (Conflict, PersonErased):
                continue
        raise Conflict(f"check-in {id} changed {_ATTEMPTS} times while it was decided")

    async def _start(
        self, id: UUID, burst_id: str, digest: str, claimed: UUID | None, command: IdentifyCommand
    ) -> CheckIn:
        events = check_ins.start(
            station_id=command.station_id,
            burst_id=burst_id,
            request_digest=digest,
            claimed=claimed,
            captured_at=command.captured_at,
            at=self._clock.now(),
        )
        await self._store.append(id, 0, events)
        return _after(None, events, id)

    async def _decide(
        self, check_in: CheckIn, claimed: UUID | None, snapshot: GallerySnapshot, command: IdentifyCommand, turn: Turn
    ) -> Identified:
        seen = await self._recogniser.look(command.jpeg, snapshot.embeddings, frame=command.frame, turn=turn)
        at = self._clock.now()
        if isinstance(seen, Refused):
            events = check_ins.refuse_capture(check_in, seen.refusal, timings_ms=seen.timings_ms, at=at)
        else:
            thresholds = (await self._policies.current()).in_force(self._recogniser.thresholds)
            decision = _decide(seen, claimed, snapshot, thresholds)
            events = check_ins.decide_identity(
                check_in, decision, quality=seen.quality, box=seen.box, timings_ms=seen.timings_ms, at=at
            )
        await self._store.append(check_in.id, check_in.version, events)
        return await self._answer(_after(check_in, events, check_in.id))

    async def _answer(self, check_in: CheckIn) -> Identified:
        person = None if check_in.person is None else check_in.person.reveal()
        return Identified(check_in=check_in, name=None if person is None else await self._people.name(person))

    async def _load(self, id: UUID) -> CheckIn | None:
        return check_ins.replay(id, await self._store.load_check_in(id))


def _digest(command: IdentifyCommand) -> str:
    digest = hashlib.sha256(len(command.jpeg).to_bytes(8, "big") + command.jpeg)
    if command.user_id is not None:
        digest.update(b"for " + command.user_id.encode())
    return digest.hexdigest()


def _after(check_in: CheckIn | None, events: Iterable[CheckInEvent], id: UUID) -> CheckIn:
    for event in events:
        check_in = check_ins.evolve(check_in, event, id=id)
    assert check_in is not None
    return check_in


def _decide(seen: Look, claimed: UUID | None, snapshot: GallerySnapshot, thresholds: Thresholds) -> Decision:
    if claimed is not None:
        return verify(Candidate(claimed, float(seen.distances.min())), thresholds)
    return identify(nearest_by_person(seen.distances, snapshot.people), thresholds)


def nearest_by_person(distances: Embeddings, people: tuple[UUID, ...]) -> list[Candidate]:
    """One candidate a person, at the distance of their nearest template. `distances`: shape (templates,)."""
    nearest: dict[UUID, float] = {}
    for person, distance in zip(people, distances.tolist(), strict=True):
        if distance < nearest.get(person, float("inf")):
            nearest[person] = distance
    return [Candidate(person, distance) for person, distance in nearest.items()]
