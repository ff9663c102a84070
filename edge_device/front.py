"""The side of a station that faces people: display, lights, buzzer, button, key and watchdog, beside the check-ins."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic_ns

from edge_device.attention import Presses
from edge_device.capture_settings import CaptureMode
from edge_device.clock import ServerClock
from edge_device.happenings import Opened, Tuned
from edge_device.kiosk.server import KioskServer
from edge_device.other_route import PinDesk
from edge_device.panel_pins import NoPins, Panel, Wiring
from edge_device.presentation import Presentation
from edge_device.presenter import Presenter, on_panel
from edge_device.pushed_settings import Language
from edge_device.running import Running
from edge_device.steps import CameraBroken, Listener, Step
from edge_device.watchdog import Progress, ServiceManager, watch

_CAMERA_BROKEN_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPlan:
    """`kiosk_port`: None for no display. `note` hears, in a sentence, of whatever is missing; the station goes on."""

    wiring: Wiring
    kiosk_port: int | None
    note: Callable[[str], None]


class Front:
    """Owned by one event loop. `hear` is the listener of everything that happens in the station."""

    def __init__(self, listener: Listener, presenter: Presenter, *, seen: bool) -> None:
        """`seen`: somebody can see or hear what is shown."""
        self._listener = listener
        self._presenter = presenter
        self._seen = seen
        self._clock: ServerClock | None = None
        self.presses = Presses()
        self.progress = Progress()
        self.desk = PinDesk(presenter.tell)

    def hear(self, step: Step) -> None:
        self._listener(step)
        self._presenter.tell(step)

    def tune(self, language: Language, mode: CaptureMode) -> None:
        self._presenter.tell(Tuned(language=language, mode=mode))

    def opened(self, parts: Running) -> None:
        self._clock = parts.clock
        self.desk.exchange = parts.exchange
        self._presenter.tell(Opened())

    async def mourn_camera(self, detail: str) -> None:
        """Shown for a moment before the program ends: the display keeps saying it until the next start."""
        self.desk.exchange = None
        self.hear(CameraBroken(detail=detail))
        if self._seen:
            await asyncio.sleep(_CAMERA_BROKEN_S)

    def server_time(self) -> datetime | None:
        return None if self._clock is None else self._clock.wall_time(monotonic_ns())


@contextlib.asynccontextmanager
async def facing_people(plan: FrontPlan, listener: Listener) -> AsyncIterator[Front]:
    """Everything that is there is at work; what is missing is noted. systemd is told at once: pairing may take days."""
    presenter = Presenter()
    manager = ServiceManager()
    front = Front(listener, presenter, seen=plan.kiosk_port is not None or not plan.wiring.empty)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(presenter.close)
        _open_panel(stack, plan, presenter, front.presses)
        if plan.kiosk_port is not None:
            server = KioskServer(presenter, front.server_time, front.desk.check_in, plan.kiosk_port)
            try:
                await stack.enter_async_context(server.serving())
            except OSError as error:
                plan.note(f"no page for a display: port {plan.kiosk_port} cannot be used ({error.strerror})")
        manager.ready()
        stack.callback(manager.stopping)
        stack.callback(presenter.watch(lambda shown: manager.status(_status(shown))))
        watching = asyncio.create_task(watch(manager, front.progress))
        stack.callback(watching.cancel)
        yield front


def _open_panel(stack: contextlib.AsyncExitStack, plan: FrontPlan, presenter: Presenter, presses: Presses) -> None:
    if plan.wiring.empty:
        return
    try:
        panel = Panel(plan.wiring, presses.press)
    except NoPins as error:
        plan.note(f"no lights, buzzer or button: {error}")
        return
    stack.callback(panel.close)
    stack.callback(presenter.watch(on_panel(panel)))


def _status(shown: Presentation) -> str:
    """For the operator: no name and no code."""
    return f"{shown.kind.replace('_', ' ')}, {shown.situation.waiting} waiting"
