"""From a commit to the read models that show it, beside the library's runner."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner

from adapters.record import Record, open_record
from benchmarks.event_store_events import check_in_of
from benchmarks.event_store_saves import library_environment

EVENTS_A_SECOND = 100
_WITHIN_S = 10.0


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds from the answer to a save until a caller that waits for its position goes on."""

    projected_ms: list[float]
    read_your_writes_ms: list[float]


async def ours(dsn: str, key_file: Path, *, seconds: float, writes: int) -> Lag:
    """Every read model of the server, projected in this process beside the event loop that saves."""
    async with open_record(dsn, key_file) as record:
        people = [uuid4() for _ in range(20)]
        await asyncio.to_thread(record.keys.prepare, people)
        await _paced(record, people, 1.0)
        projected_ms = await _paced(record, people, seconds)
        alone_ms = []
        for number in range(writes):
            # One event a save, as the library's below.
            first = check_in_of(people[number % len(people)])[:1]
            position = await record.store.append(uuid4(), 0, first)
            alone_ms.append(await _waited_ms(record, position))
    return Lag(projected_ms=projected_ms, read_your_writes_ms=alone_ms)


async def _paced(record: Record, people: list[UUID], seconds: float) -> list[float]:
    """Check-ins of four events, one event a save, at an even pace; no save waits for a projection."""
    waiting: list[asyncio.Task[float]] = []
    begun = time.perf_counter()
    for number in range(int(seconds * EVENTS_A_SECOND) // 4):
        stream = uuid4()
        for version, event in enumerate(check_in_of(people[number % len(people)])):
            due = begun + (number * 4 + version) / EVENTS_A_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            position = await record.store.append(stream, version, [event])
            waiting.append(asyncio.create_task(_waited_ms(record, position)))
    return list(await asyncio.gather(*waiting))


async def _waited_ms(record: Record, position: int) -> float:
    before = time.perf_counter()
    await record.projections.wait(position, _WITHIN_S)
    return (time.perf_counter() - before) * 1e3


class _Visits(Application[UUID]):
    """The library's example of an application."""


class _Seen(PostgresTrackingRecorder):
    """A view that does no more than to say how far it is."""


class _Projecting(Projection[_Seen]):
    name = "seen"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:  # noqa: ARG002 — Any: the library's events
        self.view.insert_tracking(tracking)


def librarys_read_your_writes_ms(dsn: str, writes: int) -> list[float]:
    """ProjectionRunner.wait, right after a save."""
    took_ms = []
    with (
        library_environment(dsn) as environment,
        ProjectionRunner(
            application_class=_Visits, projection_class=_Projecting, view_class=_Seen, env=dict(environment)
        ) as runner,
    ):
        for _ in range(writes):
            recordings = runner.app.save(Aggregate())
            before = time.perf_counter()
            runner.wait(recordings[-1].notification.id, timeout=_WITHIN_S)
            took_ms.append((time.perf_counter() - before) * 1e3)
    return took_ms
