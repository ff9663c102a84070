"""How does the burst look? Six frames of a decided check-in in, an anonymous recorded emotion out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

import msgspec

from application.in_flight import InFlight
from application.ports import Clock, Conflict, EventStore, Policies, Recogniser, Refused, Turn
from domain import check_in as check_ins
from domain import person as persons
from domain.check_in import CheckIn, CheckInEvent, DeclineReason, Timings
from domain.emotion import EmotionReading
from domain.refusal import Refusal

_ATTEMPTS = 5


class EmotionCommand(msgspec.Struct, frozen=True, kw_only=True):
    station_id: UUID
    check_in_id: UUID
    jpegs: Sequence[bytes]
    backlog: bool = False


class EmotionRead(msgspec.Struct, frozen=True, kw_only=True):
    check_in_id: UUID
    reading: EmotionReading
    timings_ms: Timings


class EmotionRefused(msgspec.Struct, frozen=True, kw_only=True):
    """The frames showed no emotion that could be read; who it is stands."""

    check_in_id: UUID
    refusal: Refusal


class EmotionNotRead(msgspec.Struct, frozen=True):
    """Declined: by policy, or because the person did not agree to it (a stranger did not either)."""

    reason: DeclineReason


class CheckInNotFound(msgspec.Struct, frozen=True):
    """This station has no such check-in."""


class CheckInUndecided(msgspec.Struct, frozen=True):
    """Who it is has not been decided yet."""


class CheckInRefused(msgspec.Struct, frozen=True):
    """The primary frame was refused, so there is nothing to add an emotion to."""


class EmotionAlreadyRecorded(msgspec.Struct, frozen=True):
    """This check-in has its emotion, from other frames."""


EmotionOutcome = (
    EmotionRead
    | EmotionRefused
    | EmotionNotRead
    | CheckInNotFound
    | CheckInUndecided
    | CheckInRefused
    | EmotionAlreadyRecorded
)


class ReadEmotion:
    """Reads and records, where policy and consent allow. A retried command answers what was recorded first."""

    def __init__(self, *, store: EventStore, recogniser: Recogniser, policies: Policies, clock: Clock) -> None:
        self._store = store
        self._recogniser = recogniser
        self._policies = policies
        self._clock = clock
        self.in_flight: InFlight[EmotionOutcome] = InFlight()

    async def __call__(self, command: EmotionCommand) -> EmotionOutcome:
        """May raise `Overloaded`: then the same command may be sent again."""
        digest = _digest(command.jpegs)
        key = (command.station_id, command.check_in_id, digest)
        turn = Turn(backlog=command.backlog, wanted=lambda: self.in_flight.wanted(key))
        return await self.in_flight.run(key, lambda: self._read(digest, command, turn))

    async def _read(self, digest: str, command: EmotionCommand, turn: Turn) -> EmotionOutcome:
        for _ in range(_ATTEMPTS):
            events = await self._store.load_check_in(command.check_in_id)
            check_in = check_ins.replay(command.check_in_id, events)
            if check_in is None or check_in.station_id != command.station_id:
                return CheckInNotFound()
            recorded = _recorded(check_in, digest)
            if recorded is not None:
                return recorded
            try:
                return await self._decide(check_in, digest, command.jpegs, turn)
            except Conflict:
                continue
        raise Conflict(f"check-in {command.check_in_id} changed {_ATTEMPTS} times while its emotion was read")

    async def _decide(self, check_in: CheckIn, digest: str, jpegs: Sequence[bytes], turn: Turn) -> EmotionOutcome:
        declined = await self._declined(check_in)
        if declined is not None:
            return await self._decline(check_in, declined)
        seen = await self._recogniser.read_emotion(jpegs, check_in.box, turn=turn)
        declined = await self._declined(check_in)  # policy or consent may have changed while the frames were read
        if declined is not None:
            return await self._decline(check_in, declined)
        found = seen.refusal if isinstance(seen, Refused) else seen.reading
        at = self._clock.now()
        await self._append(
            check_in,
            check_ins.record_emotion(check_in, found, request_digest=digest, timings_ms=seen.timings_ms, at=at),
        )
        if isinstance(found, Refusal):
            return EmotionRefused(check_in_id=check_in.id, refusal=found)
        return EmotionRead(check_in_id=check_in.id, reading=found, timings_ms=seen.timings_ms)

    async def _decline(self, check_in: CheckIn, reason: DeclineReason) -> EmotionNotRead:
        await self._append(check_in, check_ins.decline_emotion(check_in, reason, at=self._clock.now()))
        return EmotionNotRead(reason)

    async def _declined(self, check_in: CheckIn) -> DeclineReason | None:
        if (await self._policies.newest()).emotion == "off":
            return "policy"
        matched = None if check_in.person is None else check_in.person.reveal()
        if matched is None:
            return "consent"
        person = persons.replay(matched, await self._store.load_person(matched))
        return None if person is not None and "emotion" in person.consents else "consent"

    async def _append(self, check_in: CheckIn, events: list[CheckInEvent]) -> None:
        await self._store.append(check_in.id, check_in.version, events)


def _recorded(check_in: CheckIn, digest: str) -> EmotionOutcome | None:
    """The answer that the check-in already holds, if any."""
    if not check_in.decided:
        return CheckInUndecided()
    if check_in.status == "refused":
        return CheckInRefused()
    if check_in.emotion_declined is not None:
        return EmotionNotRead(check_in.emotion_declined)
    if check_in.emotion is not None:
        if check_in.emotion_digest != digest:
            return EmotionAlreadyRecorded()
        return EmotionRead(check_in_id=check_in.id, reading=check_in.emotion, timings_ms=check_in.emotion_timings_ms)
    if check_in.emotion_refusal is not None and check_in.emotion_digest == digest:
        return EmotionRefused(check_in_id=check_in.id, refusal=check_in.emotion_refusal)
    if check_in.route is not None:
        return EmotionNotRead("policy")  # who came without a face is not looked at afterwards
    return None


def _digest(jpegs: Sequence[bytes]) -> str:
    digest = hashlib.sha256()
    for jpeg in jpegs:
        digest.update(len(jpeg).to_bytes(8, "big") + jpeg)
    return digest.hexdigest()
