"""Keeps bursts until the server has answered for them: a durable, encrypted queue with a quota."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from edge_device.record import DeadLetter, Draft, Operation, Record, Waiting, pack_frames, unpack_frames
from edge_device.vault import Unreadable, Vault

_DEAD_LETTERS_KEPT = 1000

FullReason = Literal["items", "bytes", "disk"]


class OutboxFull(Exception):
    """Nothing more can be kept: `reason` is the quota of items, the quota of bytes, or the disk."""

    def __init__(self, reason: FullReason, detail: str) -> None:
        super().__init__(detail)
        self.reason: FullReason = reason


class OutboxFailed(Exception):
    """The disk or the database does not work; opening the outbox again moves a corrupt one aside."""


@dataclass(frozen=True, slots=True)
class Quota:
    items: int = 2000
    bytes: int = 512 * 1024 * 1024


class Outbox:
    """Safe to call from any thread: one lock, one connection, each call one transaction.

    `put` returns after fsync, and only then may a person be told "saved". What is written after that is not synced:
    losing an acknowledgement to a power cut only sends the same burst id again.
    """

    def __init__(self, connection: sqlite3.Connection, vault: Vault, *, boot_id: str, quota: Quota) -> None:
        self._connection = connection
        self._vault = vault
        self._boot_id = boot_id
        self._quota = quota
        self._lock = threading.Lock()
        self._items = 0
        self._bytes = 0
        self._count()

    @property
    def waiting_items(self) -> int:
        return self._items

    @property
    def waiting_bytes(self) -> int:
        return self._bytes

    def put(self, draft: Draft) -> Waiting:
        """Keep a burst; raises `OutboxFull`."""
        wrapped_key, frames = self._vault.seal_record(pack_frames(draft.primary, draft.jpegs), draft.burst_id)
        claim = None if draft.user_id is None else self._vault.seal(draft.user_id.encode(), _claim_of(draft.burst_id))
        with self._lock:
            self._check_quota(len(frames))
            sequence = self._write(lambda: self._insert(draft, claim, frames, wrapped_key), durable=True)
            self._items += 1
            self._bytes += len(frames)
        return Waiting(sequence, draft.burst_id, None)

    def waiting(self) -> list[Waiting]:
        """Everything kept, in the order it was put."""
        rows = self._read("SELECT sequence, burst_id, checkin_id FROM record ORDER BY sequence")
        return [Waiting(*row) for row in rows]

    def load(self, sequence: int) -> Record:
        """A kept burst with its frames; raises `Unreadable` where this device's key does not open it."""
        rows = self._read(
            "SELECT burst_id, boot_id, monotonic_ns, claim, captured_at, checkin_id, frames, wrapped"
            " FROM record LEFT JOIN record_key USING (sequence) WHERE sequence = ?",
            sequence,
        )
        if not rows:
            raise KeyError(sequence)
        burst_id, boot_id, monotonic_ns, claim, captured_at, checkin_id, frames, wrapped_key = rows[0]
        if wrapped_key is None:
            raise Unreadable(f"{burst_id} has no key")
        primary, jpegs = unpack_frames(self._vault.open_record(wrapped_key, frames, burst_id))
        return Record(
            sequence=sequence,
            burst_id=burst_id,
            boot_id=boot_id,
            monotonic_ns=monotonic_ns,
            user_id=self._open_claim(claim, burst_id),
            primary=primary,
            jpegs=jpegs,
            captured_at=captured_at,
            checkin_id=checkin_id,
        )

    def settle_time(self, sequence: int, captured_at: str | None) -> None:
        """From now on every attempt carries this time ("" for unknown); None leaves it open again."""
        self._change("UPDATE record SET captured_at = ? WHERE sequence = ?", captured_at, sequence)

    def identified(self, sequence: int, checkin_id: str) -> None:
        """The server has answered who it is; the frames stay for the emotion."""
        self._change("UPDATE record SET checkin_id = ? WHERE sequence = ?", checkin_id, sequence)

    def remove(self, sequence: int) -> None:
        """The server has answered for all of it: frames and key are deleted."""
        with self._lock:
            self._write(lambda: self._delete(sequence), durable=False)
            self._count()

    def bury(self, sequence: int, operation: Operation, code: str, detail: str) -> None:
        """The server will never take it: keep what is known about it, and no pixels."""
        with self._lock:
            self._write(lambda: self._move_to_dead_letters(sequence, operation, code, detail), durable=False)
            self._count()

    def dead_letters(self) -> list[DeadLetter]:
        rows = self._read(
            "SELECT sequence, burst_id, boot_id, monotonic_ns, claim, captured_at, checkin_id, operation, code, detail"
            " FROM dead_letter ORDER BY sequence"
        )
        return [
            DeadLetter(
                sequence=row[0],
                burst_id=row[1],
                boot_id=row[2],
                monotonic_ns=row[3],
                user_id=self._open_claim_if_possible(row[4], row[1]),
                captured_at=row[5],
                checkin_id=row[6],
                operation=row[7],
                code=row[8],
                detail=row[9],
            )
            for row in rows
        ]

    def count_dead_letters(self) -> int:
        count: int = self._read("SELECT count(*) FROM dead_letter")[0][0]
        return count

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _check_quota(self, more_bytes: int) -> None:
        if self._items >= self._quota.items:
            raise OutboxFull("items", f"{self._items} bursts wait already, of at most {self._quota.items}")
        if self._bytes + more_bytes > self._quota.bytes:
            raise OutboxFull("bytes", f"{self._bytes} bytes wait already, of at most {self._quota.bytes}")

    def _insert(self, draft: Draft, claim: bytes | None, frames: bytes, wrapped_key: bytes) -> int:
        cursor = self._connection.execute(
            "INSERT INTO record (burst_id, boot_id, monotonic_ns, claim, bytes, frames) VALUES (?, ?, ?, ?, ?, ?)",
            (draft.burst_id, self._boot_id, draft.monotonic_ns, claim, len(frames), frames),
        )
        sequence = cursor.lastrowid
        assert sequence is not None
        self._connection.execute("INSERT INTO record_key (sequence, wrapped) VALUES (?, ?)", (sequence, wrapped_key))
        return sequence

    def _delete(self, sequence: int) -> int:
        return self._connection.execute("DELETE FROM record WHERE sequence = ?", (sequence,)).rowcount

    def _move_to_dead_letters(self, sequence: int, operation: Operation, code: str, detail: str) -> int:
        self._connection.execute(
            "INSERT OR REPLACE INTO dead_letter SELECT sequence, burst_id, boot_id, monotonic_ns, claim, captured_at,"
            " checkin_id, ?, ?, ? FROM record WHERE sequence = ?",
            (operation, code, detail, sequence),
        )
        self._connection.execute(
            "DELETE FROM dead_letter WHERE sequence NOT IN"
            " (SELECT sequence FROM dead_letter ORDER BY sequence DESC LIMIT ?)",
            (_DEAD_LETTERS_KEPT,),
        )
        return self._delete(sequence)

    def _change(self, statement: str, value: str | None, sequence: int) -> None:
        with self._lock:
            self._write(lambda: self._connection.execute(statement, (value, sequence)).rowcount, durable=False)

    def _count(self) -> None:
        row = self._connection.execute("SELECT count(*), coalesce(sum(bytes), 0) FROM record").fetchone()
        self._items, self._bytes = row

    def _read(self, query: str, *values: int) -> list[Any]:  # Any: a row has no types; outbox.sql states them
        with self._lock:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise OutboxFailed(str(error)) from error

    def _write(self, statements: Callable[[], int], *, durable: bool) -> int:
        """One transaction. In WAL mode FULL syncs the log at commit and NORMAL does not."""
        try:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                result = statements()
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
                raise OutboxFull("disk", "the disk is full") from error
            raise OutboxFailed(str(error)) from error
        return result

    def _open_claim(self, claim: bytes | None, burst_id: str) -> str | None:
        return None if claim is None else self._vault.open(claim, _claim_of(burst_id)).decode()

    def _open_claim_if_possible(self, claim: bytes | None, burst_id: str) -> str | None:
        try:
            return self._open_claim(claim, burst_id)
        except Unreadable:
            return None


def _claim_of(burst_id: str) -> str:
    return f"claim of {burst_id}"
