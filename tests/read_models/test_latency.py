"""Latencies by day and station: counted once, told in quantiles, and the same after a rebuild."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.event_store.mapper import SealingMapper
from adapters.event_store.projection_rebuild import rebuild
from adapters.read_models.latency import LatencyProjection
from adapters.read_models.latency_buckets import LIMITS_MS, bucket_of, quantile_ms
from adapters.record import Record, open_record
from application.ports import LatencyGroup
from domain.check_in import CheckInEvent, Timings, check_in_id
from tests.event_store.samples import AT, felt, later, matched, refused, started

asynchronous = pytest.mark.anyio
DOOR, BACK_DOOR = UUID(int=1), UUID(int=2)
DAY = AT.date()


async def check_in(
    record: Record, burst_id: str, *, station: UUID = DOOR, day: int = 0, took_s: float = 0.02, timings: Timings
) -> None:
    """Decided in one append, its emotion read in another."""
    at = AT + timedelta(days=day)
    (decided,) = matched(uuid4())
    emotion, completed = felt()
    id = check_in_id(station, burst_id)
    first: list[CheckInEvent] = [
        replace(started(station, burst_id=burst_id)[0], at=at),
        replace(decided, at=at + timedelta(seconds=took_s), timings_ms=timings),
    ]
    second: list[CheckInEvent] = [replace(emotion, at=at, timings_ms=timings), replace(completed, at=at)]
    await record.store.append(id, 0, first)
    await record.projections.wait(await record.store.append(id, 2, second), 30)


def is_told(groups: list[LatencyGroup], station: UUID | None, stage: str, count: int, p50_ms: float) -> bool:
    """Within a bucket's width."""
    (group,) = [group for group in groups if group.station_id == station]
    (told,) = [told for told in group.stages if told.stage == stage]
    return told.count == count and p50_ms / 1.26 <= told.p50_ms <= p50_ms * 1.26


@asynchronous
async def test_every_stage_is_told_of_each_station_and_of_all_of_them(database: str, key_file: Path) -> None:
    async with open_record(database, key_file) as record:
        for number in range(3):
            await check_in(record, f"d{number}", timings={"decode": 1.0, "embed": 8.0})
        await check_in(record, "b", station=BACK_DOOR, took_s=2.0, timings={"decode": 64.0})
        await check_in(record, "tomorrow", day=1, timings={"decode": 1.0})
        today = list(await record.latencies.between(DAY, DAY))
        assert [group.station_id for group in today] == [None, DOOR, BACK_DOOR]
        assert is_told(today, DOOR, "identify", 3, 20.0)
        assert is_told(today, DOOR, "identify.embed", 3, 8.0)
        assert is_told(today, DOOR, "emotion", 3, 9.0)
        assert is_told(today, BACK_DOOR, "identify", 1, 2000.0)
        assert is_told(today, None, "emotion.decode", 4, 1.0)
        alone = list(await record.latencies.between(DAY, DAY + timedelta(days=1), BACK_DOOR))
        assert [(group.day, group.station_id) for group in alone] == [(DAY, BACK_DOOR)]


@asynchronous
async def test_a_refused_capture_has_its_time_too(database: str, key_file: Path) -> None:
    async with open_record(database, key_file) as record:
        id = check_in_id(DOOR, "refused")
        await record.store.append(id, 0, started(DOOR))
        position = await record.store.append(id, 1, refused())
        await record.projections.wait(position, 30)
        groups = list(await record.latencies.between(DAY, DAY, DOOR))
        assert is_told(groups, DOOR, "identify", 1, (later(1) - AT).total_seconds() * 1e3)


@asynchronous
async def test_a_rebuild_counts_the_same_whatever_its_pages(database: str, key_file: Path) -> None:
    async with open_record(database, key_file) as record:
        dice = random.Random(1)
        for number in range(9):
            timings = {"decode": dice.uniform(0.1, 20), "embed": dice.uniform(1, 200)}
            await check_in(record, str(number), station=dice.choice((DOOR, BACK_DOOR)), timings=timings)
        every = "SELECT l::text FROM latency l ORDER BY 1"
        before = await record.database.fetch(every)
        assert before
        for page in (1, 5):
            rebuild(database, LatencyProjection(), SealingMapper(record.keys), record.keys, page=page)
            assert await record.database.fetch(every) == before


@given(st.lists(st.floats(0, 120_000), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_quantile_is_off_by_its_bucket_at_most(durations: list[float], share: float) -> None:
    told = quantile_ms(Counter(map(bucket_of, durations)), share)
    true = sorted(durations)[max(0, -int(-share * len(durations) // 1) - 1)]
    assert true / 1.2601 - LIMITS_MS[0] <= told <= true * 1.2601 + LIMITS_MS[0]


def test_what_lasted_longer_than_every_limit_is_told_as_the_last() -> None:
    assert quantile_ms(Counter([bucket_of(10_000_000.0)]), 0.5) == LIMITS_MS[-1]


def test_the_limits_never_change() -> None:
    assert (len(LIMITS_MS), LIMITS_MS[0], LIMITS_MS[30], LIMITS_MS[-1]) == (61, 0.125, 128.0, 131072.0)
