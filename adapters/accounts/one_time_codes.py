"""One-time codes: short ones to be typed, long ones to be carried in a link; kept as hashes until they are used."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from adapters.database import Database
from application.ports import CodePurpose

# Crockford's base 32: no I, L, O or U, so that what is read aloud or typed cannot be mistaken.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SHORT_LETTERS = 8
_MISREAD = str.maketrans("ILO", "110")
_NOT_A_LETTER = re.compile(r"[\s-]+")
_LONG = re.compile(r"fcp_[A-Za-z0-9_-]{43}")
_ISSUE = """
INSERT INTO one_time_code (code_sha256, purpose, subject, expires_at) VALUES (%s, %s, %s, %s)
ON CONFLICT (purpose, subject) DO UPDATE SET code_sha256 = excluded.code_sha256, expires_at = excluded.expires_at
"""
_REDEEM = "DELETE FROM one_time_code WHERE code_sha256 = %s AND purpose = %s RETURNING subject, expires_at"
_WHOSE = "SELECT subject, expires_at FROM one_time_code WHERE code_sha256 = %s AND purpose = %s"
_FORGET = "DELETE FROM one_time_code WHERE expires_at <= %s"


class PostgresOneTimeCodes:
    """Implements application.ports.OneTimeCodes. A hash is looked up: how long that takes says nothing of a code."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def issue(self, purpose: CodePurpose, subject: UUID, *, valid_s: float) -> tuple[str, datetime]:
        now = datetime.now(UTC)
        expires_at = now + timedelta(seconds=valid_s)
        code = _short() if purpose == "sign_in" else "fcp_" + secrets.token_urlsafe(32)
        await self._database.fetch(_FORGET, (now,))
        await self._database.fetch(_ISSUE, (_sha256(_plain(code)), purpose, subject, expires_at))
        return code, expires_at

    async def redeem(self, purpose: CodePurpose, code: str) -> UUID | None:
        return await self._good(_REDEEM, purpose, code)

    async def whose(self, purpose: CodePurpose, code: str) -> UUID | None:
        return await self._good(_WHOSE, purpose, code)

    async def _good(self, statement: str, purpose: CodePurpose, code: str) -> UUID | None:
        async with self._database.connection() as connection, connection.cursor() as cursor:
            await cursor.execute(statement.encode(), (_sha256(_plain(code)), purpose))
            row = await cursor.fetchone()
        if row is None or row[1] <= datetime.now(UTC):
            return None
        subject: UUID = row[0]
        return subject


def _short() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(SHORT_LETTERS))
    return f"{letters[:4]}-{letters[4:]}"


def _plain(code: str) -> str:
    """As it was made, however it was typed."""
    if _LONG.fullmatch(code.strip()):
        return code.strip()
    return _NOT_A_LETTER.sub("", code).upper().translate(_MISREAD)


def _sha256(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
