"""Between events and what is stored of them: msgspec JSON under a published topic, personal fields sealed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from eventsourcing.persistence import Mapper, StoredEvent

from adapters.event_store.opening import Opening
from adapters.event_store.sealing import Keys, SealedField, seal
from adapters.event_store.topics import TOPICS, Event, Topics
from application.ports import PersonErased
from domain.personal import PersonalData

Encoded = tuple[str, bytes]
"""The topic of an event, and its state as it is stored."""


class Recorded(msgspec.Struct, frozen=True):
    """An event and its place in its stream."""

    originator_id: UUID
    originator_version: int
    event: Event


class SealingMapper(Mapper[UUID]):
    """The library's mapper with our format; any thread may call.

    The library's cipher and compressor stay off: they take whole payloads, and so cannot erase one person.
    """

    def __init__(self, keys: Keys, topics: Topics = TOPICS) -> None:
        self.topics = topics
        self.cipher = self.compressor = None
        self._keys = keys
        self._topic_of = {kind: topic for topic, kind in topics.current.items()}

    def to_stored_event(self, domain_event: Recorded) -> StoredEvent:  # type: ignore[override]  # our envelope
        """Raises PersonErased. Blocks on the database unless the keys were prepared."""
        event = domain_event.event
        return StoredEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=self._topic_of[type(event)],
            state=msgspec.json.encode(event, enc_hook=self._seal),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Recorded:
        return self.to_domain_events([stored_event])[0]

    def to_domain_events(self, stored_events: Sequence[StoredEvent]) -> list[Recorded]:
        """A page, its keys fetched in one query where they are not cached (which blocks)."""
        return _recorded(stored_events, self.open([(one.topic, one.state) for one in stored_events]))

    def to_anonymous_event(self, stored_event: StoredEvent) -> Recorded:
        """With every personal field read as erased: no key is touched."""
        return _recorded([stored_event], self.open_anonymous([(stored_event.topic, stored_event.state)]))[0]

    def open_cached(self, stored_events: Sequence[StoredEvent]) -> tuple[list[Recorded], set[bytes]]:
        """The events as far as cached keys open them, and the references of the keys to fetch before asking again."""
        opening = Opening(self.topics, self._keys)
        events = [opening.event(one.topic, one.state) for one in stored_events]
        return _recorded(stored_events, events), opening.missing

    def open(self, page: Sequence[Encoded]) -> list[Event]:
        """As `to_domain_events`, for the topic and the state of each."""
        opening = Opening(self.topics, self._keys)
        events = [opening.event(topic, state) for topic, state in page]
        if opening.missing:
            self._keys.fetch(opening.missing)
            events = [opening.event(topic, state) for topic, state in page]
        return events

    def open_anonymous(self, page: Sequence[Encoded]) -> list[Event]:
        opening = Opening(self.topics, None)
        return [opening.event(topic, state) for topic, state in page]

    def _seal(self, value: object) -> SealedField:
        if not isinstance(value, PersonalData):
            raise NotImplementedError(f"{type(value).__qualname__} cannot be stored")
        if value.subject is None:
            raise PersonErased("an erased value cannot be recorded again")
        return seal(value, self._keys.to_seal(value.subject), self._keys.references)


def _recorded(stored_events: Sequence[StoredEvent], events: Sequence[Event]) -> list[Recorded]:
    return [
        Recorded(cast(UUID, one.originator_id), one.originator_version, event)
        for one, event in zip(stored_events, events, strict=True)
    ]


def subjects_of(events: Iterable[Event]) -> set[UUID]:
    """Everyone whose personal data these events hold."""
    return {subject for event in events for value in _values(event) if (subject := value.subject) is not None}


def _values(holder: object) -> Iterator[PersonalData[Any]]:  # Any: whatever the field holds
    if isinstance(holder, PersonalData):
        yield holder
    elif isinstance(holder, msgspec.Struct):
        for name in _personal_fields(type(holder)):
            yield from _values(getattr(holder, name))
    elif isinstance(holder, tuple):
        for item in holder:
            yield from _values(item)


@cache
def _personal_fields(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """Those worth looking into: events have many fields, and few of them are about somebody."""
    return tuple(name for name, hint in get_type_hints(kind).items() if _may_be_personal(hint))


def _may_be_personal(hint: object) -> bool:
    if PersonalData in (hint, get_origin(hint)):
        return True
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return bool(_personal_fields(hint))
    return any(_may_be_personal(part) for part in get_args(hint))
