"""Scheduling sessions, changing who is expected, opening and cancelling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeVar, assert_never
from uuid import UUID

import msgspec

from application.ports import Clock, Conflict, PersonErased, Projections, SessionStore
from domain import session as sessions
from domain.session import PlanImpossible, Session, SessionOver
from domain.session_events import Plan, SessionEvent

Refused = TypeVar("Refused")
RosterChange = Literal["replace", "add", "remove"]
_ATTEMPTS = 5
PROJECTED_WITHIN_S = 5.0


class SessionNotFound(msgspec.Struct, frozen=True):
    """No session was ever scheduled under that id."""


class SessionChanged(msgspec.Struct, frozen=True):
    """The session as it is now. There are no `events`, and `position` is 0, where nothing had to be recorded."""

    session: Session
    position: int
    events: tuple[SessionEvent, ...]


class ScheduleSession:
    """Safe to repeat: the same plan for the same id records nothing, another one changes what is planned."""

    def __init__(self, *, store: SessionStore, projections: Projections, clock: Clock) -> None:
        self._store = store
        self._projections = projections
        self._clock = clock

    async def __call__(
        self, id: UUID, plan: Plan, *, wait: bool = True
    ) -> SessionChanged | PlanImpossible | SessionOver:
        """Without `wait` it is recorded when this returns, and seen by the read models a moment later."""
        for _ in range(_ATTEMPTS):
            session = await load_session(self._store, id)
            decided = sessions.schedule(session, plan, at=self._clock.now())
            if not isinstance(decided, list):
                return decided
            try:
                changed = await record(self._store, id, session, decided)
            except Conflict:
                continue
            await self._projections.wait(changed.position if wait else 0, PROJECTED_WITHIN_S)
            return changed
        raise Conflict(f"session {id} changed {_ATTEMPTS} times while it was scheduled")


class ChangeRoster:
    """`people` replace who was expected, are expected besides, or are expected no more."""

    def __init__(self, *, store: SessionStore, projections: Projections, clock: Clock) -> None:
        self._store = store
        self._projections = projections
        self._clock = clock

    async def __call__(
        self, id: UUID, people: Iterable[UUID], *, how: RosterChange = "replace", wait: bool = True
    ) -> SessionChanged | SessionNotFound | SessionOver:
        """Raises PersonErased where one of them was."""
        wanted = frozenset(people)

        def decide(session: Session) -> list[SessionEvent] | SessionOver:
            match how:
                case "replace":
                    expected = wanted
                case "add":
                    expected = session.people | wanted
                case "remove":
                    expected = session.people - wanted
                case _:
                    assert_never(how)
            return sessions.change_roster(session, expected, at=self._clock.now())

        return await change_session(self._store, self._projections, id, decide, wait=wait)


class OpenSession:
    def __init__(self, *, store: SessionStore, projections: Projections, clock: Clock) -> None:
        self._store = store
        self._projections = projections
        self._clock = clock

    async def __call__(self, id: UUID) -> SessionChanged | SessionNotFound | SessionOver | PlanImpossible:
        return await change_session(
            self._store, self._projections, id, lambda session: sessions.open_early(session, at=self._clock.now())
        )


class CancelSession:
    def __init__(self, *, store: SessionStore, projections: Projections, clock: Clock) -> None:
        self._store = store
        self._projections = projections
        self._clock = clock

    async def __call__(self, id: UUID, *, wait: bool = True) -> SessionChanged | SessionNotFound | SessionOver:
        return await change_session(
            self._store,
            self._projections,
            id,
            lambda session: sessions.cancel(session, at=self._clock.now()),
            wait=wait,
        )


async def load_session(store: SessionStore, id: UUID) -> Session | None:
    return sessions.replay(id, await store.load_session(id))


async def change_session(
    store: SessionStore,
    projections: Projections,
    id: UUID,
    decide: Callable[[Session], list[SessionEvent] | Refused],
    *,
    wait: bool = True,
) -> SessionChanged | SessionNotFound | Refused:
    """Load, decide, record; once more where another writer was first, or where somebody was erased meanwhile."""
    erased: PersonErased | None = None
    for _ in range(_ATTEMPTS):
        session = await load_session(store, id)
        if session is None:
            return SessionNotFound()
        decided = decide(session)
        if not isinstance(decided, list):
            return decided
        try:
            changed = await record(store, id, session, decided)
        except Conflict:
            continue
        except PersonErased as error:
            erased = error
            continue
        await projections.wait(changed.position if wait else 0, PROJECTED_WITHIN_S)
        return changed
    raise erased or Conflict(f"session {id} changed {_ATTEMPTS} times")


async def record(
    store: SessionStore, id: UUID, session: Session | None, events: Sequence[SessionEvent]
) -> SessionChanged:
    position = await store.append(id, 0 if session is None else session.version, events)
    for event in events:
        session = sessions.evolve(session, event, id=id)
    assert session is not None, "a session that is not known is scheduled first"
    return SessionChanged(session, position, tuple(events))
