"""Everything held on one person, in a form that a machine reads: what they may ask for at any time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from application.people import PersonNotFound, load_person
from application.ports import Clock, EventStore, HeldEvent, Holdings, JsonObject
from domain import check_in as check_ins
from domain.check_in import OtherRoute, Status
from domain.emotion import EmotionReading
from domain.person import ConsentGiven, ConsentWithdrawn, PersonEvent, Purpose

FORMAT = "facecheckin.person-export.v1"


class HeldConsent(msgspec.Struct, frozen=True, kw_only=True):
    """One given consent: to the text of which version, and until when."""

    purpose: Purpose
    text_version: str
    given_at: datetime
    withdrawn_at: datetime | None = None


class HeldCheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """A check-in of theirs, with the emotion that was read: it is their own."""

    id: UUID
    station_id: UUID
    started_at: datetime
    captured_at: datetime | None
    status: Status
    route: OtherRoute | Literal["face"]
    emotion: EmotionReading | None


class PersonExport(msgspec.Struct, frozen=True, kw_only=True):
    """`events`: everything recorded that says something of them, opened. `rows`: what the read models hold, by table.

    Face templates are the rows of `face_template`, as numbers.
    """

    format: str
    exported_at: datetime
    person: UUID
    user_id: str
    name: str
    consents: Sequence[HeldConsent]
    check_ins: Sequence[HeldCheckIn]
    events: Sequence[HeldEvent]
    rows: dict[str, list[JsonObject]]


class ExportPerson:
    def __init__(self, *, store: EventStore, holdings: Holdings, clock: Clock) -> None:
        self._store = store
        self._holdings = holdings
        self._clock = clock

    async def __call__(self, person: UUID) -> PersonExport | PersonNotFound:
        state = await load_person(self._store, person)
        if state is None or state.erased:
            return PersonNotFound()
        name, user_id = state.name.reveal(), state.user_id.reveal()
        if name is None or user_id is None:
            return PersonNotFound()
        events = await self._holdings.events(person)
        return PersonExport(
            format=FORMAT,
            exported_at=self._clock.now(),
            person=person,
            user_id=user_id,
            name=name,
            consents=list(_consents(await self._store.load_person(person))),
            check_ins=[held async for held in self._check_ins(person, events)],
            events=events,
            rows=await self._holdings.rows(person),
        )

    async def _check_ins(self, person: UUID, events: Sequence[HeldEvent]) -> AsyncIterator[HeldCheckIn]:
        """Those that were decided to be theirs."""
        for stream in dict.fromkeys(event.stream for event in events):
            check_in = check_ins.replay(stream, await self._store.load_check_in(stream))
            if check_in is None or check_in.person is None or check_in.person.reveal() != person:
                continue
            yield HeldCheckIn(
                id=check_in.id,
                station_id=check_in.station_id,
                started_at=check_in.started_at,
                captured_at=check_in.captured_at,
                status=check_in.status,
                route=check_in.route or "face",
                emotion=check_in.emotion,
            )


def _consents(events: Sequence[PersonEvent]) -> Iterator[HeldConsent]:
    """In the order in which they were given."""
    given: dict[Purpose, HeldConsent] = {}
    held: list[HeldConsent] = []
    for event in events:
        match event:
            case ConsentGiven(purpose=purpose, text_version=version, at=at):
                given[purpose] = HeldConsent(purpose=purpose, text_version=version, given_at=at)
                held.append(given[purpose])
            case ConsentWithdrawn(purpose=purpose, at=at) if purpose in given:
                known = given.pop(purpose)
                held[held.index(known)] = msgspec.structs.replace(known, withdrawn_at=at)
            case _:
                pass
    yield from held
