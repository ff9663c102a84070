"""The use cases joined with the real event store, read models and recogniser, as one server process has them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from adapters.record import Record, open_record
from adapters.recorded_policy import RecordedPolicies
from application.check_in_burst import CheckInBurst
from application.enrol_photographs import EnrolPhotographs, Photograph, PhotographAccepted
from application.erase_person import ErasePerson
from application.expire import ExpireUndecided
from application.identify import Identified, Identify, IdentifyCommand
from application.manage_policy import ManagePolicy
from application.people import load_person
from application.ports import Recogniser
from application.read_emotion import EmotionCommand, ReadEmotion
from application.register_person import PersonRegistered, RegisterPerson
from domain.check_in import CheckInEvent, check_in_id
from domain.emotion import EmotionPolicy
from domain.person import Person, Purpose
from domain.policy import Policy
from tests.application.faces import frame
from tests.application.watched import WatchedRecogniser

DOOR = UUID("00000000-0000-4000-8000-00000000d008")
BACK_DOOR = UUID("00000000-0000-4000-8000-00000000d009")
EXPIRE_AFTER_S = 60.0


class SetClock:
    """Tells the time it was set to."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def pass_s(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass(frozen=True, kw_only=True)
class House:
    """One process's parts; two houses on one database are two processes of one server."""

    record: Record
    recogniser: WatchedRecogniser
    clock: SetClock
    identify: Identify
    change_policy: ManagePolicy
    read_emotion: ReadEmotion
    check_in_burst: CheckInBurst
    register: RegisterPerson
    enrol: EnrolPhotographs
    erase: ErasePerson
    expire: ExpireUndecided

    async def admit(self, user_id: str, face: int | None, *consents: Purpose) -> UUID:
        """Register somebody, and enrol one photograph of `face`."""
        registered = await self.register(user_id=user_id, name=user_id.title(), consents=consents)
        assert isinstance(registered, PersonRegistered)
        if face is not None:
            outcomes = await self.enrol(registered.person, [Photograph("front.jpg", frame(face, take=90))])
            assert isinstance(outcomes, list)
            assert isinstance(outcomes[0], PhotographAccepted), outcomes
        return registered.person

    async def identified(self, command: IdentifyCommand) -> Identified:
        outcome = await self.identify(command)
        assert isinstance(outcome, Identified), outcome
        return outcome

    async def person(self, user_id: str) -> Person:
        id = await self.record.people.find(user_id)
        assert id is not None
        person = await load_person(self.record.store, id)
        assert person is not None
        return person

    async def events(self, burst_id: str, station: UUID = DOOR) -> Sequence[CheckInEvent]:
        return await self.record.store.load_check_in(check_in_id(station, burst_id))

    async def told(self, burst_id: str, station: UUID = DOOR) -> list[str]:
        """The names of the events of a check-in."""
        return [type(event).__name__ for event in await self.events(burst_id, station)]

    async def until_told(self, burst_id: str) -> None:
        """Return once the check-in has its first event."""
        async with asyncio.timeout(30.0):
            while not await self.events(burst_id):  # noqa: ASYNC110  # the database tells nobody
                await asyncio.sleep(0)

    @asynccontextmanager
    async def meanwhile(self, calls: int = 1) -> AsyncIterator[None]:
        """Entered once `calls` more calls wait before the recogniser; they go on when it is left."""
        watched = self.recogniser
        asked = watched.looks + watched.bursts_read + calls
        watched.gate.clear()
        async with asyncio.timeout(30.0):
            while watched.looks + watched.bursts_read < asked:  # noqa: ASYNC110  # the counts tell nobody
                await asyncio.sleep(0)
        try:
            yield
        finally:
            watched.gate.set()

    async def templates_kept(self) -> int:
        """How many embeddings the database holds, searched or not."""
        rows = await self.record.database.fetch("SELECT count(*) FROM face_template")
        kept: int = rows[0][0]
        return kept

    async def catch_up(self) -> None:
        """Return once the read models have seen all that is recorded now."""
        rows = await self.record.database.fetch("SELECT coalesce(max(notification_id), 0) FROM event")
        await self.record.projections.wait(rows[0][0], 5.0)


def seen(jpeg: bytes, burst_id: str | None = "burst", *, user_id: str | None = None) -> IdentifyCommand:
    """What the front door's station sends."""
    return IdentifyCommand(station_id=DOOR, jpeg=jpeg, burst_id=burst_id, user_id=user_id)


def mood(check_in_id: UUID, jpegs: Sequence[bytes], station: UUID = DOOR) -> EmotionCommand:
    return EmotionCommand(station_id=station, check_in_id=check_in_id, jpegs=jpegs)


@asynccontextmanager
async def open_house(
    dsn: str, key_file: Path, recogniser: Recogniser, *, policy: EmotionPolicy = "consented"
) -> AsyncIterator[House]:
    """A process that serves: with its own connections, its own keys in memory, its own projector."""
    async with open_record(dsn, key_file) as record:
        yield _join(record, WatchedRecogniser(recogniser), policy, SetClock())


def _join(record: Record, recogniser: WatchedRecogniser, policy: EmotionPolicy, clock: SetClock) -> House:
    store, gallery, projections = record.store, record.gallery, record.projections
    policies = RecordedPolicies(record.database, store, Policy(emotion=policy))
    identify = Identify(
        store=store, recogniser=recogniser, gallery=gallery, people=record.people, policies=policies, clock=clock
    )
    read_emotion = ReadEmotion(store=store, recogniser=recogniser, policies=policies, clock=clock)
    return House(
        record=record,
        recogniser=recogniser,
        clock=clock,
        identify=identify,
        change_policy=ManagePolicy(
            store=store, policies=policies, recogniser=recogniser, projections=projections, clock=clock
        ),
        read_emotion=read_emotion,
        check_in_burst=CheckInBurst(identify, read_emotion),
        register=RegisterPerson(store=store, people=record.people, projections=projections, clock=clock, new_id=uuid4),
        enrol=EnrolPhotographs(
            store=store,
            recogniser=recogniser,
            gallery=gallery,
            policies=policies,
            projections=projections,
            clock=clock,
            new_id=uuid4,
        ),
        erase=ErasePerson(
            store=store,
            gallery=gallery,
            keys=record.keys,
            erasures=record.erasures,
            projections=projections,
            clock=clock,
        ),
        expire=ExpireUndecided(store=store, check_ins=record.check_ins, clock=clock, after_s=EXPIRE_AFTER_S),
    )
