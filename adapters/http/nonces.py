"""Which signatures were used: a nonce is taken once, whichever process is asked and whatever restarts meanwhile."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from adapters.database import Database

_TAKE = """
INSERT INTO signature_nonce (key_id, nonce, expires_at) VALUES (%s, %s, %s) ON CONFLICT (key_id, nonce) DO NOTHING
"""
_PURGE = "DELETE FROM signature_nonce WHERE expires_at < %s"
_PURGE_EVERY_S = 60.0


class Nonces:
    """The table signature_nonce. What has expired is deleted by the way, at most once a minute in each process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._purge_at_s = 0.0

    async def take(self, key_id: str, nonce: str, *, keep: timedelta) -> bool:
        """False where it was taken before. `keep`: for how long its signature could be accepted again."""
        now = datetime.now(UTC)
        # Not by `fetch`, which sends a statement again after a lost connection: the first may have taken the nonce.
        async with self._database.connection() as connection:
            cursor = await connection.execute(_TAKE, (key_id, nonce, now + keep), prepare=True)
            taken = cursor.rowcount == 1
            if time.monotonic() >= self._purge_at_s:
                self._purge_at_s = time.monotonic() + _PURGE_EVERY_S
                await connection.execute(_PURGE, (now,))
        return taken
