"""The events as a published language: a JSON Schema for each topic, written to docs/contracts/events."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from adapters.event_store.topics import TOPICS, Event
from domain.personal import PersonalData

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "contracts" / "events"
# `Any`: a JSON document.
Schema = dict[str, Any]
_SEALED: Schema = {
    "title": "PersonalData",
    "description": "A value about one person, sealed: the key's reference and the ciphertext.",
    "type": "object",
    "properties": {
        "k": {"type": "string", "contentEncoding": "base64"},
        "c": {"type": "string", "contentEncoding": "base64"},
    },
    "required": ["k", "c"],
}


def schema_of(topic: str) -> Schema:
    """The JSON Schema (2020-12) of what is stored under a current topic."""
    schema: Schema = msgspec.json.schema(TOPICS.current[topic], schema_hook=_sealed)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": topic, **schema}


def fingerprint(event: type[Event]) -> str:
    """Changes whenever what is stored of the event changes its shape; words about it do not count."""
    schema = msgspec.json.schema(event, schema_hook=_sealed)
    return sha256(msgspec.json.encode(_without_words(schema), order="sorted")).hexdigest()


def write(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for topic in TOPICS.current:
        (folder / f"{topic}.json").write_bytes(document(topic))


def document(topic: str) -> bytes:
    return msgspec.json.format(msgspec.json.encode(schema_of(topic)), indent=2) + b"\n"


def _sealed(kind: type) -> Schema:
    if kind is PersonalData:
        return _SEALED
    raise NotImplementedError(f"{kind} has no schema")


def _without_words(node: object) -> object:
    if isinstance(node, dict):
        return {name: _without_words(value) for name, value in node.items() if name != "description"}
    if isinstance(node, list):
        return [_without_words(value) for value in node]
    return node


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:]))
