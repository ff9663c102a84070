"""What a long history costs: catching up, a rebuild, and erasing one person so that no process sees them any more."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import msgspec

from adapters.clock import SystemClock
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.mapper import SealingMapper
from adapters.event_store.projection_rebuild import Rebuilt, rebuild
from adapters.event_store.projections import Projector
from adapters.read_models.attendance import AttendanceProjection
from adapters.record import Record, open_record, read_models
from application.erase_person import ErasePerson
from domain.person import Registered

MODEL = "resnet-29.v1"
_CATCH_UP_PAGE = 2000
_WITHIN_S = 1800.0


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Of one person, by one process."""

    name: bool
    registered: bool
    templates: int


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """`before`, `after`: as another process saw them that had them in memory."""

    took_s: float
    before: Seen
    after: Seen


async def catch_up(dsn: str, key_file: Path, position: int) -> float:
    """Every read model of the server, one after the other through each page; answers seconds."""
    begun = time.perf_counter()
    with (
        KeyRing(dsn, key_file) as keys,
        Projector(dsn, read_models(), SealingMapper(keys), keys, page=_CATCH_UP_PAGE) as projector,
    ):
        await projector.board.wait(position, _WITHIN_S)
    return time.perf_counter() - begun


def rebuild_attendance(dsn: str, key_file: Path) -> Rebuilt:
    with KeyRing(dsn, key_file) as keys:
        return rebuild(dsn, AttendanceProjection(), SealingMapper(keys), keys)


async def erase(dsn: str, key_file: Path, person: UUID) -> Erased:
    """One of many, with everything that the use case destroys, until its receipt."""
    command = [sys.executable, "-m", "benchmarks.event_store_history", dsn, str(key_file), str(person)]
    # Nothing else runs on this loop: it may wait for the other process.
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:  # noqa: ASYNC220
        before = _ask(other)
        async with open_record(dsn, key_file) as record:
            erase_person = ErasePerson(
                store=record.store,
                gallery=record.gallery,
                keys=record.keys,
                erasures=record.erasures,
                projections=record.projections,
                clock=SystemClock(),
            )
            begun = time.perf_counter()
            await erase_person(person)
            took_s = time.perf_counter() - begun
            after = _ask(other)
        assert other.stdin is not None
        other.stdin.close()
    return Erased(took_s=took_s, before=before, after=after)


def _ask(other: subprocess.Popen[str]) -> Seen:
    assert other.stdin is not None
    assert other.stdout is not None
    other.stdin.write("look\n")
    other.stdin.flush()
    return msgspec.json.decode(other.stdout.readline(), type=Seen)


async def _look_when_asked(dsn: str, key_file: Path, person: UUID) -> None:
    """The other process: for each line it is sent, one line that says what it sees."""
    async with open_record(dsn, key_file) as record:
        while await asyncio.to_thread(sys.stdin.readline):
            print(msgspec.json.encode(await _look(record, person)).decode(), flush=True)


async def _look(record: Record, person: UUID) -> Seen:
    events = await record.store.load_person(person)
    names = [event.name.reveal() for event in events if isinstance(event, Registered)]
    gallery = await record.gallery.snapshot(MODEL)
    return Seen(
        name=names != [None],
        registered=await record.people.name(person) is not None,
        templates=gallery.people.count(person),
    )


if __name__ == "__main__":
    asyncio.run(_look_when_asked(sys.argv[1], Path(sys.argv[2]), UUID(sys.argv[3])))
