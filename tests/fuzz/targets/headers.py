"""The headers that are read before anybody is known: signature, trace, language, credentials, origin and query."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar.datastructures import Headers

from adapters.http.accept_language import preferred_language
from adapters.http.origin import OwnOrigin
from adapters.http.problem_document import HttpProblem
from adapters.http.query_days import day_window, query_day
from adapters.http.query_moments import moved, query_moment, window
from adapters.http.request_record import begin_record
from adapters.http.sentences import LANGUAGES
from adapters.http.signature import COMPONENTS, RequestLine, SignatureMalformed, read_signature, signature_base

LONGEST_BYTES = 1_200
WORDS = ("sig1=", "created=", "nonce=", "keyid=", "q=", "*", "00-", "same-origin", "T00:00:00Z")
_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
_PUBLIC = _KEY.public_key().public_bytes_raw()
_SIGNED_PATH = b"/api/checkin/identify/"
_DIGEST = f"sha-256=:{base64.b64encode(hashlib.sha256(b'{}').digest()).decode()}:"
_PARAMETERS = f'{COMPONENTS};created=1790000000;nonce="AAAAAAAAAAAAAAAAAAAAAA";keyid="{"ab" * 8}";alg="ed25519"'
_DAY = timedelta(days=1)
_ASKABLE = {"request-malformed", "window-impossible"}


def attack(given: bytes) -> None:
    """The first byte chooses the header; a line feed stands between those that belong together."""
    if not given:
        return
    (_signature, _trace, _language, _query, _origin)[given[0] % 5](given[1:])


def _signature(given: bytes) -> None:
    claimed, value, digest, path, query = (given.split(b"\n") + [b""] * 5)[:5]
    line = RequestLine("POST", path, query)
    try:
        read = read_signature(
            line,
            signature_input=claimed.decode("latin-1"),
            signature=value.decode("latin-1"),
            content_digest=digest.decode("latin-1"),
        )
    except SignatureMalformed:
        return
    assert len(read.body_sha256) == 32
    assert len(read.value) == 64
    if read.is_by(_PUBLIC):  # nobody but the key's holder signed anything
        assert (path, query, digest.decode()) == (_SIGNED_PATH, b"", _DIGEST)


def _trace(given: bytes) -> None:
    record = begin_record([(b"traceparent", given)])
    version, trace, span, flags = record.traceparent.split("-")
    assert (version, len(trace), len(span), len(flags)) == ("00", 32, 16, 2)
    assert int(trace, 16) > 0
    assert int(span, 16) > 0


def _language(given: bytes) -> None:
    assert preferred_language(given.decode("latin-1")) in LANGUAGES


def _query(given: bytes) -> None:
    first, last = [*given.decode("utf-8", errors="replace").split("\n"), ""][:2]
    try:
        begin, end = query_day("from", first), query_day("to", last or None)
        day_window(begin, end, today=datetime(2026, 11, 2, tzinfo=UTC).date(), unless_asked=_DAY, longest=400 * _DAY)
    except HttpProblem as problem:
        assert problem.facts.code in _ASKABLE
    try:
        since, until = query_moment("since", first), query_moment("until", last or None)
        if since is not None:
            assert since.tzinfo is UTC
            window(("since", moved(since, -_DAY)), ("until", until or moved(since, _DAY)), longest=31 * _DAY)
    except HttpProblem as problem:
        assert problem.facts.code in _ASKABLE


def _origin(given: bytes) -> None:
    origin, host, site = (given.split(b"\n") + [b""] * 3)[:3]
    sent = [(b"origin", origin), (b"host", host), *([(b"sec-fetch-site", site)] if site else [])]
    headers = Headers(sent)
    ours = OwnOrigin("https://door.example").is_ours(headers)
    assert ours == (site == b"same-origin" if site else origin == b"https://door.example")
    OwnOrigin(None).is_ours(headers)


def seeds() -> list[bytes]:
    line = RequestLine("POST", _SIGNED_PATH, b"")
    value = base64.b64encode(_KEY.sign(signature_base(line, _DIGEST, _PARAMETERS))).decode()
    signed = "\n".join((f"sig1={_PARAMETERS}", f"sig1=:{value}:", _DIGEST, _SIGNED_PATH.decode(), ""))
    return [
        b"\0" + signed.encode(),
        b"\1" + b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        b"\1" + b"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        b"\2" + b"de-CH, ar;q=0.9, en;q=0.8, *;q=0.1",
        b"\2" + b"ar;q=1e9,en;q=nan",
        b"\3" + b"2026-11-02\n2026-11-30",
        b"\3" + b"2026-11-02T08:00:00Z\n2026-11-03T08:00:00+01:00",
        b"\3" + b"0001-01-01T00:00:00+23:59\n9999-12-31T23:59:59-23:59",
        b"\4" + b"https://door.example\ndoor.example\nsame-origin",
        b"\4" + b"https://other.example\ndoor.example",
    ]
