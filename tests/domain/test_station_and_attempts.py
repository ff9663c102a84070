"""What a station has delivered only grows, and a secret is tried so often and no oftener."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain import attempts, station
from domain.attempts import MOST_PER_PERSON, PERIOD, Attempted, Attempts, TooManyAttempts, attempts_id
from domain.station import StationEvent, StationProgress, StationReported, progress_id
from tests.domain.session_examples import ADA, FRONT, START, minute


def report(progress: StationProgress, through_min: float, at_min: float) -> list[StationEvent]:
    return station.report(progress, station_id=FRONT, through=minute(through_min), at=minute(at_min))


def test_a_report_is_recorded_where_it_says_more_than_is_known() -> None:
    first = report(StationProgress(), 5, 6)
    assert first == [StationReported(at=minute(6), station_id=FRONT, through=minute(5))]
    known = station.replay(first)
    assert report(known, 5, 7) == report(known, 4, 7) == []
    assert report(known, 6, 7) == [StationReported(at=minute(7), station_id=FRONT, through=minute(6))]


def test_a_station_whose_clock_is_ahead_has_delivered_through_now() -> None:
    assert report(StationProgress(), 500, 6) == [StationReported(at=minute(6), station_id=FRONT, through=minute(6))]


def test_the_reports_of_an_hour_are_one_short_stream() -> None:
    assert progress_id(FRONT, START) == progress_id(FRONT, START + timedelta(minutes=59))
    assert progress_id(FRONT, START) != progress_id(FRONT, START + timedelta(minutes=60))


@given(st.lists(st.floats(0, 100), max_size=20))
def test_the_watermark_is_the_farthest_report_whatever_their_order(reports: list[float]) -> None:
    events: list[StationEvent] = []
    for through in reports:
        events += report(station.replay(events), through, 200)
    assert station.replay(events).through == (minute(max(reports)) if reports else None)


def test_five_attempts_are_taken_and_the_sixth_waits_for_the_next_quarter_of_an_hour() -> None:
    events: list[attempts.AttemptEvent] = []
    for _ in range(MOST_PER_PERSON):
        made = attempts.attempt(attempts.replay(events), MOST_PER_PERSON, at=minute(7))
        assert made == [Attempted(at=minute(7))]
        events += made
    refused = attempts.attempt(attempts.replay(events), MOST_PER_PERSON, at=minute(7))
    assert refused == TooManyAttempts(minute(15))
    assert attempts_id(ADA, minute(7)) != attempts_id(ADA, minute(15))


@given(st.integers(0, 10_000))
def test_who_has_to_wait_waits_less_than_a_period_and_then_may_try(seconds: int) -> None:
    at = START + timedelta(seconds=seconds)
    refused = attempts.attempt(Attempts(count=5), 5, at=at)
    assert isinstance(refused, TooManyAttempts)
    assert timedelta(0) < refused.retry_at - at <= PERIOD
    assert attempts_id(ADA, refused.retry_at) != attempts_id(ADA, at)
