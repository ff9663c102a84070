"""One process's parts for a person's data, and people with a history to use them on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import numpy as np

from adapters.data_subjects import DataSubjects, join_data_subjects
from adapters.record import Record, open_record
from adapters.settings import Settings
from application.ports import Embeddings
from application.register_person import PersonRegistered, RegisterPerson
from domain import check_in as check_ins
from domain.check_in import CheckInEvent, check_in_id
from domain.matching import Ambiguous, Match
from domain.person import Purpose
from tests.application.house import DOOR, SetClock
from tests.event_store.samples import BOX, EVIDENCE, QUALITY, READING, TIMINGS, enrolled

MODEL = "resnet-29/1"


def embedding(seed: int) -> Embeddings:
    return np.random.default_rng(seed).normal(size=128).astype(np.float32)


@dataclass(frozen=True, kw_only=True)
class Bureau:
    record: Record
    clock: SetClock
    subjects: DataSubjects

    async def admit(self, user_id: str, *consents: Purpose, templates: Sequence[int] = ()) -> UUID:
        """Registered, with a template made of each seed."""
        register = RegisterPerson(
            store=self.record.store,
            people=self.record.people,
            projections=self.record.projections,
            clock=self.clock,
            new_id=uuid4,
        )
        registered = await register(user_id=user_id, name=f"{user_id.title()} Lovelace", consents=consents)
        assert isinstance(registered, PersonRegistered)
        for seed in templates:
            await self.enrol(registered.person, seed)
        return registered.person

    async def enrol(self, person: UUID, seed: int) -> UUID:
        template = uuid4()
        await self.record.gallery.keep_template(template, person, MODEL, embedding(seed))
        version = len(await self.record.store.load_person(person))
        (event,) = enrolled(template, person, model=MODEL)
        event = msgspec.structs.replace(event, at=self.clock.now())
        await self.seen(await self.record.store.append(person, version, [event]))
        return template

    async def check_in(self, burst_id: str, *people: UUID, emotion: bool = False, claimed: UUID | None = None) -> UUID:
        """Matched with the one of `people`, or ambiguous between the two."""
        id, at = check_in_id(DOOR, burst_id), self.clock.now()
        events = check_ins.start(
            station_id=DOOR, burst_id=burst_id, request_digest="digest", claimed=claimed, captured_at=None, at=at
        )
        state = check_ins.evolve(None, events[0], id=id)
        decision = Match(people[0], EVIDENCE) if len(people) == 1 else Ambiguous((people[0], people[1]), EVIDENCE)
        events += check_ins.decide_identity(state, decision, quality=QUALITY, box=BOX, timings_ms=TIMINGS, at=at)
        if emotion:
            events += _felt(at)
        await self.seen(await self.record.store.append(id, 0, events))
        return id

    async def seen(self, position: int) -> None:
        await self.record.projections.wait(position, 5.0)

    async def templates_kept(self) -> int:
        return len(await self.record.database.fetch("SELECT id FROM face_template"))

    async def told(self, person: UUID) -> list[str]:
        """The names of the events of a person's stream."""
        return [type(event).__name__ for event in await self.record.store.load_person(person)]


@asynccontextmanager
async def open_bureau(
    dsn: str,
    key_file: Path,
    *,
    clock: SetClock | None = None,
    templates_days: int | None = None,
    people_days: int | None = None,
) -> AsyncIterator[Bureau]:
    """A process: with its own connections, its own keys in memory, its own projector."""
    settings = Settings(
        data_dir=key_file.parent,
        models_dir=key_file.parent,
        keys_file=key_file,
        retain_templates_days=templates_days,
        retain_people_days=people_days,
    )
    clock = clock or SetClock()
    async with open_record(dsn, key_file) as record:
        yield Bureau(record=record, clock=clock, subjects=join_data_subjects(settings, record, clock))


def _felt(at: datetime) -> list[CheckInEvent]:
    return [
        check_ins.EmotionRecognised(at=at, reading=READING, request_digest="digest-2", timings_ms=TIMINGS),
        check_ins.Completed(at=at),
    ]
