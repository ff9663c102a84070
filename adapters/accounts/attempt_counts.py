"""How often a secret was tried in vain, counted for every process together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from adapters.database import Database
from domain.attempts import PERIOD, TooManyAttempts

_COUNT = """
INSERT INTO attempt_count (subject_sha256, period, attempts) VALUES (%s, %s, 1)
ON CONFLICT (subject_sha256, period) DO UPDATE SET attempts = attempt_count.attempts + 1
RETURNING attempts
"""
_GIVE_BACK = """
UPDATE attempt_count SET attempts = greatest(attempts - 1, 0) WHERE subject_sha256 = ANY(%s) AND period = %s
"""
_FORGET = "DELETE FROM attempt_count WHERE period < %s"
_PERIOD_S = int(PERIOD.total_seconds())


class PostgresAttemptCounts:
    """Implements application.ports.AttemptCounts. One statement counts and tells: attempts at once are all counted."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._forgotten = 0

    async def count(self, subjects: Sequence[tuple[str, int]], *, at: datetime) -> TooManyAttempts | None:
        period = int(at.timestamp()) // _PERIOD_S
        if period > self._forgotten:
            await self._database.fetch(_FORGET, (period,))
            self._forgotten = period
        for subject, most in subjects:
            # Not fetch(): a statement that counts is not safe to repeat.
            async with self._database.connection() as connection, connection.cursor() as cursor:
                await cursor.execute(_COUNT, (_sha256(subject), period))
                row = await cursor.fetchone()
            assert row is not None
            if row[0] > most:
                return TooManyAttempts(datetime.fromtimestamp((period + 1) * _PERIOD_S, UTC))
        return None

    async def give_back(self, subjects: Sequence[str], *, at: datetime) -> None:
        period = int(at.timestamp()) // _PERIOD_S
        async with self._database.connection() as connection:
            await connection.execute(_GIVE_BACK, ([_sha256(subject) for subject in subjects], period))


def _sha256(subject: str) -> bytes:
    return hashlib.sha256(subject.encode()).digest()
