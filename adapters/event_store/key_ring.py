"""Everybody's keys: one a person, wrapped in the database, gone in every process once the person is erased."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import LiteralString
from uuid import UUID

from cryptography.exceptions import InvalidTag
from psycopg import Connection
from psycopg.rows import TupleRow

from adapters.database import connect
from adapters.event_store import key_file
from adapters.event_store.key_file import KeysUnavailable
from adapters.event_store.key_wrapping import unwrap, wrap
from adapters.event_store.sealing import REFERENCE_BYTES, DataKey, References, keyed_hash
from application.ports import PersonErased

MOST_CACHED = 50_000
APPEND_LOCK = 7305804402510
_CREATE_ATTEMPTS = 3


class _Cache:
    """Keys as they were at one revision; a later one gets a new cache, so that no erased key outlives its person."""

    def __init__(self, revision: int) -> None:
        self.revision = revision
        self.by_subject: dict[UUID, DataKey] = {}
        self.by_reference: dict[bytes, DataKey | None] = {}


class KeyRing:
    """One connection of its own, used by one thread at a time; any thread may call.

    What asks the database blocks: an event loop calls `prepare`, `fetch` and `refresh` in a thread.
    """

    def __init__(self, dsn: str, path: Path) -> None:
        self._dsn = dsn
        self._path = path
        self._material = key_file.load_or_create(path)
        self.references = References(self._material.reference_key)
        self._lock = threading.RLock()
        self._connection: Connection[TupleRow] | None = None
        self._cache = _Cache(0)

    def open(self) -> None:
        """Check that the key file belongs to this database. Raises KeysUnavailable."""
        try:
            self._check()
            self.refresh()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def __enter__(self) -> KeyRing:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Reading

    @property
    def revision(self) -> int:
        return self._cache.revision

    def observe(self, revision: int) -> None:
        """A revision was read in the database: keys cached at a lower one are dropped."""
        if revision <= self._cache.revision:
            return  # no lock: an event loop asks with every read
        with self._lock:
            if revision > self._cache.revision:
                self._cache = _Cache(revision)

    def refresh(self) -> None:
        """Ask the database for the revision."""
        with self._lock, self._connected() as connection:
            (revision,) = connection.execute("SELECT revision FROM key_ring").fetchall()[0]
        self.observe(revision)

    def to_open(self, hidden: bytes, missing: set[bytes]) -> DataKey | None:
        """The key behind an event's reference; None where its person was erased.

        None too where it is not cached; then the reference is put into `missing`.
        """
        try:
            reference = self.references.find(hidden)
        except InvalidTag:
            raise KeysUnavailable("an event was sealed under another key file") from None
        found = self._cache.by_reference.get(reference, _NOT_CACHED)
        if found is _NOT_CACHED:
            missing.add(reference)
            return None
        return found

    def reference_of(self, person: UUID) -> bytes | None:
        """By which events name the person's key; None where they have none, or were erased. Makes no key."""
        with self._lock:
            found = dict(self._select("k.tag", [self._hash(b"person", person.bytes)]))
        key = next(iter(found.values()), None)
        return None if key is None else key.reference

    def fetch(self, references: Iterable[bytes]) -> None:
        """Cache the keys of a whole page in one query."""
        lookups = {self._hash(b"lookup", reference): reference for reference in references}
        with self._lock:
            found = {key.reference: key for _, key in self._select("k.lookup", list(lookups)) if key is not None}
            for reference in lookups.values():
                self._cache.by_reference[reference] = found.get(reference)

    # Writing

    def holds(self, subjects: Iterable[UUID]) -> bool:
        """Whether all their keys are cached."""
        cached = self._cache.by_subject
        return all(subject in cached for subject in subjects)

    def prepare(self, subjects: Iterable[UUID]) -> None:
        """Cache their keys, making those that are missing. Raises PersonErased."""
        tags = {self._hash(b"person", subject.bytes): subject for subject in subjects}
        with self._lock:
            for _ in range(_CREATE_ATTEMPTS):
                found = dict(self._select("k.tag", list(tags)))
                for tag, key in found.items():
                    if key is None:
                        raise PersonErased(str(tags[tag]))
                    self._cache.by_subject[tags[tag]] = key
                if len(found) == len(tags):
                    return
                self._create([tag for tag in tags if tag not in found])
        raise KeysUnavailable("a key that was just made cannot be found")

    def to_seal(self, subject: UUID) -> DataKey:
        """Raises PersonErased. Blocks on the database unless the key was prepared."""
        for _ in range(_CREATE_ATTEMPTS):
            key = self._cache.by_subject.get(subject)
            if key is not None:
                return key
            self.prepare([subject])
        raise KeysUnavailable("keys are being erased faster than they can be read")

    async def erase(self, person: UUID) -> None:
        """Destroy the person's key. From here on every process reads what was sealed under it as erased."""
        await asyncio.to_thread(self.erase_blocking, person)

    def erase_blocking(self, person: UUID) -> None:
        tag = self._hash(b"person", person.bytes)
        with self._lock, self._connected() as connection:
            with connection.transaction():
                # The lock of append_events: an event about this person is either recorded before, or not at all.
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (APPEND_LOCK,))
                rows = connection.execute("UPDATE key_ring SET revision = revision + 1 RETURNING revision").fetchall()
                connection.execute(
                    "INSERT INTO person_key (tag) VALUES (%s)"
                    " ON CONFLICT (tag) DO UPDATE SET lookup = NULL, kek_id = NULL, wrapped = NULL",
                    (tag,),
                )
            self.observe(rows[0][0])
        self._vacuum()

    async def erased(self, people: Sequence[UUID]) -> set[UUID]:
        """Those of them whose key was destroyed."""
        return await asyncio.to_thread(self._erased, people)

    def _erased(self, people: Sequence[UUID]) -> set[UUID]:
        tags = {self._hash(b"person", person.bytes): person for person in people}
        with self._lock, self._connected() as connection:
            rows = connection.execute(
                "SELECT tag FROM person_key WHERE tag = ANY(%s) AND wrapped IS NULL", (list(tags),)
            ).fetchall()
        return {tags[tag] for (tag,) in rows}

    # The database

    def _check(self) -> None:
        with self._lock, self._connected() as connection:
            first = next(iter(self._material.key_encryption_keys))
            connection.execute("UPDATE key_ring SET kek_id = %s WHERE kek_id IS NULL", (first,))
            (in_use,) = connection.execute("SELECT kek_id FROM key_ring").fetchall()[0]
            self._key_encryption_key(in_use)

    @contextmanager
    def _connected(self) -> Iterator[Connection[TupleRow]]:
        """The connection, replaced where it was lost."""
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._dsn, name="key ring")
        yield self._connection

    def _vacuum(self) -> None:
        """A row's dead version still holds the wrapped key."""
        with connect(self._dsn, name="key ring vacuum") as connection:
            connection.execute("VACUUM person_key")

    def _select(self, column: LiteralString, values: list[bytes]) -> list[tuple[bytes, DataKey | None]]:
        """(tag, key) of the rows asked for; None for a tombstone. The revision is read in the same snapshot."""
        statement: LiteralString = (
            "SELECT r.revision, k.tag, k.kek_id, k.wrapped FROM key_ring r LEFT JOIN person_key k ON "
        )
        with self._connected() as connection:
            rows = connection.execute(statement + column + " = ANY(%s)", (values,), prepare=True).fetchall()
        self.observe(rows[0][0])
        if len(self._cache.by_reference) + len(self._cache.by_subject) > MOST_CACHED:
            self._cache = _Cache(self._cache.revision)
        return [
            (tag, None if wrapped is None else unwrap(self._key_encryption_key(kek), tag, wrapped))
            for _, tag, kek, wrapped in rows
            if tag is not None
        ]

    def _create(self, tags: list[bytes]) -> None:
        with self._connected() as connection, connection.transaction():
            # Shared: a rotation waits for us and we for it, so that no key is wrapped under one that is destroyed.
            (in_use,) = connection.execute("SELECT kek_id FROM key_ring FOR SHARE").fetchall()[0]
            wrapping = self._key_encryption_key(in_use)
            for tag in sorted(tags):
                key = DataKey.new()
                connection.execute(
                    "INSERT INTO person_key (tag, lookup, kek_id, wrapped) VALUES (%s, %s, %s, %s)"
                    " ON CONFLICT DO NOTHING",
                    (tag, self._hash(b"lookup", key.reference), in_use, wrap(wrapping, tag, key)),
                )

    def _key_encryption_key(self, id: str) -> bytes:
        """Another process may have rotated: then the file knows more than we do."""
        if id not in self._material.key_encryption_keys:
            self._material = key_file.load(self._path)
        try:
            return self._material.key_encryption_keys[id]
        except KeyError:
            raise KeysUnavailable(f"{self._path} does not hold key {id}, which this database uses") from None

    def _hash(self, purpose: bytes, value: bytes) -> bytes:
        return keyed_hash(self._material.index_key, purpose, value)


_NOT_CACHED = DataKey.of(bytes(REFERENCE_BYTES), bytes(32))
