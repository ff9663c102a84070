"""Where presses come from besides the button: the Enter key of a keyboard, read without blocking."""

from __future__ import annotations

import asyncio
import sys

from edge_device.attention import Presses


class NoKeys(Exception):
    """There is no keyboard to listen to."""


def listen_to_enter(presses: Presses) -> None:
    """A press each time Enter is pressed; where standard input ends, no more come. Raises `NoKeys`."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        if sys.stdin.readline():
            presses.press()
        else:
            loop.remove_reader(sys.stdin)

    try:
        loop.add_reader(sys.stdin, read)
    except (OSError, ValueError) as error:
        raise NoKeys("there is no keyboard here; use --every, --button-pin, or --capture presence") from error
