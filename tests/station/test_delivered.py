"""What a station claims to have delivered is true of everything that it captured, whatever the order of events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_device.clock import ServerClock
from edge_device.credentials import Bearer
from edge_device.delivered import Delivered
from edge_device.delivery import Delivery
from edge_device.exchange import Exchange
from edge_device.outbox import Outbox
from edge_device.outbox_file import open_outbox
from edge_device.station import Station
from tests.station.test_outbox import draft
from tests.station.test_station import FaultyCamera

BOOTED = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
Claim = Callable[["World"], datetime | None]


class CountedOutbox(Outbox):
    """Only what waits is asked of it here; what it holds on the disk is another test's."""

    def __init__(self) -> None:
        self._items = 0

    def hold(self, items: int) -> None:
        self._items = items


@dataclass
class World:
    """A station whose monotonic clock is set by hand, and a server whose true time is known."""

    now_s: float = 100.0
    outbox: CountedOutbox = field(default_factory=CountedOutbox)
    clock: ServerClock = field(default_factory=ServerClock)
    capturing_since_s: float | None = None
    captured_s: list[float] = field(default_factory=list)
    claims: list[datetime] = field(default_factory=list)

    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds

    def hear(self, round_trip_s: float, share: float) -> None:
        """The server's `Date`, made at some moment between sending and receiving."""
        sent_s = self.now_s
        self.now_s += round_trip_s
        stamp = BOOTED + timedelta(seconds=sent_s + share * round_trip_s)
        self.clock.observe(format_datetime(stamp, usegmt=True), sent_s=sent_s, received_s=self.now_s)

    def begin_capture(self) -> None:
        if self.capturing_since_s is None:
            self.capturing_since_s = self.now_s

    def end_capture(self) -> None:
        """The primary frame may be any of the six."""
        if self.capturing_since_s is not None:
            self.captured_s.append(self.capturing_since_s)
            self.outbox.hold(len(self.captured_s))
            self.capturing_since_s = None

    def deliver(self) -> None:
        if self.captured_s:
            self._check(self.captured_s.pop(0))
            self.outbox.hold(len(self.captured_s))

    def restart(self) -> None:
        """What was being captured is lost before anybody was told "saved"; the clock has to be learnt anew."""
        self.capturing_since_s = None
        self.clock = ServerClock()

    def claim(self, how: Claim) -> None:
        through = how(self)
        if through is not None:
            self.claims.append(through)

    def check(self) -> None:
        """Nothing that was claimed to be delivered still waits, or is being captured, by any date it may yet get."""
        for captured_s in self.captured_s + ([] if self.capturing_since_s is None else [self.capturing_since_s]):
            self._check(captured_s)

    def _check(self, captured_s: float) -> None:
        dated = self.clock.wall_time(int(captured_s * 1e9))
        true = BOOTED + timedelta(seconds=captured_s)
        for claim in self.claims:
            assert claim <= true, "a claim is later than a capture that is still on its way"
            assert dated is None or claim <= dated, "a claim is later than the date that a capture will get"


def honest(world: World) -> datetime | None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("edge_device.delivered.time.monotonic_ns", lambda: int(world.now_s * 1e9))
        since_s = world.capturing_since_s
        return Delivered(world.outbox, world.clock, lambda: None if since_s is None else int(since_s * 1e9)).through()


def blind_to_captures(world: World) -> datetime | None:
    """A control: whatever is being captured is not thought of."""
    return None if world.outbox.waiting_items else BOOTED + timedelta(seconds=world.now_s)


def blind_to_the_outbox(world: World) -> datetime | None:
    """A control: whatever waits is not thought of."""
    return world.clock.earliest_time(int(world.now_s * 1e9))


def by_the_estimate(world: World) -> datetime | None:
    """A control: the best guess of the time, with no margin."""
    since_s = world.now_s if world.capturing_since_s is None else world.capturing_since_s
    return None if world.outbox.waiting_items else world.clock.wall_time(int(since_s * 1e9))


