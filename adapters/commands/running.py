"""Runs a command's asynchronous work on the event loop that the server uses too."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

import uvloop

Answer = TypeVar("Answer")


def run(work: Coroutine[object, object, Answer]) -> Answer:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
