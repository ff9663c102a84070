"""Opens the outbox of a state folder: one station at a time, and a corrupt database is moved aside and reported."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from edge_device.durable_file import sync_folder
from edge_device.outbox import Outbox, OutboxFailed, Quota
from edge_device.station_lock import FolderUnusable, take_lock
from edge_device.vault import Unreadable, open_vault

_DATABASE = "outbox.db"
_KEY = "device.key"


@dataclass(frozen=True, slots=True)
class OpenedOutbox:
    """`moved_aside`: where the corrupt database of before lies now, None where there was none."""

    outbox: Outbox
    moved_aside: Path | None
    lock: int

    def close(self) -> None:
        self.outbox.close()
        os.close(self.lock)


def open_outbox(folder: Path, *, boot_id: str, quota: Quota | None = None) -> OpenedOutbox:
    """Raises `OutboxFailed` where another station runs on the folder, or where it cannot be written."""
    try:
        lock = take_lock(folder)
    except FolderUnusable as error:
        raise OutboxFailed(f"the outbox in {folder} cannot be opened: {error}") from error
    try:
        vault = open_vault(folder / _KEY)
        connection, moved_aside = _open_or_move_aside(folder / _DATABASE)
        sync_folder(folder)
        outbox = Outbox(connection, vault, boot_id=boot_id, quota=quota or Quota())
        return OpenedOutbox(outbox, moved_aside, lock)
    except (OSError, sqlite3.Error, Unreadable) as error:
        os.close(lock)
        raise OutboxFailed(f"the outbox in {folder} cannot be opened: {error}") from error


def _open_or_move_aside(database: Path) -> tuple[sqlite3.Connection, Path | None]:
    try:
        return _open(database), None
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
    moved_aside = _move_aside(database)
    return _open(database), moved_aside


def _open(database: Path) -> sqlite3.Connection:
    # The outbox takes its own lock around every call, so that any thread may make one.
    connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    try:
        database.chmod(0o600)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = FAST")
        connection.execute("PRAGMA wal_autocheckpoint = 512")
        connection.execute("PRAGMA journal_size_limit = 4194304")
        connection.executescript(files("edge_device").joinpath("outbox.sql").read_text(encoding="utf-8"))
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            corrupt = sqlite3.DatabaseError(verdict)
            corrupt.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise corrupt
    except BaseException:
        connection.close()
        raise
    return connection


def _move_aside(database: Path) -> Path:
    number = 1
    while (aside := database.with_name(f"{database.name}.corrupt-{number}")).exists():
        number += 1
    for suffix in ("-wal", "-shm"):
        companion = database.with_name(database.name + suffix)
        if companion.exists():
            companion.rename(aside.with_name(aside.name + suffix))
    database.rename(aside)
    return aside
