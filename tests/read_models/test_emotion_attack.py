"""An attacker who knows the rules and every answer ever given still cannot tell what is in a suppressed bucket."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from adapters.database import Database, connect
from adapters.read_models.emotion_groups import SMALLEST_COHORT, PostgresEmotions
from application.ports import EmotionGroup
from domain.emotion import EMOTIONS
from tests.fixtures_database import fresh_database

pytestmark = pytest.mark.anyio
ENDED = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
FROM, UNTIL = ENDED - timedelta(days=1), ENDED + timedelta(days=1)
BUCKET = timedelta(minutes=15)
FEWEST_POSSIBLE = 8
Told = tuple[int | None, ...]
_INSERT = """
COPY emotion (session_id, ends_at, begins_at, readings, angry, disgust, fear, happy, sad, surprise, neutral) FROM STDIN
"""


@pytest.fixture(scope="module")
def dsn(postgres: str) -> Iterator[str]:
    with fresh_database(postgres) as dsn:
        yield dsn


def fill(dsn: str, tables: Sequence[Sequence[int]]) -> None:
    """Every table is a session of its own, with its counts in buckets one after the other."""
    draw = random.Random(1)
    with connect(dsn, name="test") as connection:
        connection.execute("TRUNCATE emotion")
        with connection.cursor() as cursor, cursor.copy(_INSERT) as copy:
            for number, counts in enumerate(tables):
                for place, count in ((place, count) for place, count in enumerate(counts) if count):
                    sums = [draw.randrange(1_000_000) * count for _ in EMOTIONS]
                    session = f"{number:032x}"
                    copy.write_row((session, ENDED, ENDED - BUCKET * (len(counts) - place), count, *sums))


async def told(dsn: str, tables: Sequence[Sequence[int]]) -> list[EmotionGroup]:
    fill(dsn, tables)
    async with Database(dsn) as database:
        groups = await PostgresEmotions(database).between(FROM, UNTIL)
    return sorted(groups, key=lambda group: group.session_id.int if group.session_id is not None else 0)


def counts_told(group: EmotionGroup, parts: int) -> Told:
    """Of the group, and of each of its buckets: None where it is not told."""
    listed = {bucket.begins_at: bucket.figures.readings for bucket in group.buckets}
    total = None if group.figures is None else group.figures.readings
    return (total, *(listed.get(ENDED - BUCKET * (parts - place)) for place in range(parts)))


def compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every way in which `total` readings can lie in `parts` buckets."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in compositions(total - first, parts - 1):
            yield (first, *rest)


@pytest.mark.parametrize(("parts", "most"), [(1, 40), (2, 60), (3, 46), (4, 28)])
async def test_every_suppressed_bucket_may_have_held_many_different_counts(dsn: str, parts: int, most: int) -> None:
    """Every table there is, up to a size, is told; then whatever was told is compared with all that fits it."""
    tables = [table for total in range(1, most + 1) for table in compositions(total, parts)]
    groups = await told(dsn, tables)
    consistent: dict[Told, list[tuple[int, ...]]] = defaultdict(list)
    for table, group in zip(tables, groups, strict=True):
        consistent[counts_told(group, parts)].append(table)
    for answer, possible in consistent.items():
        assert answer[0] is None or answer[0] >= SMALLEST_COHORT
        for place, shown in enumerate(answer[1:]):
            values = {table[place] for table in possible}
            if shown is not None:
                assert values == {shown}
                assert shown >= SMALLEST_COHORT
            elif values != {0}:  # an empty bucket has nobody in it to protect
                assert len(values) >= FEWEST_POSSIBLE, (answer, possible)


async def test_the_attack_finds_what_suppression_alone_would_betray(dsn: str) -> None:
    """The same comparison on an answer without complementary suppression pins the bucket: the test can fail."""
    tables = [table for total in range(1, 41) for table in compositions(total, 2)]
    naive: dict[Told, set[int]] = defaultdict(set)
    for table in tables:
        shown = tuple(count if count >= SMALLEST_COHORT else None for count in table)
        naive[(sum(table), *shown)].add(table[0])
    assert naive[(15, None, 12)] == {3}
    (group,) = await told(dsn, [(3, 12)])
    assert counts_told(group, 2) == (15, None, None)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables=st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=8), min_size=1, max_size=6))
def test_no_sum_of_what_is_told_bounds_a_suppressed_bucket_or_its_emotions_closely(
    dsn: str, tables: list[list[int]]
) -> None:
    tables = [table for table in tables if sum(table)]
    for table, group in zip(tables, asyncio.run(told(dsn, tables)), strict=True):
        answer = counts_told(group, len(table))
        if answer[0] is None:
            assert group.buckets == []
            continue
        told_rows = [[1.0] * len(table)] + [
            [float(place == other) for other in range(len(table))] for place, shown in enumerate(answer[1:]) if shown
        ]
        values = [shown for shown in answer if shown]
        for place, shown in enumerate(answer[1:]):
            if shown is not None:
                continue
            one = np.eye(len(table))[place]
            low, high = (
                linprog(sign * one, A_eq=told_rows, b_eq=values, bounds=[(0, None)] * len(table)).fun * sign
                for sign in (1, -1)
            )
            assert high - low >= SMALLEST_COHORT or table[place] == 0
            # Means are told of sums over the same rows: the bucket's own is in none of their combinations.
            rank = np.linalg.matrix_rank(np.array(told_rows))
            assert np.linalg.matrix_rank(np.array([*told_rows, one])) == rank + 1 or table[place] == 0
