"""The library's recorder on PostgreSQL through psycopg: streams, and the one global order of all events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import LiteralString
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    NotSupportedError,
    OperationalError,
    StoredEvent,
    Subscription,
)
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.numeric import Int8

from adapters.database import connect
from adapters.event_store.binary_arrays import bigints, byteas, texts, uuids

APPEND: LiteralString = "SELECT append_events(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[], %b)"
RECORDED_CHANNEL: LiteralString = "event_recorded"


def append_parameters(events: Sequence[StoredEvent], sealed_at: int | None) -> tuple[object, ...]:
    """The parameters of APPEND. `sealed_at`: the key ring's revision at sealing, None where nothing is sealed."""
    return (
        uuids(_uuid(event.originator_id) for event in events),
        bigints(event.originator_version for event in events),
        texts(event.topic for event in events),
        byteas(event.state for event in events),
        None if sealed_at is None else Int8(sealed_at),
    )


def _uuid(id: UUID | str) -> UUID:
    return id if isinstance(id, UUID) else UUID(id)


class PostgresRecorder(ApplicationRecorder):
    """Blocking, on one connection that is replaced where it was lost; one thread at a time."""

    def __init__(self, dsn: str, *, name: str = "recorder") -> None:
        self._dsn = dsn
        self._name = name
        self._connection: Connection[TupleRow] | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __enter__(self) -> PostgresRecorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: object) -> Sequence[int]:
        """Raises the library's IntegrityError where a version is taken."""
        with self._connected() as connection:
            rows = connection.execute(APPEND, append_parameters(stored_events, None), prepare=True).fetchall()
        return [position for (position,) in rows]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        statement: LiteralString = (
            "SELECT originator_id, originator_version, topic, state FROM event WHERE originator_id = %s"
            " AND originator_version > %s AND originator_version <= coalesce(%s::bigint, originator_version)"
            " ORDER BY originator_version"
        )
        statement += " DESC LIMIT %s" if desc else " LIMIT %s"
        with self._connected() as connection, connection.cursor(binary=True) as cursor:
            cursor.execute(statement, (originator_id, gt or 0, lte, limit), prepare=True)
            return [StoredEvent(*row) for row in cursor]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """In order of position; none that becomes visible later has a position in between."""
        after = 0 if start is None else start - 1 if inclusive_of_start else start
        statement: LiteralString = (
            "SELECT originator_id, originator_version, topic, state, notification_id FROM event"
            " WHERE notification_id > %s"
        )
        parameters: list[object] = [after]
        if stop is not None:
            statement += " AND notification_id <= %s"
            parameters.append(stop)
        if topics:
            statement += " AND topic = ANY(%s)"
            parameters.append(list(topics))
        with self._connected() as connection, connection.cursor(binary=True) as cursor:
            cursor.execute(statement + " ORDER BY notification_id LIMIT %s", (*parameters, limit), prepare=True)
            return [Notification(*row) for row in cursor]

    def max_notification_id(self) -> int | None:
        with self._connected() as connection:
            rows = connection.execute("SELECT max(notification_id) FROM event").fetchall()
        head: int | None = rows[0][0]
        return head

    def subscribe(
        self,
        gt: int | None = None,  # noqa: ARG002 — the library's signature
        topics: Sequence[str] = (),  # noqa: ARG002
    ) -> Subscription[ApplicationRecorder]:
        # The library's subscription reads before it listens, and ends with its connection.
        raise NotSupportedError("events are followed by adapters.event_store.projections")

    @contextmanager
    def _connected(self) -> Iterator[Connection[TupleRow]]:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = connect(self._dsn, name=self._name)
            yield self._connection
        except psycopg.errors.UniqueViolation as error:
            raise IntegrityError(str(error)) from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise OperationalError(str(error)) from error
