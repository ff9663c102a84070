"""The trace of a burst (W3C trace context): the server's log names it beside everything that came of the burst."""

from __future__ import annotations

import hashlib
import secrets


def trace_id(burst_id: str) -> str:
    """One for a burst, however often it is sent and whenever the program was started anew: nothing has to be kept."""
    return hashlib.sha256(burst_id.encode()).hexdigest()[:32]


def traceparent(burst_id: str) -> str:
    """The header of one attempt, which is a span of its own."""
    return f"00-{trace_id(burst_id)}-{secrets.token_hex(8)}-01"
