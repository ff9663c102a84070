"""Every body of the contract: it is what its operation declares, or it is refused with the place of the mistake."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import msgspec

import adapters.http
from adapters.http.fields import in_utc
from adapters.http.json_request import decode_body
from adapters.http.problem_document import HttpProblem, problem_document

LONGEST_BYTES = 2_000
WORDS = ("true", "null", "1e999", "image", "user_id", "captured_at")
_SEED_STRINGS = ("YQ==", "2026-11-02T09:00:00+01:00", "0b0a9b8e-1c55-4d0c-9d9b-3d3a5a1c2f11", "face", "admin", "x")


def _declared() -> list[type[msgspec.Struct]]:
    """The strict structs: what is let in. Answers are not."""
    folder = Path(adapters.http.__path__[0])
    modules = [import_module(f"adapters.http.{path.stem}") for path in sorted(folder.glob("*_schemas.py"))]
    found = {one for module in modules for one in vars(module).values() if isinstance(one, type)}
    strict = [one for one in found if issubclass(one, msgspec.Struct) and one.__struct_config__.forbid_unknown_fields]
    return sorted(strict, key=lambda one: one.__qualname__)


BODIES = _declared()
assert len(BODIES) > 20


def attack(given: bytes) -> None:
    """The first byte chooses the operation."""
    if not given:
        return
    declared = BODIES[given[0] % len(BODIES)]
    try:
        body = decode_body(declared, given[1:])
        in_utc(getattr(body, "captured_at", None))
    except HttpProblem as problem:
        assert problem.facts.code == "request-malformed"
        assert len(msgspec.json.encode(problem_document(problem.facts, language="en"))) < 5_000
    else:
        assert isinstance(body, declared)
        assert decode_body(declared, msgspec.json.encode(body)) == body


def seeds() -> list[bytes]:
    """For each operation a body with every field, once with each kind of value."""
    values: list[object] = [*_SEED_STRINGS, 1, 2.0, None, [], ["YQ=="] * 6, {"R 1": []}, True]
    return [
        bytes([number]) + msgspec.json.encode(dict.fromkeys(declared.__struct_encode_fields__, value))
        for number, declared in enumerate(BODIES)
        for value in values
    ]
