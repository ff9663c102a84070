"""Rotating the key-encryption key: the old file opens nothing any more, and kill -9 at any moment loses nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag
from eventsourcing.persistence import StoredEvent

from adapters.database import connect
from adapters.event_store import key_file as key_files
from adapters.event_store.key_file import KeysUnavailable
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.key_rotation import check, rotate
from adapters.event_store.key_wrapping import unwrap
from adapters.event_store.mapper import Recorded, SealingMapper
from domain.person import Registered
from tests.event_store.killed_rotation import MOMENTS
from tests.event_store.samples import registered

PEOPLE = 5


@pytest.fixture
def sealed(database: str, key_file: Path) -> Iterator[dict[UUID, StoredEvent]]:
    """Somebody's event each, sealed before any rotation."""
    with KeyRing(database, key_file) as keys:
        mapper = SealingMapper(keys)
        people = [uuid4() for _ in range(PEOPLE)]
        yield {person: mapper.to_stored_event(Recorded(person, 1, registered(person)[0])) for person in people}


def names(dsn: str, key_file: Path, sealed: dict[UUID, StoredEvent]) -> list[str | None]:
    with KeyRing(dsn, key_file) as keys:
        events = SealingMapper(keys).to_domain_events(list(sealed.values()))
        return [one.event.name.reveal() for one in events if isinstance(one.event, Registered)]


def test_the_old_key_file_opens_nothing_after_a_rotation(
    database: str, key_file: Path, sealed: dict[UUID, StoredEvent], tmp_path: Path
) -> None:
    old = tmp_path / "stolen.json"
    shutil.copy2(key_file, old)
    assert names(database, old, sealed) == ["Ada Lovelace"] * PEOPLE
    assert rotate(database, key_file) == PEOPLE
    with pytest.raises(KeysUnavailable):
        names(database, old, sealed)
    with connect(database, name="test") as connection:
        rows = connection.execute("SELECT tag, wrapped FROM person_key").fetchall()
    for key in key_files.load(old).key_encryption_keys.values():
        for tag, wrapped in rows:
            with pytest.raises(InvalidTag):
                unwrap(key, tag, wrapped)
    assert names(database, key_file, sealed) == ["Ada Lovelace"] * PEOPLE


def test_the_old_wrapped_keys_are_in_no_file_of_the_table(
    database: str, key_file: Path, sealed: dict[UUID, StoredEvent]
) -> None:
    with connect(database, name="test") as connection:
        before = [wrapped for (wrapped,) in connection.execute("SELECT wrapped FROM person_key").fetchall()]
        rotate(database, key_file)
        connection.execute("CHECKPOINT")
        (path,) = connection.execute("SELECT pg_relation_filepath('person_key')").fetchall()[0]
        content = Path(f"/proc/{connection.info.backend_pid}/cwd/{path}").read_bytes()
        after = [wrapped for (wrapped,) in connection.execute("SELECT wrapped FROM person_key").fetchall()]
    assert all(wrapped in content for wrapped in after)
    assert not any(wrapped in content for wrapped in before)


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_everything_opens_and_the_next_rotation_completes_it(
    database: str, key_file: Path, sealed: dict[UUID, StoredEvent], tmp_path: Path, moment: str
) -> None:
    old = tmp_path / "stolen.json"
    shutil.copy2(key_file, old)
    arguments = [sys.executable, "-m", "tests.event_store.killed_rotation", database, str(key_file), moment]
    killed = subprocess.run(arguments, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert names(database, key_file, sealed) == ["Ada Lovelace"] * PEOPLE
    assert check(database, key_file).unreadable == 0
    assert check(database, key_file).sound == (moment in ("before-first-write", "after-last-write"))
    assert rotate(database, key_file) == PEOPLE
    assert check(database, key_file).sound
    assert names(database, key_file, sealed) == ["Ada Lovelace"] * PEOPLE
    with pytest.raises(KeysUnavailable):
        names(database, old, sealed)


def test_keys_made_while_a_rotation_runs_open_after_it(
    database: str, key_file: Path, sealed: dict[UUID, StoredEvent]
) -> None:
    stop = threading.Event()
    made: dict[UUID, StoredEvent] = {}

    def make() -> None:
        with KeyRing(database, key_file) as keys:
            while not stop.is_set():
                person = uuid4()
                made[person] = SealingMapper(keys).to_stored_event(Recorded(person, 1, registered(person)[0]))

    making = threading.Thread(target=make)
    making.start()
    try:
        for _ in range(5):
            rotate(database, key_file)
    finally:
        stop.set()
        making.join()
    assert made
    assert names(database, key_file, made) == ["Ada Lovelace"] * len(made)
    assert check(database, key_file).sound


def test_a_check_counts_the_living_and_the_erased(
    database: str, key_file: Path, sealed: dict[UUID, StoredEvent]
) -> None:
    with KeyRing(database, key_file) as keys:
        keys.erase_blocking(next(iter(sealed)))
    checked = check(database, key_file)
    assert (checked.people, checked.erased, checked.unreadable, checked.superseded) == (PEOPLE - 1, 1, 0, 0)


def test_a_check_with_another_key_file_says_that_nothing_opens(
    database: str, sealed: dict[UUID, StoredEvent], tmp_path: Path
) -> None:
    other = tmp_path / "other.json"
    key_files.load_or_create(other)
    assert check(database, other).unreadable == PEOPLE
    with pytest.raises(KeysUnavailable):
        rotate(database, other)
    assert len(key_files.load(other).key_encryption_keys) == 1


def test_there_is_nothing_to_rotate_without_a_key_file(database: str, tmp_path: Path) -> None:
    with pytest.raises(KeysUnavailable):
        rotate(database, tmp_path / "missing.json")
