"""A caller's trace goes on where its traceparent is valid, and a new one begins where not."""

from __future__ import annotations

import pytest

from adapters.http.request_record import begin_record

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_valid_trace_goes_on_under_a_span_of_ours() -> None:
    record = begin_record([(b"traceparent", f"00-{TRACE}-{SPAN}-00".encode())])
    assert record.trace_id == TRACE
    assert record.span_id != SPAN
    assert record.traceparent == f"00-{TRACE}-{record.span_id}-00"


def test_a_later_version_may_say_more() -> None:
    assert begin_record([(b"traceparent", f"01-{TRACE}-{SPAN}-01-more".encode())]).trace_id == TRACE


@pytest.mark.parametrize(
    "header",
    [
        "",
        "00",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01\n",
    ],
)
def test_a_broken_traceparent_begins_a_new_trace(header: str) -> None:
    record = begin_record([(b"traceparent", header.encode())])
    assert record.trace_id not in (TRACE, TRACE.upper(), "0" * 32)
    assert len(record.trace_id) == 32
