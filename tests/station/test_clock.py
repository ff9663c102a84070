"""The time of a capture is worked out from the server's, without asking this machine's wall clock."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import format_datetime

from edge_device.clock import ServerClock, boot_id, rfc3339

BOOTED = datetime(2026, 11, 22, 10, 0, tzinfo=UTC).timestamp()


def date_header(monotonic_s: float, offset_s: float = BOOTED) -> str:
    return format_datetime(datetime.fromtimestamp(int(monotonic_s + offset_s), UTC), usegmt=True)


def error_s(clock: ServerClock, monotonic_s: float, offset_s: float = BOOTED) -> float:
    moment = clock.wall_time(int(monotonic_s * 1e9))
    assert moment is not None
    return abs(moment.timestamp() - (monotonic_s + offset_s))


def test_before_the_server_was_heard_the_time_is_unknown() -> None:
    assert ServerClock().wall_time(1) is None


def test_one_answer_gives_the_time_to_half_a_second_and_half_the_round_trip() -> None:
    clock = ServerClock()
    clock.observe(date_header(100.65), sent_s=100.6, received_s=100.7)
    assert error_s(clock, 50.0) <= 0.55


def test_many_answers_narrow_the_time_to_less_than_a_tenth_of_a_second() -> None:
    rng = random.Random(1)
    clock = ServerClock()
    for _ in range(60):
        sent_s = rng.uniform(100, 200)
        clock.observe(date_header(sent_s + 0.01), sent_s=sent_s, received_s=sent_s + 0.02)
    assert error_s(clock, 50.0) < 0.1
    assert clock.uncertainty_s is not None
    assert clock.uncertainty_s < 0.1


def test_a_server_whose_clock_steps_is_followed() -> None:
    clock = ServerClock()
    for second in range(10):
        clock.observe(date_header(100.0 + second), sent_s=100.0 + second, received_s=100.01 + second)
    clock.observe(date_header(120.0, BOOTED + 3600), sent_s=120.0, received_s=120.01)
    assert error_s(clock, 50.0, BOOTED + 3600) <= 0.52


def test_an_unreadable_date_teaches_nothing() -> None:
    clock = ServerClock()
    clock.observe("yesterday", sent_s=1.0, received_s=2.0)
    clock.observe(None, sent_s=1.0, received_s=2.0)
    assert clock.wall_time(1) is None


def test_the_time_is_written_as_rfc_3339_in_utc() -> None:
    assert rfc3339(datetime(2026, 11, 22, 10, 0, 0, 123456, UTC)) == "2026-11-22T10:00:00.123Z"


def test_a_boot_has_one_name() -> None:
    assert boot_id() == boot_id()
