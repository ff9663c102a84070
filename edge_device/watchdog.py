"""Tells systemd that the station lives, for as long as both its camera and its sender get on."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Mapping

STALE_AFTER_S = 20.0


class ServiceManager:
    """The socket that systemd gives to a unit of Type=notify; without one every word goes nowhere."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        self._address = given.get("NOTIFY_SOCKET", "")
        meant = given.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
        usec = given.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(usec) / 1e6 if meant and usec.isdecimal() and int(usec) > 0 else None

    def ready(self) -> None:
        self._say("READY=1")

    def stopping(self) -> None:
        self._say("STOPPING=1")

    def status(self, sentence: str) -> None:
        """One line that `systemctl status` shows."""
        self._say(f"STATUS={sentence.splitlines()[0] if sentence else ''}")

    def alive(self) -> None:
        self._say("WATCHDOG=1")

    def _say(self, word: str) -> None:
        """A manager that cannot be told must not stop the station."""
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
                speaker.setblocking(False)
                speaker.connect(address)
                speaker.send(word.encode())
        except OSError:
            return


class Progress:
    """When the camera and the sender last got on. Safe to call from any thread: each only writes a number."""

    def __init__(self, *, stale_after_s: float = STALE_AFTER_S, now: Callable[[], float] = time.monotonic) -> None:
        self._stale_after_s = stale_after_s
        self._now = now
        self._camera_s = self._sender_s = now()

    def camera(self) -> None:
        """The camera gave a picture."""
        self._camera_s = self._now()

    def sender(self) -> None:
        """The delivery went round, and no attempt hangs."""
        self._sender_s = self._now()

    def both(self) -> None:
        """Neither has anything to do yet: the station waits to be paired."""
        self.camera()
        self.sender()

    @property
    def stuck(self) -> str | None:
        """Which of the two stands still."""
        now_s = self._now()
        late = {"the camera": now_s - self._camera_s, "the sender": now_s - self._sender_s}
        return " and ".join(who for who, since_s in late.items() if since_s > self._stale_after_s) or None


async def watch(manager: ServiceManager, progress: Progress) -> None:
    """Pings for ever, four times in the time that systemd allows; says instead what is stuck, and stays silent."""
    if manager.watchdog_s is None:
        return
    said = None
    while True:
        stuck = progress.stuck
        if stuck is None:
            manager.alive()
        elif stuck != said:
            manager.status(f"{stuck} stands still; waiting to be restarted")
        said = stuck
        await asyncio.sleep(manager.watchdog_s / 4)
