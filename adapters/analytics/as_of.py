"""The events that were recorded by a moment, decoded: what every replay reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from eventsourcing.persistence import StoredEvent

from adapters.analytics.public_form import decoders
from adapters.analytics.reading import Page, pages
from adapters.database import connect
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.opening import Opening
from adapters.event_store.read_model import Projected
from adapters.event_store.topics import TOPICS, Event

_ANONYMOUS_PAGE = 5000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Then(msgspec.Struct, frozen=True):
    """An event and when it was recorded; `event` is its public form where it was read without keys."""

    stream: UUID
    recorded_at: datetime
    event: msgspec.Struct


def read_public(dsn: str, as_of: datetime, kinds: Iterable[type[Event]]) -> Iterator[Then]:
    """In order, without anything sealed; no key is used."""
    decode = {topic: how for topic, (kind, how) in decoders().items() if kind in set(kinds)}
    for page in _pages(dsn, as_of):
        for place, topic in enumerate(page.topics):
            if topic in decode:
                yield _then(page, place, decode[topic](page.states[place]))


def read_sealed(
    dsn: str, keys: KeyRing, as_of: datetime, opened: Iterable[type[Event]], closed: Iterable[type[Event]]
) -> Iterator[Then]:
    """In order: those `opened` with the keys of who was not erased, the others with personal fields read as erased."""
    with_keys, without = TOPICS.stored_as(opened), TOPICS.stored_as(closed)
    mapper, anonymous = SealingMapper(keys), Opening(TOPICS, None)
    for page in _pages(dsn, as_of):
        keys.refresh()
        places = [place for place, topic in enumerate(page.topics) if topic in with_keys]
        recorded = mapper.to_domain_events([_stored(page, place) for place in places])
        events = {place: one.event for place, one in zip(places, recorded, strict=True)}
        for place, topic in enumerate(page.topics):
            if place in events:
                yield _then(page, place, events[place])
            elif topic in without:
                yield _then(page, place, anonymous.event(topic, page.states[place]))


def read_anonymous(dsn: str, as_of: datetime, kinds: Iterable[type[Event]]) -> Iterator[list[Projected]]:
    """Pages in order, as an anonymous read model sees them: every personal field reads as erased."""
    wanted = TOPICS.stored_as(kinds)
    opening = Opening(TOPICS, None)
    with connect(dsn, name="replay") as connection:
        for page in pages(connection, as_of=as_of, size=_ANONYMOUS_PAGE):
            yield [
                Projected(
                    page.positions[place],
                    UUID(bytes=page.streams[place]),
                    opening.event(page.topics[place], page.states[place]),
                )
                for place in range(len(page))
                if page.topics[place] in wanted
            ]


def _pages(dsn: str, as_of: datetime) -> Iterator[Page]:
    with connect(dsn, name="replay") as connection:
        yield from pages(connection, as_of=as_of)


def _stored(page: Page, place: int) -> StoredEvent:
    return StoredEvent(UUID(bytes=page.streams[place]), page.versions[place], page.topics[place], page.states[place])


def _then(page: Page, place: int, event: msgspec.Struct) -> Then:
    recorded_at = _EPOCH + timedelta(microseconds=page.recorded_us[place])
    return Then(UUID(bytes=page.streams[place]), recorded_at, event)
