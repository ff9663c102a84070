"""What runs in a thread of its own: its result, its failure, its time limit, and the end of the program meanwhile."""

from __future__ import annotations

import asyncio
import threading
from queue import SimpleQueue

import pytest

from edge_device.bounded import bounded


def test_the_result_comes_back() -> None:
    assert asyncio.run(bounded(lambda: 7, 5.0)) == 7


def test_the_failure_comes_back() -> None:
    def fail() -> None:
        raise ValueError("as it happened")

    with pytest.raises(ValueError, match="as it happened"):
        asyncio.run(bounded(fail, 5.0))


def test_what_hangs_is_left_behind_in_time() -> None:
    released = threading.Event()
    with pytest.raises(TimeoutError):
        asyncio.run(bounded(released.wait, 0.05))
    released.set()


def test_a_cancellation_in_the_moment_of_the_result_is_not_swallowed() -> None:
    async def scenario() -> None:
        worked: SimpleQueue[threading.Thread] = SimpleQueue()
        task = asyncio.create_task(bounded(lambda: worked.put(threading.current_thread()), 30.0))
        await asyncio.sleep(0)
        worked.get(timeout=30.0).join()  # blocks the loop, which must not see the result before the cancellation
        asyncio.get_running_loop().call_soon(task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
