"""Whose personal data an event holds: their keys are needed before it is sealed."""

from __future__ import annotations

from adapters.event_store.mapper import subjects_of
from domain.personal import PersonalData
from tests.event_store.golden import examples


def test_everyone_in_an_event_is_found_wherever_their_field_is() -> None:
    for event in examples():
        assert subjects_of([event]) == {one.subject for one in _everywhere(event)} - {None}, event


def _everywhere(value: object) -> list[PersonalData[object]]:
    if isinstance(value, PersonalData):
        return [value]
    if isinstance(value, tuple):
        return [found for item in value for found in _everywhere(item)]
    fields = getattr(value, "__struct_fields__", ())
    return [found for name in fields for found in _everywhere(getattr(value, name))]
