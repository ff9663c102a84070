"""Forgets once a day, in one of all the processes that serve: retention, erasures cut short, traces in files."""

from __future__ import annotations

import asyncio

import structlog

from adapters.data_subjects import DataSubjects
from adapters.database import Database
from adapters.event_store.scrubbing import scrub
from adapters.record import Record

_LOOK_EVERY_S = 600.0
# A little under a day, so that it does not wander through the clock.
_CLAIM = """
UPDATE retention_run SET ran_at = clock_timestamp()
WHERE ran_at IS NULL OR ran_at < clock_timestamp() - interval '23 hours 45 minutes' RETURNING true
"""
_log = structlog.get_logger("retention")


async def forget_for_ever(record: Record, subjects: DataSubjects, *, look_every_s: float = _LOOK_EVERY_S) -> None:
    """Only the process that leads the projections looks; a run that fails is tried again the next day."""
    while True:
        await asyncio.sleep(look_every_s)
        try:
            if record.projector.leads and await claim_today(record.database):
                await forget_once(subjects, record.database.dsn)
        except Exception:
            _log.exception("retention could not be applied")


async def claim_today(database: Database) -> bool:
    """Whether it is this caller who applies retention today."""
    async with database.connection() as connection:
        return (await connection.execute(_CLAIM)).rowcount == 1


async def forget_once(subjects: DataSubjects, dsn: str) -> None:
    completed = await subjects.complete_erasures()
    forgotten = await subjects.apply_retention()
    scrubbed = await asyncio.to_thread(scrub, dsn)
    _log.info(
        "retention applied",
        erasures_completed=len(completed),
        faces_forgotten=len(forgotten.faces),
        people_erased=len(forgotten.people),
        tables_rewritten=scrubbed,
    )
