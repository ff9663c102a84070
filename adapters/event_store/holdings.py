"""All that is held about one person: every event that says something of them, and every row.

Nothing in an event tells from the outside whose it is, so the whole history is read: for each sealed field the hidden
reference of its key is opened and compared. An export is rare; that nothing is missed matters more than the seconds.
"""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

import msgspec
from eventsourcing.persistence import StoredEvent
from psycopg.rows import TupleRow

from adapters.database import Database, connect
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.sealing import References
from adapters.read_models.personal_rows import rows_about
from application.ports import HeldEvent, JsonObject
from domain.check_in import IdentifiedByOtherRoute, IdentityMatched, MatchDenied, Reassigned
from domain.personal import PersonalData

_PAGE = 2000
_SEALED = re.compile(rb'"k":"([A-Za-z0-9+/=]+)"')
_SEALED_EVENTS: LiteralString = """
SELECT originator_id, originator_version, topic, state, notification_id, recorded_at
FROM event WHERE position('"k":"'::bytea IN state) > 0 ORDER BY notification_id
"""
_STREAMS: LiteralString = """
SELECT originator_id, originator_version, topic, state, notification_id, recorded_at
FROM event WHERE originator_id = ANY(%s) ORDER BY notification_id
"""
_OF_ANOTHER = object()


class PostgresHoldings:
    """Implements application.ports.Holdings."""

    def __init__(self, database: Database, keys: KeyRing, mapper: SealingMapper) -> None:
        self._database = database
        self._keys = keys
        self._mapper = mapper

    async def events(self, person: UUID) -> Sequence[HeldEvent]:
        return await asyncio.to_thread(self._events, person)

    async def rows(self, person: UUID) -> dict[str, list[JsonObject]]:
        return await rows_about(self._database, person)

    def _events(self, person: UUID) -> list[HeldEvent]:
        self._keys.refresh()
        reference = self._keys.reference_of(person)
        if reference is None:
            return []
        streams = {person}
        found: dict[int, TupleRow] = {}
        with connect(self._database.dsn, name="export of a person") as connection:
            with connection.transaction(), connection.cursor(name="sealed", binary=True) as cursor:
                cursor.itersize = _PAGE
                for row in cursor.execute(_SEALED_EVENTS):
                    if _names(row[3], reference, self._keys.references):
                        found[row[4]] = row
                        streams |= self._own_check_in(row, person)
            # The rest of what happened in their own streams: consents, and the emotion of their check-ins.
            with connection.cursor(binary=True) as cursor:
                rest = list(cursor.execute(_STREAMS, (list(streams),)))
        of_others = self._given_to_others(rest, person)
        found |= {row[4]: row for row in rest if row[0] not in of_others}
        return [self._held(found[position], person) for position in sorted(found)]

    def _own_check_in(self, row: TupleRow, person: UUID) -> set[UUID]:
        recorded = self._mapper.to_domain_event(_stored(row))
        match recorded.event:
            case IdentityMatched(person=owner) | IdentifiedByOtherRoute(person=owner) | Reassigned(person=owner):
                return {recorded.originator_id} if owner.reveal() == person else set()
            case _:
                return set()

    def _given_to_others(self, rows: Sequence[TupleRow], person: UUID) -> set[UUID]:
        """Check-ins that were theirs until a member of staff said otherwise: what else happened there is another's."""
        owners: dict[UUID, UUID | None] = {}
        for row in rows:
            recorded = self._mapper.to_domain_event(_stored(row))
            match recorded.event:
                case IdentityMatched(person=owner) | IdentifiedByOtherRoute(person=owner) | Reassigned(person=owner):
                    owners[recorded.originator_id] = owner.reveal()
                case MatchDenied():
                    owners[recorded.originator_id] = None
        return {check_in for check_in, owner in owners.items() if owner != person}

    def _held(self, row: TupleRow, person: UUID) -> HeldEvent:
        recorded_at: datetime = row[5]
        shown = _shown(self._mapper.to_domain_event(_stored(row)).event, person)
        assert isinstance(shown, dict)
        return HeldEvent(position=row[4], stream=row[0], topic=row[2], recorded_at=recorded_at, event=shown)


def _stored(row: TupleRow) -> StoredEvent:
    return StoredEvent(*row[:4])


def _names(state: bytes, reference: bytes, references: References) -> bool:
    return any(references.find(b64decode(hidden)) == reference for hidden in _SEALED.findall(state))


def _shown(value: object, person: UUID) -> object:
    """As builtins; what is sealed under the key of others is left out, in lists with all that surrounds it."""
    match value:
        case PersonalData():
            return msgspec.to_builtins(value.reveal()) if value.subject == person else _OF_ANOTHER
        case msgspec.Struct():
            fields = {name: _shown(getattr(value, name), person) for name in value.__struct_fields__}
            return {name: field for name, field in fields.items() if field is not _OF_ANOTHER}
        case tuple():
            return [_shown(item, person) for item in value if not _only_of_others(item, person)]
        case dict():
            return {str(key): _shown(item, person) for key, item in value.items()}
        case _:
            return msgspec.to_builtins(value)


def _only_of_others(item: object, person: UUID) -> bool:
    subjects = {value.subject for value in _personal(item)}
    return bool(subjects) and person not in subjects


def _personal(value: object) -> Iterator[PersonalData[object]]:
    if isinstance(value, PersonalData):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _personal(getattr(value, name))
