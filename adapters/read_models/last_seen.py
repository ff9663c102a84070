"""When each person was last seen, and their face last matched: what retention is decided by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.database import Database
from adapters.event_store.read_model import Projected
from adapters.event_store.topics import Event
from adapters.read_models.columns import columns
from domain.check_in import IdentifiedByOtherRoute, IdentityMatched, Reassigned
from domain.person import ConsentGiven, ConsentWithdrawn, Erased, FaceEnrolled, Registered

_REGISTER = """
INSERT INTO last_seen (person, changed_at) SELECT * FROM unnest(%s::uuid[], %s::timestamptz[]) ON CONFLICT DO NOTHING
"""
# Only who is registered: an event about somebody may still be recorded while their key is being destroyed.
_SEE = """
UPDATE last_seen AS kept
SET changed_at = greatest(kept.changed_at, new.changed_at), enrolled_at = greatest(kept.enrolled_at, new.enrolled_at),
    matched_at = greatest(kept.matched_at, new.matched_at), seen_at = greatest(kept.seen_at, new.seen_at)
FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
    AS new (person, changed_at, enrolled_at, matched_at, seen_at)
WHERE kept.person = new.person
"""
_FORGET = "DELETE FROM last_seen WHERE person = ANY(%s)"
_FACES_UNUSED = """
SELECT person FROM last_seen
WHERE greatest(enrolled_at, matched_at) < %s AND EXISTS (SELECT FROM gallery g WHERE g.person = last_seen.person)
ORDER BY person
"""
_PEOPLE_UNSEEN = "SELECT person FROM last_seen WHERE greatest(changed_at, enrolled_at, seen_at) < %s ORDER BY person"


class _Seen(msgspec.Struct, kw_only=True):
    """The latest of each in a page; None where there was none."""

    changed_at: datetime | None = None
    enrolled_at: datetime | None = None
    matched_at: datetime | None = None
    seen_at: datetime | None = None

    def latest(self, field: str, at: datetime) -> None:
        known: datetime | None = getattr(self, field)
        setattr(self, field, at if known is None else max(known, at))


class LastSeenProjection:
    """Implements adapters.event_store.read_model.ReadModel."""

    name = "last_seen"
    takes: tuple[type[Event], ...] = (
        Registered,
        ConsentGiven,
        ConsentWithdrawn,
        FaceEnrolled,
        IdentityMatched,
        IdentifiedByOtherRoute,
        Reassigned,
        Erased,
    )
    tables: tuple[str, ...] = ("last_seen",)
    personal = True

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        registered: list[tuple[object, ...]] = []
        erased: list[UUID] = []
        seen: dict[UUID, _Seen] = {}
        for projected in page:
            match projected.event:
                case Registered(at=at):
                    registered.append((projected.stream, at))
                case Erased():
                    erased.append(projected.stream)
                case _:
                    _collect(seen, projected)
        if registered:
            cursor.execute(_REGISTER, columns(registered), prepare=True)
        if seen:
            rows = [(person, *msgspec.structs.astuple(latest)) for person, latest in sorted(seen.items())]
            cursor.execute(_SEE, columns(rows), prepare=True)
        if erased:
            cursor.execute(_FORGET, (erased,))


class PostgresLastSeen:
    """Implements application.ports.Overdue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def faces_unused_since(self, moment: datetime) -> Sequence[UUID]:
        return [person for (person,) in await self._database.fetch(_FACES_UNUSED, (moment,))]

    async def people_unseen_since(self, moment: datetime) -> Sequence[UUID]:
        return [person for (person,) in await self._database.fetch(_PEOPLE_UNSEEN, (moment,))]


def _collect(seen: dict[UUID, _Seen], projected: Projected) -> None:
    event = projected.event
    match event:
        case IdentityMatched(person=sealed) | IdentifiedByOtherRoute(person=sealed) | Reassigned(person=sealed):
            person = sealed.reveal()
            if person is None:
                return
            latest = seen.setdefault(person, _Seen())
            latest.latest("seen_at", event.at)
            if isinstance(event, IdentityMatched):
                latest.latest("matched_at", event.at)
        case FaceEnrolled(at=at):
            seen.setdefault(projected.stream, _Seen()).latest("enrolled_at", at)
        case ConsentGiven(at=at) | ConsentWithdrawn(at=at):
            seen.setdefault(projected.stream, _Seen()).latest("changed_at", at)
        case _:
            raise TypeError(f"not projected: {type(event).__name__}")
