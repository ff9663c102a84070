"""Finds secrets in logs: anything that looks like one of ours, and whatever a test says that it made up."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

import msgspec

# Of one make: access tokens (fci), codes that set a password (fcp) or check in (fcq), and cookies of sign-ins (fcs).
_LOOKS_SECRET = {
    "token of ours": re.compile(r"fc[ipqs]_[A-Za-z0-9_-]{20,}"),
    "password hash": re.compile(r"\$argon2(?:id|i|d)\$"),
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "web token": re.compile(r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    "picture": re.compile(r"/9j/[A-Za-z0-9+/]{40,}"),
}
SHORTEST = 4
MADE_UP: set[str] = set()
"""Names and user ids of the people whom the tests of this process register: none of them may be logged."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """`line`: from 1. What was found is told by its kind, so that a report does not repeat it."""

    line: int
    kind: str
    context: str


def scan(log: str, secrets: Iterable[str] = ()) -> list[Found]:
    """Every place where a secret stands in a log: as it is, percent-encoded, in base64, or escaped as JSON.

    A secret of fewer than `SHORTEST` characters is refused: it would be found everywhere.
    """
    forms = {form for secret in secrets for form in _forms(secret)}
    found = [
        _found(log, kind, match.start()) for kind, pattern in _LOOKS_SECRET.items() for match in pattern.finditer(log)
    ]
    places = {place for form in forms for place in _places(log, form)}
    found += [_found(log, "known secret", place) for place in places]
    return sorted(found, key=lambda one: one.line)


def _places(log: str, form: str) -> Iterator[int]:
    place = log.find(form)
    while place >= 0:
        yield place
        place = log.find(form, place + len(form))


def _forms(secret: str) -> set[str]:
    if len(secret) < SHORTEST:
        raise ValueError(f"{secret!r} is too short to be looked for")
    inside = msgspec.json.encode(secret).decode()[1:-1]
    ascii_inside = json.dumps(secret)[1:-1]
    in_base64 = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, quote(secret), quote_plus(secret), inside, ascii_inside, in_base64}


def _found(log: str, kind: str, place: int) -> Found:
    line_begins = log.rfind("\n", 0, place) + 1
    context = log[max(line_begins, place - 60) : place]
    return Found(line=log.count("\n", 0, place) + 1, kind=kind, context=context + "…")
