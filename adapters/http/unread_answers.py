"""How long an answer may lie unread: whoever asks and does not read must not hold a place, or memory, for ever."""

from __future__ import annotations

import asyncio
import fcntl
import sys
import termios


class UnreadAnswer:
    """Watches what is unsent of one connection, and aborts it where too little of that goes within the time."""

    least_read_bytes = 8_192

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, within_s: float) -> None:
        self._transport = transport
        self._loop = loop
        self._within_s = within_s
        self._unsent_bytes = 0
        self._due: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """While the transport cannot write, and while it closes: then there may be less than it tells of."""
        if self._due is None:
            self._unsent_bytes = self._unsent()
            self._due = self._loop.call_later(self._within_s, self._look)

    def forget(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def hurry(self, within_s: float) -> None:
        """From now on it has to go within this time."""
        self._within_s = min(within_s, self._within_s)
        if self._due is not None:
            self.forget()
            self.watch()

    def _look(self) -> None:
        self._due = None
        unsent_bytes = self._unsent()
        if self._unsent_bytes - unsent_bytes < min(self.least_read_bytes, self._unsent_bytes):
            self._transport.abort()
        elif unsent_bytes:
            self.watch()

    def _unsent(self) -> int:
        """With what the system keeps: it may take megabytes before it asks for more."""
        return self._transport.get_write_buffer_size() + _kept_by_the_system(self._transport)


def _kept_by_the_system(transport: asyncio.Transport) -> int:
    wire = transport.get_extra_info("socket")
    if sys.platform != "linux" or wire is None or wire.fileno() < 0:
        return 0
    answer = fcntl.ioctl(wire.fileno(), termios.TIOCOUTQ, bytes(4))
    return int.from_bytes(answer, sys.byteorder)
