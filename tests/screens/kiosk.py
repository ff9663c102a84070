"""A kiosk server at work in a thread of its own for a test, and a way through every state that it can show."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from edge_device.contract import IdentityAnswer
from edge_device.happenings import Happening, Opened, PinAccepted, PinRefused, PinSent, PinUnreachable, Tuned
from edge_device.identity_steps import Moved, PairingCode, Revoked
from edge_device.kiosk.server import KioskServer
from edge_device.presentation import Presentation, Timings
from edge_device.presenter import Presenter
from edge_device.steps import (
    CameraBroken,
    Captured,
    GaveUp,
    Identified,
    NotSaved,
    Offline,
    Paused,
    Refused,
    Retake,
    Saved,
    Triggered,
)

FROZEN = Timings(**dict.fromkeys(Timings.__dataclass_fields__, 3600.0))
NOW = datetime(2026, 9, 14, 8, 55, 3, tzinfo=UTC)
BURST = "b-1"


def captured() -> Captured:
    return Captured(burst_id=BURST, primary=2, capture_ms=210.0, selection_ms=9.0, source=None, label=None)


def saved(waiting: int = 1) -> Saved:
    return Saved(burst_id=BURST, sequence=1, put_ms=4.0, waiting=waiting)


def identified(decision: str = "match", name: str | None = "Amira Haddad") -> Identified:
    answer = IdentityAnswer(
        match=decision == "match",
        decision=decision,
        confidence=0.9,
        identity_id=None,
        checkin_id="9f1c2d0e-0000-4000-8000-000000000001",
        name=name if decision == "match" else None,
        distance=0.4,
        threshold=0.9,
        margin=0.2,
        model="facenet",
        timings_ms={},
    )
    return Identified(burst_id=BURST, answer=answer, attempt=1, latency_ms=180.0, since_capture_ms=420.0)


def refused(sentence: str) -> Refused:
    return Refused(
        burst_id=BURST,
        operation="identify",
        code="several-faces",
        sentence=sentence,
        frame=0,
        value=2,
        limit=1,
        unit="faces",
        checkin_id=None,
        trace_id=None,
        latency_ms=90.0,
    )


def retake(reason: str) -> Retake:
    return Retake(reason=reason, sentence="", source=None, label=None)  # type: ignore[arg-type]  # a test's own word


_REFUSAL = "More than one face can be seen. One person at a time, please."
_BURST: tuple[Happening, ...] = (Triggered(take=1), captured(), saved())

# How each state comes about, from a station that has opened (but for the first): the kind that the page must show.
STATES: Mapping[str, Sequence[Happening]] = {
    "starting": (),
    "ready": (),
    "offline": (Offline(reason="connect-error", waiting=3),),
    "fault": (Paused(code="http-404", sentence="The address may be wrong.", pause_s=60, waiting=2),),
    "full": (NotSaved(burst_id=BURST, reason="items", sentence=""),),
    "revoked": (Revoked(code="station-revoked", sentence="", waiting=2),),
    "camera_broken": (CameraBroken(detail="frame 1 did not come within 2 s"),),
    "unpaired": (PairingCode(code="KXRT-4827", expires_at="", server="https://checkin.example.org", sentence=""),),
    "capturing": (Triggered(take=1),),
    "processing": _BURST,
    "checked_in": (*_BURST, identified()),
    "saved": (Offline(reason="connect-error", waiting=3), *_BURST),
    "retake": (Triggered(take=1), retake("blurred")),
    "gave_up": (Triggered(take=4), retake("dark"), GaveUp(takes=4, reason="dark", sentence="")),
    "refused": (*_BURST, refused(_REFUSAL)),
    "see_staff": (*_BURST, identified("ambiguous")),
    "not_saved": (Triggered(take=1), captured(), NotSaved(burst_id=BURST, reason="items", sentence="")),
    "pin_checking": (PinSent(),),
    "pin_refused": (PinSent(), PinRefused(code="credential-refused", sentence="That was not right.")),
    "pin_unreachable": (PinSent(), PinUnreachable(arrived=False)),
}
PIN_WORKED: Sequence[Happening] = (PinSent(), PinAccepted(name="Jonas Weber"))


@dataclass
class Kiosk:
    """`tell` and `start_over` may be called from the test's thread; they return once the station shows it."""

    loop: asyncio.AbstractEventLoop
    presenter: Presenter
    url: str
    pins: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, *happenings: Happening) -> None:
        def tell() -> None:
            for happening in happenings:
                self.presenter.tell(happening)

        self._do(tell)

    def show(self, kind: str, *, language: str = "en") -> None:
        """The state `kind` as it comes about; "full" is what remains after the person was told."""
        self.start_over(language=language, open=kind != "starting")
        self.tell(*STATES[kind])
        if kind == "full":
            self._do(self.presenter.pass_moment)

    def start_over(self, *, language: str = "en", open: bool = True) -> None:
        def reset() -> None:
            self.presenter.shown = Presentation()
            if open:
                self.presenter.tell(Opened())
            self.presenter.tell(Moved(name="Door 2", room="Room C-310"))
            self.presenter.tell(Tuned(language=language, mode="presence"))  # type: ignore[arg-type]  # a test's own word

        self._do(reset)

    def _do(self, work: Callable[[], object]) -> None:
        async def run() -> None:
            work()

        asyncio.run_coroutine_threadsafe(run(), self.loop).result(timeout=5)


@contextmanager
def kiosk_at_work(*, timings: Timings = FROZEN) -> Iterator[Kiosk]:
    started, stop = threading.Event(), asyncio.Event()
    running: list[Kiosk] = []

    async def main() -> None:
        presenter = Presenter(timings)
        pins: list[tuple[str, str]] = []

        async def pin(user_id: str, digits: str) -> None:
            pins.append((user_id, digits))
            presenter.tell(PinSent())

        server = KioskServer(presenter, lambda: NOW, pin, port=0)
        async with server.serving():
            url = f"http://127.0.0.1:{server.port}"
            running.append(Kiosk(asyncio.get_running_loop(), presenter, url, pins))
            started.set()
            await stop.wait()
        presenter.close()

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    assert started.wait(5)
    try:
        yield running[0]
    finally:
        running[0].loop.call_soon_threadsafe(stop.set)
        thread.join(5)
