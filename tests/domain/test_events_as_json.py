"""Every event survives being written as JSON and read again, its personal data through hooks."""

from __future__ import annotations

import typing
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.check_in import CheckInEvent
from domain.person import PersonEvent
from domain.personal import PersonalData
from tests.domain.examples import NOON

EVENT_TYPES = sorted([*CheckInEvent.__subclasses__(), *PersonEvent.__subclasses__()], key=lambda type_: type_.__name__)

# JSON has no NaN and no lone surrogate; events hold neither.
PLAIN: dict[object, st.SearchStrategy[object]] = {
    type(None): st.none(),
    bool: st.booleans(),
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    UUID: st.uuids(),
    datetime: st.timedeltas(timedelta(0), timedelta(days=4000)).map(lambda since: NOON + since),
}


def values(hint: object) -> st.SearchStrategy[object]:
    """Any value that a field with this type hint may hold."""
    if hint in PLAIN:
        return PLAIN[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin is PersonalData:
        revealed = st.builds(PersonalData, st.uuids(), values(arguments[0]))
        return revealed | st.just(PersonalData.erased_value())
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=7)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return st.builds(hint, **{name: values(field) for name, field in typing.get_type_hints(hint).items()})
    return st.one_of([values(argument) for argument in arguments])


def write(value: object) -> object:
    """As an adapter does that seals nothing."""
    assert isinstance(value, PersonalData)
    return [value.subject, value.reveal()]


def read(type_: type, value: object) -> object:
    (value_type,) = typing.get_args(type_)
    subject, revealed = msgspec.convert(value, tuple[UUID | None, object])
    return PersonalData(subject, None if revealed is None else msgspec.convert(revealed, value_type))


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda type_: type_.__name__)
@settings(max_examples=30)
@given(data=st.data())
def test_an_event_is_the_same_after_json(event_type: type[msgspec.Struct], data: st.DataObject) -> None:
    event = data.draw(values(event_type))
    written = msgspec.json.encode(event, enc_hook=write)
    assert msgspec.json.decode(written, type=event_type, dec_hook=read) == event


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda type_: type_.__name__)
def test_an_event_is_frozen_and_dated(event_type: type[msgspec.Struct]) -> None:
    assert event_type.__struct_config__.frozen
    assert "at" in event_type.__struct_fields__
