"""Who signed in and who was refused: without names, passwords or codes, and of an address its network alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Literal
from uuid import UUID

import msgspec
from psycopg.rows import class_row

from adapters.database import Database

SignInRoute = Literal["code", "password", "provider", "set_password"]
SignInOutcome = Literal["signed_in", "refused", "too_many"]
KEPT_DAYS = 90
_FORGET = "DELETE FROM sign_in_log WHERE at < clock_timestamp() - make_interval(days => %s)"
_READ = """
SELECT id, at, route, outcome, role, subject, network FROM sign_in_log WHERE id < %s ORDER BY id DESC LIMIT %s
"""


class LoggedSignIn(msgspec.Struct, frozen=True, kw_only=True):
    """`network`: the first 24 bits of an IPv4 address, the first 48 of an IPv6 one."""

    id: int
    at: datetime
    route: SignInRoute
    outcome: SignInOutcome
    role: str | None
    subject: UUID | None
    network: str


class SignInLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        route: SignInRoute,
        outcome: SignInOutcome,
        *,
        address: str,
        role: str | None = None,
        subject: UUID | None = None,
    ) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                "INSERT INTO sign_in_log (route, outcome, role, subject, network) VALUES (%s, %s, %s, %s, %s)",
                (route, outcome, role, subject, network_of(address)),
            )

    async def page(self, *, before: int, limit: int) -> Sequence[LoggedSignIn]:
        """The newest first. What is older than `KEPT_DAYS` is deleted when somebody looks."""
        await self._database.fetch(_FORGET, (KEPT_DAYS,))
        async with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(LoggedSignIn)) as cursor,
        ):
            await cursor.execute(_READ, (before, limit))
            return await cursor.fetchall()


def network_of(address: str) -> str:
    try:
        known = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network((known, 24 if known.version == 4 else 48), strict=False))