EVENTS = st.one_of(
    st.tuples(st.just("pass"), st.floats(0.01, 400.0), st.just(0.0)),
    st.tuples(st.just("hear"), st.floats(0.001, 30.0), st.floats(0.0, 1.0)),
    *[st.tuples(st.just(name), st.just(0.0), st.just(0.0)) for name in ("begin", "end", "deliver", "claim", "restart")],
)


def play(events: list[tuple[str, float, float]], how: Claim) -> World:
    world = World()
    for name, first, second in events:
        match name:
            case "pass":
                world.pass_time(first)
            case "hear":
                world.hear(first, second)
            case "begin":
                world.begin_capture()
            case "end":
                world.end_capture()
            case "deliver":
                world.deliver()
            case "claim":
                world.claim(how)
            case "restart":
                world.restart()
        world.check()
    return world


@settings(max_examples=300, deadline=None)
@given(st.lists(EVENTS, max_size=40))
def test_no_claim_is_later_than_anything_that_is_still_on_its_way(events: list[tuple[str, float, float]]) -> None:
    play(events, honest)


SLOW = ("hear", 20.0, 1.0)
STORIES = {
    "a capture is under way": [("hear", 0.1, 0.5), ("begin", 0, 0), ("pass", 30.0, 0), ("claim", 0, 0), ("end", 0, 0)],
    "a burst waits": [("hear", 0.1, 0.5), ("begin", 0, 0), ("end", 0, 0), ("pass", 30.0, 0), ("claim", 0, 0)],
    "the clock was learnt anew": [("hear", 0.1, 0.5), ("claim", 0, 0), ("restart", 0, 0), ("begin", 0, 0), SLOW],
}


@pytest.mark.parametrize(
    ("story", "control"),
    [
        ("a capture is under way", blind_to_captures),
        ("a burst waits", blind_to_the_outbox),
        ("the clock was learnt anew", by_the_estimate),
    ],
)
def test_a_claim_that_forgets_something_is_found_out(story: str, control: Claim) -> None:
    with pytest.raises(AssertionError, match="a claim is later"):
        play(STORIES[story], control)
    play(STORIES[story], honest)


def test_what_is_claimed_is_worth_something() -> None:
    world = play([("hear", 0.1, 0.5), ("pass", 60.0, 0), ("claim", 0, 0)], honest)
    (claim,) = world.claims
    assert timedelta(seconds=16) <= BOOTED + timedelta(seconds=world.now_s) - claim < timedelta(seconds=18)


def test_before_the_server_was_heard_nothing_is_claimed() -> None:
    assert play([("pass", 60.0, 0), ("claim", 0, 0)], honest).claims == []


def test_a_burst_on_the_disk_is_waited_for_however_old_it_is(tmp_path: Path) -> None:
    opened = open_outbox(tmp_path, boot_id="the boot before")
    try:
        clock = ServerClock()
        clock.observe("Sun, 22 Nov 2026 10:00:00 GMT", sent_s=1.0, received_s=1.1)
        delivered = Delivered(opened.outbox, clock, lambda: None)
        assert delivered.through() is not None
        entry = opened.outbox.put(draft(1))
        assert delivered.through() is None
        opened.outbox.remove(entry.sequence)
        assert delivered.through() is not None
    finally:
        opened.close()


def test_a_capture_counts_from_its_first_moment_until_it_is_announced(tmp_path: Path) -> None:
    async def scenario() -> None:
        opened = open_outbox(tmp_path, boot_id="this boot")
        clock = ServerClock()
        exchange = Exchange("http://127.0.0.1:9", Bearer(lambda: "token"), clock)
        camera = FaultyCamera()
        since: list[int | None] = []
        delivery = Delivery(
            opened.outbox, exchange, clock, lambda _: since.append(station.capturing_since_ns), boot_id=""
        )
        station = Station(camera, opened.outbox, delivery, lambda _: since.append(station.capturing_since_ns))
        camera.hanging.clear()
        capturing = asyncio.create_task(station.check_in())
        await asyncio.sleep(0)
        begun = station.capturing_since_ns
        camera.hanging.set()
        await capturing
        assert begun is not None
        assert since == [begun, begun]
        assert station.capturing_since_ns is None
        assert opened.outbox.waiting_items == 1
        await exchange.close()
        opened.close()

    asyncio.run(scenario())
