"""Attendance by hand, and its settlement once every station has reported."""

from __future__ import annotations

from uuid import UUID

import msgspec

from application.ports import AttendanceBook, Clock, Projections, SessionStore
from application.sessions import SessionChanged, SessionNotFound, change_session
from domain import session as sessions
from domain.attendance import CorrectedStatus
from domain.session import AttendanceOpen, NotOnRoster, SessionOver
from domain.session_events import Closed


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """How many sessions were closed, and in how many what was settled had to be revised."""

    closed: int
    revised: int


class CorrectAttendance:
    """What a member of staff says holds until they withdraw it. Safe to repeat."""

    def __init__(self, *, store: SessionStore, projections: Projections, clock: Clock) -> None:
        self._store = store
        self._projections = projections
        self._clock = clock

    async def __call__(
        self, id: UUID, person: UUID, status: CorrectedStatus, *, reason: str, author: UUID
    ) -> SessionChanged | SessionNotFound | NotOnRoster | SessionOver:
        return await change_session(
            self._store,
            self._projections,
            id,
            lambda session: sessions.correct(
                session, person, status, reason=reason, author=author, at=self._clock.now()
            ),
        )


class SettleAttendance:
    """Closes what every station has reported past; a check-in that arrives later revises it by an event.

    Any number of processes may do so at once: a session is closed once, and a revision recorded once.
    """

    def __init__(self, *, store: SessionStore, book: AttendanceBook, projections: Projections, clock: Clock) -> None:
        self._store = store
        self._book = book
        self._projections = projections
        self._clock = clock

    async def __call__(self) -> Settled:
        """Everything that is due."""
        due, position = await self._book.unsettled()
        closed = revised = 0
        for id in due:
            changed = await self.settle(id)
            if isinstance(changed, SessionChanged) and changed.events:
                first = isinstance(changed.events[0], Closed)
                closed, revised = closed + first, revised + (not first)
        await self._book.settled(position)
        return Settled(closed=closed, revised=revised)

    async def settle(self, id: UUID) -> SessionChanged | SessionNotFound | AttendanceOpen:
        """One session, now: closed, revised, or left as it is."""
        sheet = await self._book.sheet(id)
        rows, reported = ([], False) if sheet is None else (sheet.rows, sheet.reported)
        return await change_session(
            self._store,
            self._projections,
            id,
            lambda session: sessions.settle(session, rows, reported=reported, at=self._clock.now()),
        )


class WithdrawCorrection:
    """What the check-ins say holds again; what was settled is revised at once."""

    def __init__(
        self, *, store: SessionStore, settle: SettleAttendance, projections: Projections, clock: Clock
    ) -> None:
        self._store = store
        self._settle = settle
        self._projections = projections
        self._clock = clock

    async def __call__(self, id: UUID, person: UUID, *, author: UUID) -> SessionChanged | SessionNotFound | NotOnRoster:
        changed = await change_session(
            self._store,
            self._projections,
            id,
            lambda session: sessions.withdraw_correction(session, person, author=author, at=self._clock.now()),
        )
        if isinstance(changed, SessionChanged) and changed.session.state == "closed":
            await self._settle.settle(id)
        return changed
