"""What is known of one request while it is answered: its trace, who asks, and how long each stage took."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from litestar.types import HTTPScope, Scope

# Version, trace id, parent id, flags (https://www.w3.org/TR/trace-context/); a later version may append more.
_TRACEPARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_KEY = "request_record"


@dataclass(kw_only=True)
class RequestRecord:
    """Lives in the ASGI scope; written by whoever learns something, read once by timing.py.

    `body_since_s` and `body_whole_s`: since when the body was waited for, and when all of it was there.
    """

    path: str
    trace_id: str
    span_id: str
    sampled: str
    started_s: float = field(default_factory=time.perf_counter)
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    body_since_s: float | None = None
    body_whole_s: float | None = None
    status: int | None = None
    disconnected: bool = False
    role: str | None = None
    problem: str | None = None
    stages_ms: dict[str, float] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.sampled}"

    @property
    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self.started_s) * 1000.0


def begin_record(headers: Iterable[tuple[bytes, bytes]], path: str = "/") -> RequestRecord:
    """Continues the caller's trace where a valid `traceparent` came, and begins one where not."""
    given = next((value for name, value in headers if name == b"traceparent"), b"")
    found = _TRACEPARENT.fullmatch(given)
    span_id = os.urandom(8).hex()
    if found is None or not _valid(found):
        return RequestRecord(path=path, trace_id=os.urandom(16).hex(), span_id=span_id, sampled="01")
    return RequestRecord(path=path, trace_id=found[2].decode(), span_id=span_id, sampled=found[4].decode())


def attach_record(scope: HTTPScope, record: RequestRecord) -> None:
    scope.setdefault("state", {})[_KEY] = record


def record_of(scope: Scope) -> RequestRecord:
    record: RequestRecord = scope["state"][_KEY]
    return record


def _valid(found: re.Match[bytes]) -> bool:
    version, trace, parent, more = found[1], found[2], found[3], found[5]
    return version != b"ff" and bool(trace.strip(b"0")) and bool(parent.strip(b"0")) and not (version == b"00" and more)
