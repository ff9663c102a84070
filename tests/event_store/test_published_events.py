"""Events as a published language: what was once stored is readable for ever, and a change gets a new version."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path
from typing import get_args
from uuid import UUID

import msgspec
import pytest
from eventsourcing.persistence import StoredEvent

import domain
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.schemas import FOLDER as CONTRACTS
from adapters.event_store.schemas import document, fingerprint
from adapters.event_store.topics import TOPICS, Event, Fields, Topics, TopicUnknown
from domain import check_in, person
from domain.person import PersonEvent
from tests.event_store.golden import FINGERPRINTS, FOLDER, GoldenKeys, decoded, in_the_clear

STORED = sorted(path.name.removesuffix(".stored.json") for path in FOLDER.glob("*.stored.json"))
KNOWN = msgspec.json.decode(FINGERPRINTS.read_bytes(), type=dict[str, str])


def test_every_event_of_the_domain_has_a_topic_with_a_version() -> None:
    names = [f"domain.{found.name}" for found in pkgutil.iter_modules(domain.__path__)]
    declared = [value for name in names for value in vars(importlib.import_module(name)).values()]
    kinds = get_args(Event)
    events = {kind for kind in declared if isinstance(kind, type) and issubclass(kind, kinds)}
    assert events - set(kinds) == set(TOPICS.current.values())
    for topic in TOPICS.current:
        assert re.fullmatch(r"[a-z]+\.[a-z_]+\.v[1-9]\d*", topic)


def test_every_version_ever_written_has_a_golden_file_and_still_has_a_reader() -> None:
    assert set(STORED) == {*TOPICS.current, *TOPICS.upcasters}, "run python -m tests.event_store.golden"


@pytest.mark.parametrize("topic", STORED)
def test_a_stored_event_still_decodes_to_what_it_meant(topic: str) -> None:
    event = decoded(topic, (FOLDER / f"{topic}.stored.json").read_bytes())
    assert in_the_clear(event) == (FOLDER / f"{topic}.current.json").read_bytes()


@pytest.mark.parametrize("topic", sorted(TOPICS.current))
def test_an_event_does_not_change_its_shape_without_a_new_version(topic: str) -> None:
    assert fingerprint(TOPICS.current[topic]) == KNOWN[topic], f"{topic} changed: give it a new version, upcast the old"


def test_the_fingerprint_sees_a_field_that_is_added_renamed_or_retyped() -> None:
    def with_field(name: str, kind: type) -> str:
        changed = msgspec.defstruct("Expired", [(name, kind)], bases=(check_in.Expired,), frozen=True, kw_only=True)
        assert issubclass(changed, check_in.Expired)
        return fingerprint(changed)

    prints = [fingerprint(check_in.Expired), with_field("reason", str), with_field("cause", str)]
    assert len({*prints, with_field("reason", int)}) == 4


@pytest.mark.parametrize("topic", sorted(TOPICS.current))
def test_the_published_schema_is_that_of_the_code(topic: str) -> None:
    published = (CONTRACTS / f"{topic}.json").read_bytes()
    assert published == document(topic), "run python -m adapters.event_store.schemas"


def test_no_schema_is_published_for_a_topic_that_is_gone() -> None:
    assert {path.name.removesuffix(".json") for path in CONTRACTS.glob("*.json")} == set(TOPICS.current)


class Later(PersonEvent, frozen=True, kw_only=True):
    """The third version of an event whose name and fields changed on the way."""

    reason: str
    by: str


def _to_second(fields: Fields) -> tuple[str, Fields]:
    return "person.left.v2", {"at": fields["at"], "reason": fields["why"]}


def _to_third(fields: Fields) -> tuple[str, Fields]:
    return "person.left.v3", {**fields, "by": "unknown"}


LINE = Topics(
    current={"person.left.v3": Later, "person.erased.v1": person.Erased},
    upcasters={"person.left.v1": _to_second, "person.left.v2": _to_third},
)


def test_an_old_version_is_upcast_step_by_step() -> None:
    mapper = SealingMapper(GoldenKeys(), LINE)
    old = b'{"at":"2026-11-22T08:30:00Z","why":"moved"}'
    event = mapper.to_domain_event(StoredEvent(UUID(int=1), 1, "person.left.v1", old)).event
    assert isinstance(event, Later)
    assert (event.reason, event.by) == ("moved", "unknown")


def test_a_read_model_finds_an_event_under_all_its_versions() -> None:
    assert LINE.stored_as([Later]) == {"person.left.v1", "person.left.v2", "person.left.v3"}


@pytest.mark.parametrize("topic", ["person.left.v4", "elsewhere.event.v1"])
def test_a_topic_that_nobody_knows_is_an_error_and_not_skipped(topic: str) -> None:
    with pytest.raises(TopicUnknown, match=topic):
        SealingMapper(GoldenKeys(), LINE).to_domain_event(StoredEvent(UUID(int=1), 1, topic, b"{}"))


def test_golden_files_hold_no_personal_value_in_the_clear() -> None:
    for topic in STORED:
        stored = Path(FOLDER / f"{topic}.stored.json").read_bytes()
        assert b"Ada" not in stored
        assert b"s-1001" not in stored
