"""Runs what may hang in a thread of its own, and waits for it only so long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


async def bounded(work: Callable[[], Result], timeout_s: float) -> Result:
    """Raises `TimeoutError` after `timeout_s`. A thread that hangs is left behind, and ends with the process."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Result] = loop.create_future()

    def deliver(result: Result | None, error: BaseException | None) -> None:
        if outcome.done():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)  # type: ignore[arg-type]  # without an error there is a result

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            _tell(loop, deliver, None, error)
        else:
            _tell(loop, deliver, result, None)

    threading.Thread(target=run, name="bounded", daemon=True).start()
    # Not `asyncio.wait_for`: in Python 3.11 it swallows a cancellation that meets the result, and the program runs on.
    async with asyncio.timeout(timeout_s):
        return await outcome


def _tell(
    loop: asyncio.AbstractEventLoop,
    deliver: Callable[[Result | None, BaseException | None], None],
    result: Result | None,
    error: BaseException | None,
) -> None:
    """A loop that ended while the thread hung no longer wants to know."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(deliver, result, error)
