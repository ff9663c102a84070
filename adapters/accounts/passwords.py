"""Passwords as argon2id hashes, made and checked in threads, so many at a time and no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from application.ports import Overloaded

# RFC 9106's second recommendation: 118 ms and 64 MiB for each, measured on two cores (decision 10).
TIME_COST = 3
MEMORY_KIB = 64 * 1024
LANES = 4
_AT_ONCE = 2
_MOST_WAITING = 32
_RETRY_AFTER_S = 3.0


class PasswordsBusy(Overloaded):
    """Two passwords are being checked, and as many wait as may."""


class ArgonPasswords:
    """Implements application.ports.Passwords. Owned by one event loop.

    Two run at a time, in 128 MiB; 32 more wait, and one beyond them is answered `PasswordsBusy`.
    """

    def __init__(self, *, time_cost: int = TIME_COST, memory_kib: int = MEMORY_KIB, lanes: int = LANES) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=lanes, type=Type.ID)
        self._running = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        async with self._turn():
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        async with self._turn():
            return await asyncio.to_thread(self._verify, password_hash, password)

    def outdated(self, password_hash: str) -> bool:
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str | None, password: str) -> bool:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash("nobody's password")
        try:
            self._hasher.verify(password_hash or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= _MOST_WAITING:
            raise PasswordsBusy(_RETRY_AFTER_S)
        self._waiting += 1
        try:
            await self._running.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._running.release()
