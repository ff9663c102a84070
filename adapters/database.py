"""The one way to open the database: single connections, and a bounded set of them for an event loop's short queries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType

import psycopg
from psycopg import AsyncConnection, Connection
from psycopg.rows import TupleRow

CONNECT_TIMEOUT_S = 5
_SERVER_GONE = "57P"  # shutdown, crash, starting up


def connect(dsn: str, *, name: str) -> Connection[TupleRow]:
    """A connection in autocommit; `name` shows in pg_stat_activity."""
    return psycopg.connect(dsn, autocommit=True, application_name=name, connect_timeout=CONNECT_TIMEOUT_S)


async def connect_async(dsn: str, *, name: str) -> AsyncConnection[TupleRow]:
    """A connection in autocommit for the running event loop."""
    return await AsyncConnection.connect(dsn, autocommit=True, application_name=name, connect_timeout=CONNECT_TIMEOUT_S)


class Database:
    """At most `size` connections, opened when needed and owned by one event loop; a caller beyond them waits.

    One that was lost (the server restarted) is replaced when it is next asked for.
    """

    def __init__(self, dsn: str, *, name: str = "facecheckin", size: int = 4) -> None:
        self.dsn = dsn
        self._name = name
        self._idle: list[AsyncConnection[TupleRow]] = []
        self._size = size
        self._in_use = 0
        self._free = asyncio.Semaphore(size)

    async def __aenter__(self) -> Database:
        self._idle.append(await connect_async(self.dsn, name=self._name))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    @property
    def figures(self) -> Mapping[str, int]:
        """How many connections are idle and in use now, and how many there may be."""
        return {"idle": len(self._idle), "in_use": self._in_use, "most": self._size}

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[TupleRow]]:
        async with self._free:
            connection = self._idle.pop() if self._idle else await connect_async(self.dsn, name=self._name)
            self._in_use += 1
            try:
                yield connection
            finally:
                self._in_use -= 1
                if connection.broken or connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                    with suppress(psycopg.Error):
                        await connection.close()
                if not connection.closed:
                    self._idle.append(connection)

    async def fetch(self, statement: str, parameters: Sequence[object] = (), *, binary: bool = False) -> list[TupleRow]:
        """The rows of one statement. It is sent again where the connection was lost, so it must be safe to repeat."""
        try:
            return await self._fetch(statement, parameters, binary=binary)
        except psycopg.OperationalError as error:
            if error.sqlstate is not None and not error.sqlstate.startswith(_SERVER_GONE):
                raise
        await self.close()  # the others that are idle went with it
        return await self._fetch(statement, parameters, binary=binary)

    async def _fetch(self, statement: str, parameters: Sequence[object], *, binary: bool) -> list[TupleRow]:
        async with self.connection() as connection, connection.cursor(binary=binary) as cursor:
            await cursor.execute(statement.encode(), parameters, prepare=True)
            return await cursor.fetchall() if cursor.description else []
