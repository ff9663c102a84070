"""Who may wait for the models: the first bursts, then only those who will be served soon; the backlog behind both."""

from __future__ import annotations

from inference.admission import Admission
from inference.waiting_line import WaitingLine


class Guest:
    def __init__(self, name: str, *, backlog: bool = False, expected_s: float = 0.01) -> None:
        self.name, self.backlog, self.expected_s = name, backlog, expected_s


def enters(admission: Admission, ahead: float, now_s: float, *, waiting: int = 0, backlog: bool = False) -> bool:
    allowed = admission.lets_in(waiting=waiting, ahead=ahead, backlog=backlog, now_s=now_s)
    if allowed:
        admission.entered(ahead=ahead, now_s=now_s)
    return allowed


def test_whoever_is_served_soon_is_always_let_in() -> None:
    admission = Admission(4, most_ahead=2.5)
    assert all(enters(admission, 2.5, now_s=number / 100) for number in range(1000))


def test_a_burst_may_wait_longer_but_only_one_queue_full_of_it() -> None:
    admission = Admission(4, most_ahead=2.5)
    assert [enters(admission, 10.0, now_s=1.0) for _ in range(6)] == [True] * 4 + [False] * 2


def test_the_allowance_for_bursts_comes_back_slowly() -> None:
    admission = Admission(4, most_ahead=2.5, regained_every_s=10)
    while enters(admission, 10.0, now_s=100.0):
        pass
    assert not enters(admission, 10.0, now_s=109.0)
    assert enters(admission, 10.0, now_s=110.0)
    assert not enters(admission, 10.0, now_s=110.0)
    assert [enters(admission, 10.0, now_s=1000.0) for _ in range(5)] == [True] * 4 + [False]


def test_asking_alone_takes_no_place() -> None:
    admission = Admission(1, most_ahead=2.5)
    assert all(admission.lets_in(waiting=0, ahead=50.0, backlog=False, now_s=1.0) for _ in range(5))


def test_the_line_has_an_end_however_short_the_wait() -> None:
    assert not enters(Admission(4, most_ahead=2.5), 0.0, now_s=1.0, waiting=4)


def test_a_backlog_leaves_half_the_wait_to_the_live_ones_and_has_no_bursts() -> None:
    admission = Admission(16, most_ahead=2.5)
    assert enters(admission, 1.25, now_s=1.0, backlog=True)
    assert not enters(admission, 1.26, now_s=1.0, backlog=True)
    assert enters(admission, 2.5, now_s=1.0)


def test_live_ones_are_served_before_a_backlog_that_came_first() -> None:
    line: WaitingLine[Guest] = WaitingLine()
    for guest in (Guest("b1", backlog=True), Guest("a1"), Guest("b2", backlog=True), Guest("a2")):
        line.add(guest)
    assert [line.take().name for _ in range(len(line))] == ["a1", "a2", "b1", "b2"]


def test_a_live_one_does_not_count_the_backlog_in_front_of_it() -> None:
    line: WaitingLine[Guest] = WaitingLine()
    line.add(Guest("b", backlog=True, expected_s=1.0))
    line.add(Guest("a", expected_s=0.25))
    assert line.ahead_s(backlog=False) == 0.25
    assert line.ahead_s(backlog=True) == 1.25


def test_whoever_leaves_leaves_the_others_in_order() -> None:
    line: WaitingLine[Guest] = WaitingLine()
    first, second, third = (Guest(name) for name in "123")
    for guest in (first, second, third):
        line.add(guest)
    line.remove(second)
    line.remove(Guest("2"))  # somebody of the same name is somebody else
    assert line.take_all() == [first, third]
    assert len(line) == 0
