"""The engine's own process: what is asked is answered, whatever becomes of the process; and it never outlives ours."""

from __future__ import annotations

import asyncio
import logging
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from application.ports import Look, RecogniserStopped, Refused
from inference.assembly import open_engine
from inference.engine_process import EngineDied, EngineProcess
from inference.judge import EngineGone
from inference.opening import open_worker
from inference.weights import ModelsMissing, ModelStore
from inference.worker import InferenceWorker
from tests.inference.bursts import MIRA, NOBODY, burst
from tests.inference.fragile_judge import OpensOnce, open_broken, open_fragile
from tests.inference.held_engine import THRESHOLDS

_PARENT = """
import os, signal
from inference.engine_process import EngineProcess
from tests.inference.fragile_judge import open_fragile
print(EngineProcess(open_fragile).pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def process() -> Iterator[EngineProcess]:
    process = EngineProcess(open_fragile)
    yield process
    process.close()


def frame_of(seen: object) -> int | None:
    assert isinstance(seen, Refused)
    return seen.refusal.frame


def test_it_sees_what_an_engine_in_this_process_sees(model_store: ModelStore) -> None:
    here = open_engine(model_store).look(burst(MIRA).primary_frame, NOBODY)
    assert isinstance(here, Look)
    templates = np.stack([here.embedding, -here.embedding])

    async def there() -> None:
        worker = open_worker(model_store)
        await worker.start()
        seen = await worker.look(burst(MIRA).primary_frame, templates)
        await worker.stop()
        assert isinstance(seen, Look)
        assert (seen.embedding == here.embedding).all()
        assert seen.distances.tolist() == pytest.approx([0.0, 2 * float(np.linalg.norm(here.embedding))], abs=1e-3)
        assert list(seen.timings_ms) == ["queue", *here.timings_ms]

    asyncio.run(there())


def test_missing_models_are_told_with_the_command_that_gets_them(tmp_path: Path) -> None:
    with pytest.raises(ModelsMissing, match="facecheckin models fetch"):
        asyncio.run(open_worker(ModelStore(tmp_path)).start())


def test_threads_that_ask_at_once_get_each_its_own_answer(process: EngineProcess) -> None:
    with ThreadPoolExecutor(4) as threads:
        seen = list(threads.map(lambda number: process.look(b"", NOBODY, number), range(200)))
    assert [frame_of(each) for each in seen] == list(range(200))


def test_what_the_engine_raises_is_raised_here(process: EngineProcess) -> None:
    with pytest.raises(ValueError, match="the engine stumbled"):
        process.look(b"stumble", NOBODY)
    with pytest.raises(RuntimeError, match="Unportable: cannot be made of its message"):
        process.look(b"unportable", NOBODY)
    assert frame_of(process.look(b"", NOBODY, 3)) == 3


def test_a_process_that_is_killed_is_replaced_before_the_next_answer(
    process: EngineProcess, caplog: pytest.LogCaptureFixture
) -> None:
    first = process.pid
    os.kill(first, signal.SIGKILL)
    with caplog.at_level(logging.CRITICAL):
        assert frame_of(process.look(b"", NOBODY, 3)) == 3
    assert process.pid != first
    assert "ended with status -9" in caplog.text


def test_a_frame_in_hand_when_it_dies_is_judged_by_its_successor(process: EngineProcess, tmp_path: Path) -> None:
    assert frame_of(process.look(b"die-once " + bytes(tmp_path / "mark"), NOBODY, 3)) == 3


def test_a_frame_that_kills_twice_is_given_up_and_the_next_is_served(process: EngineProcess) -> None:
    with pytest.raises(EngineDied):
        process.look(b"die", NOBODY)
    assert frame_of(process.look(b"", NOBODY, 3)) == 3


def test_an_engine_that_cannot_be_opened_says_why() -> None:
    with pytest.raises(FileNotFoundError, match="no models here"):
        EngineProcess(open_broken)


def test_an_engine_that_cannot_be_had_again_stops_the_worker_aloud(tmp_path: Path) -> None:
    async def scenario() -> None:
        worker = InferenceWorker(lambda: EngineProcess(OpensOnce(tmp_path / "mark")), THRESHOLDS, hands=2)
        await worker.start()
        assert worker.ready
        with pytest.raises(RecogniserStopped) as told:
            await worker.look(b"die", NOBODY)
        assert isinstance(told.value.__cause__, EngineGone)
        async with asyncio.timeout(30):
            while worker.ready:  # noqa: ASYNC110 - the thread that changes it knows no loop
                await asyncio.sleep(0.001)
        await worker.stop()

    asyncio.run(scenario())


def test_a_signal_for_the_server_is_not_one_for_it(process: EngineProcess) -> None:
    first = process.pid
    os.kill(first, signal.SIGTERM)
    assert frame_of(process.look(b"", NOBODY, 3)) == 3
    assert process.pid == first


def test_it_ends_with_a_server_that_is_killed() -> None:
    parent = subprocess.run([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, check=False)
    assert parent.returncode == -signal.SIGKILL
    pid = int(parent.stdout)
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return  # it was quicker
    ended, _, _ = select.select([process], [], [], 5.0)
    os.close(process)
    assert ended, "the engine's process outlived its server"
