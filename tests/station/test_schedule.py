"""What is sent next: the person at the door, then the backlog in order; one probe while the server is down."""

from __future__ import annotations

import random

from edge_device.link import Backoff
from edge_device.record import Waiting
from edge_device.schedule import Pace, Schedule

CHECKIN = "0b5f3c5e-58a4-4f53-a7c2-8b6a1de0f001"


def backlog(*sequences: int) -> Schedule:
    entries = [Waiting(sequence, f"burst-{sequence}", None) for sequence in sequences]
    return Schedule(entries, pace=Pace(), rng=random.Random(1))


def taken(schedule: Schedule, now_s: float = 0.0) -> int | None:
    entry = schedule.take_next(now_s)
    return None if entry is None else entry.sequence


def bring_down(schedule: Schedule) -> None:
    while not schedule.link.down:
        schedule.link.failed(0.0)


def test_the_backlog_is_sent_in_order_one_at_a_time() -> None:
    schedule = backlog(1, 2, 3)
    order = []
    while (sequence := taken(schedule)) is not None:
        assert taken(schedule) is None
        order.append(sequence)
        schedule.landed(sequence)
        schedule.remove(sequence)
    assert order == [1, 2, 3]


def test_the_person_at_the_door_comes_before_the_backlog() -> None:
    schedule = backlog(1, 2)
    schedule.add_live(Waiting(3, "burst-3", None))
    assert taken(schedule) == 3


def test_the_person_at_the_door_does_not_wait_for_the_backlog_under_way() -> None:
    schedule = backlog(1, 2)
    assert taken(schedule) == 1
    schedule.add_live(Waiting(3, "burst-3", None))
    assert taken(schedule) == 3
    assert taken(schedule) is None


def test_the_emotion_of_the_person_at_the_door_comes_before_the_backlog() -> None:
    schedule = backlog(1)
    schedule.add_live(Waiting(2, "burst-2", None))
    assert taken(schedule) == 2
    schedule.advance(Waiting(2, "burst-2", CHECKIN))
    schedule.landed(2)
    assert taken(schedule) == 2


def test_a_burst_that_fails_does_not_hold_up_the_next() -> None:
    schedule = backlog(1, 2)
    assert taken(schedule) == 1
    assert schedule.retry(1, 0.0, None) > 0.0
    schedule.landed(1)
    assert taken(schedule) == 2


def test_retry_after_silences_everybody_even_the_person_at_the_door() -> None:
    schedule = backlog(1, 2)
    assert taken(schedule) == 1
    schedule.retry(1, 0.0, 5.0)
    schedule.landed(1)
    schedule.add_live(Waiting(3, "burst-3", None))
    assert taken(schedule, 4.99) is None
    assert taken(schedule, 5.0) == 3


def test_while_the_server_is_down_one_probe_goes_out_when_it_is_due() -> None:
    schedule = backlog(1, 2)
    bring_down(schedule)
    due_s = schedule.link.probe_at_s
    assert due_s > 0.0
    assert taken(schedule, due_s - 0.001) is None
    assert taken(schedule, due_s) == 1
    assert taken(schedule, due_s) is None


def test_the_first_attempt_of_the_person_at_the_door_is_the_probe() -> None:
    schedule = backlog(1)
    bring_down(schedule)
    schedule.add_live(Waiting(2, "burst-2", None))
    assert taken(schedule, 0.0) == 2
    schedule.retry(2, 0.0, None)
    schedule.link.failed(0.0)
    schedule.landed(2)
    assert taken(schedule, schedule.link.probe_at_s - 0.001) is None


def test_it_sleeps_exactly_until_something_is_due() -> None:
    schedule = backlog(1)
    assert schedule.take_next(0.0) is not None
    wait_s = schedule.retry(1, 0.0, None)
    schedule.landed(1)
    assert schedule.sleep_s(0.0) == wait_s
    assert taken(schedule, wait_s) == 1


def test_with_nothing_waiting_it_sleeps_until_it_is_woken() -> None:
    assert backlog().sleep_s(0.0) is None


def test_an_obstacle_that_only_one_burst_meets_is_the_burst() -> None:
    schedule = backlog(1, 2)
    verdicts = []
    for _ in range(3):
        verdicts.append(schedule.obstructs_alone(1))
        schedule.succeeded()
    assert verdicts == [False, False, True]


def test_an_obstacle_that_everybody_meets_is_not_the_burst() -> None:
    schedule = backlog(1, 2)
    assert not any(schedule.obstructs_alone(1) for _ in range(50))


def test_the_burst_that_met_an_obstacle_lets_another_one_probe() -> None:
    schedule = backlog(1, 2)
    assert taken(schedule) == 1
    wait_s = schedule.pause(1, 0.0, None)
    schedule.landed(1)
    assert taken(schedule, wait_s - 0.001) is None
    assert taken(schedule, wait_s) == 2


def test_full_jitter_draws_from_nothing_up_to_a_bound_that_doubles_to_its_cap() -> None:
    draws = []
    for seed in range(300):
        backoff = Backoff(random.Random(seed), base_s=1.0, cap_s=8.0)
        draws.append([backoff.next_s() for _ in range(6)])
    largest = [max(column) for column in zip(*draws, strict=True)]
    smallest = [min(column) for column in zip(*draws, strict=True)]
    for bound, high, low in zip([1, 2, 4, 8, 8, 8], largest, smallest, strict=True):
        assert 0.9 * bound < high <= bound
        assert low < 0.1 * bound
