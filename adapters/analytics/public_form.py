"""What of an event an analyst may see: its fields without anything sealed, and no way from an emotion to a check-in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo

from adapters.event_store.topics import TOPICS, Event, Topics
from domain.account import AccountEvent
from domain.attempts import AttemptEvent
from domain.audit import AuditEvent
from domain.check_in import EmotionCaptureRefused, EmotionDeclined, EmotionRecognised
from domain.person import PersonEvent
from domain.personal import PersonalData

# Fingerprints of pictures, names of templates, members of staff and what they did it to, codes: not for an analyst.
LEFT_OUT = frozenset({"request_digest", "template_id", "author", "by", "object", "trace_id", "user_code"})
EMOTIONS: tuple[type[Event], ...] = (EmotionRecognised, EmotionCaptureRefused, EmotionDeclined)
Decode = Callable[[bytes], Struct]


@cache
def public_form(event: type[Struct]) -> type[Struct]:
    """A struct of the fields that hold nothing sealed; what is left out is skipped while decoding, never read."""
    fields = []
    for field in msgspec.structs.fields(event):
        shown = None if field.name in LEFT_OUT else _public(field.type)
        if shown is not None:
            fields.append((field.name, shown) if field.required else (field.name, shown, _default(field)))
    return msgspec.defstruct(f"Public{event.__name__}", fields, frozen=True, kw_only=True, gc=False)


def decoders(topics: Topics = TOPICS) -> dict[str, tuple[type[Event], Decode]]:
    """For each topic ever stored: which event it is today, and how its public form is read."""
    found: dict[str, tuple[type[Event], Decode]] = {}
    for topic, event in topics.current.items():
        found[topic] = event, _in_no_order(event, msgspec.json.Decoder(public_form(event)).decode)
    for topic in topics.upcasters:
        line = topic.rpartition(".")[0]
        event = next(kind for name, kind in topics.current.items() if name.rpartition(".")[0] == line)
        found[topic] = event, _in_no_order(event, _upcasting(topics, topic))
    return found


def shown_whole(event: type[Event]) -> bool:
    """Nothing of such an event is left out: what is stored of it can be shown as it is."""
    return not _changes(event)


def hides_its_stream(event: type[Event]) -> bool:
    """Where the stream is the id of a person or of staff, or made of it; and no emotion says whose check-in it is."""
    return issubclass(event, PersonEvent | AttemptEvent | AccountEvent | AuditEvent) or event in EMOTIONS


class Shown(Struct, frozen=True, kw_only=True):
    """One event as an analyst sees it. An emotion comes without its fields: they are in the emotions' own table."""

    position: int
    recorded_at: datetime
    stream: UUID | None
    version: int | None
    topic: str
    fields: Struct | None


def show(event: type[Event], decoded: Struct, at: tuple[int, datetime, UUID, int, str]) -> Shown:
    """`at`: position, recorded_at, stream, version, topic."""
    position, recorded_at, stream, version, topic = at
    hidden = hides_its_stream(event)
    return Shown(
        position=position,
        recorded_at=recorded_at,
        stream=None if hidden else stream,
        version=None if hidden else version,
        topic=topic,
        fields=None if event in EMOTIONS else decoded,
    )


def _in_no_order(event: type[Event], decode: Decode) -> Decode:
    """Lists that lost whom they are about are sorted by what is left, or their order would still tell."""
    lists = [field.name for field in msgspec.structs.fields(event) if _lists_people(field.type)]
    if not lists:
        return decode

    def decode_sorted(state: bytes) -> Struct:
        decoded = decode(state)
        by_value = {name: tuple(sorted(getattr(decoded, name), key=msgspec.json.encode)) for name in lists}
        return msgspec.structs.replace(decoded, **by_value)

    return decode_sorted


def _upcasting(topics: Topics, topic: str) -> Decode:
    def decode(state: bytes) -> Struct:
        kind, fields = topics.upcast(topic, msgspec.json.decode(state))
        return msgspec.convert(fields, public_form(kind))

    return decode


def _default(field: FieldInfo) -> Any:  # Any: msgspec's own word for a default
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.field(default_factory=field.default_factory)
    return field.default


def _public(kind: Any) -> Any | None:  # Any: a type as annotations have it
    """The type without what is sealed; None where nothing is left of it."""
    if kind is PersonalData or get_origin(kind) is PersonalData:
        return None
    if isinstance(kind, type) and issubclass(kind, Struct):
        return public_form(kind) if _changes(kind) else kind
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is None or origin is Literal:
        return kind
    if _has_known_names(kind):
        return _of_known_names(get_args(arguments[0]), arguments[1])
    shown = [argument if argument is Ellipsis else _public(argument) for argument in arguments]
    if None in shown:
        return None
    if origin in (Union, UnionType):
        return None if shown == [NoneType] else Union[tuple(shown)]  # noqa: UP007 — made from a list
    return origin[tuple(shown)]


def _has_known_names(kind: Any) -> bool:  # Any: a type as annotations have it
    return get_origin(kind) is dict and get_origin(get_args(kind)[0]) is Literal


@cache
def _of_known_names(names: tuple[str, ...], value: Any) -> type[Struct]:  # Any: a type as annotations have it
    """A mapping whose names are known is decoded three times faster as a struct, and looks the same as JSON."""
    return msgspec.defstruct("Named", [(name, value) for name in names], frozen=True, gc=False)


def _lists_people(kind: Any) -> bool:  # Any: a type as annotations have it
    return get_origin(kind) is tuple and _public(kind) is not None and _changes(kind)


def _changes(kind: Any) -> bool:  # Any: a type as annotations have it
    """Whether its public form is another."""
    if _has_known_names(kind) or kind is PersonalData or get_origin(kind) is PersonalData:
        return True
    if isinstance(kind, type) and issubclass(kind, Struct):
        return any(field.name in LEFT_OUT or _changes(field.type) for field in msgspec.structs.fields(kind))
    return any(_changes(argument) for argument in get_args(kind))
