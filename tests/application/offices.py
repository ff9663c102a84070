"""The use cases of sessions over a real record, as one server process has them; no models are needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from adapters.http.session_services import SessionServices
from adapters.record import Record, open_record
from adapters.session_wiring import join_sessions
from application.erase_person import ErasePerson
from application.register_person import PersonRegistered, RegisterPerson
from application.sessions import SessionChanged
from domain import check_in as check_ins
from domain.check_in import check_in_id
from domain.matching import Match
from domain.person import Purpose
from domain.session_events import Plan, SessionEvent, Times
from tests.application.house import DOOR, SetClock
from tests.event_store.samples import BOX, EVIDENCE, QUALITY, TIMINGS

SESSION = UUID("5e550000-0000-4000-8000-00000000000f")
STAFF = UUID("57aff000-0000-4000-8000-00000000000f")


@dataclass(frozen=True, kw_only=True)
class Office:
    """One process's parts; its clock stands at the start of SESSION until it is moved."""

    record: Record
    clock: SetClock
    services: SessionServices
    erase: ErasePerson

    @property
    def start(self) -> datetime:
        return datetime(2026, 11, 2, 12, 0, tzinfo=self.clock.time.tzinfo)

    def minute(self, number: float) -> datetime:
        return self.start + timedelta(minutes=number)

    async def admit(self, user_id: str, *consents: Purpose) -> UUID:
        register = RegisterPerson(
            store=self.record.store,
            people=self.record.people,
            projections=self.record.projections,
            clock=self.clock,
            new_id=uuid4,
        )
        registered = await register(user_id=user_id, name=user_id.title(), consents=consents)
        assert isinstance(registered, PersonRegistered)
        return registered.person

    async def hold(self, *people: UUID, stations: Sequence[UUID] = (DOOR,)) -> UUID:
        """A session of an hour, with those people on its roster."""
        assert isinstance(await self.services.schedule(SESSION, self.plan(*stations)), SessionChanged)
        assert isinstance(await self.services.change_roster(SESSION, people), SessionChanged)
        return SESSION

    def plan(self, *stations: UUID) -> Plan:
        times = Times(
            opens_at=self.minute(-15),
            starts_at=self.start,
            late_after=self.minute(10),
            ends_at=self.minute(60),
            zone="Europe/Berlin",
        )
        return Plan(title="Algebra", room="R 1", stations=stations, times=times, series="algebra")

    async def recognised(self, person: UUID, burst_id: str, captured_at: datetime, station: UUID = DOOR) -> UUID:
        """A check-in by face, as the recogniser would have decided it; it arrives now."""
        id = check_in_id(station, burst_id)
        events = check_ins.start(
            station_id=station,
            burst_id=burst_id,
            request_digest="digest",
            claimed=None,
            captured_at=captured_at,
            at=self.clock.now(),
        )
        state = check_ins.evolve(None, events[0], id=id)
        events += check_ins.decide_identity(
            state, Match(person, EVIDENCE), quality=QUALITY, box=BOX, timings_ms=TIMINGS, at=self.clock.now()
        )
        await self.record.store.append(id, 0, events)
        await self.catch_up()
        return id

    async def report(self, through: datetime, station: UUID = DOOR) -> None:
        await self.services.report_progress(station, through)
        await self.catch_up()

    async def statuses(self) -> dict[UUID, str]:
        await self.catch_up()
        sheet = await self.services.attendance.sheet(SESSION)
        assert sheet is not None
        return {one.person: one.status for one in sheet.rows}

    async def told(self) -> list[str]:
        """The names of the session's events."""
        return [type(event).__name__ for event in await self.events()]

    async def events(self) -> Sequence[SessionEvent]:
        return await self.record.store.load_session(SESSION)

    async def catch_up(self) -> None:
        """Return once the read models have seen all that is recorded now."""
        rows = await self.record.database.fetch("SELECT coalesce(max(notification_id), 0) FROM event")
        await self.record.projections.wait(rows[0][0], 5.0)


@asynccontextmanager
async def open_office(dsn: str, key_file: Path) -> AsyncIterator[Office]:
    async with open_record(dsn, key_file) as record:
        clock = SetClock()
        erase = ErasePerson(
            store=record.store,
            gallery=record.gallery,
            keys=record.keys,
            erasures=record.erasures,
            projections=record.projections,
            clock=clock,
        )
        yield Office(record=record, clock=clock, services=join_sessions(record, clock), erase=erase)
