"""Personal data: readable while the person's key exists, by nobody and nowhere afterwards."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from eventsourcing.persistence import StoredEvent

from adapters.database import connect
from adapters.event_store import key_file as key_files
from adapters.event_store.key_file import KeysUnavailable
from adapters.event_store.key_ring import KeyRing
from adapters.event_store.key_rotation import rotate
from adapters.event_store.mapper import Recorded, SealingMapper, subjects_of
from application.ports import PersonErased
from domain.person import Registered
from tests.event_store.samples import ambiguous, check_in_of, matched, registered


@pytest.fixture
def keys(database: str, key_file: Path) -> Iterator[KeyRing]:
    with KeyRing(database, key_file) as ring:
        yield ring


def sealed(keys: KeyRing, person: UUID) -> StoredEvent:
    return SealingMapper(keys).to_stored_event(Recorded(person, 1, registered(person)[0]))


def name_in(keys: KeyRing, stored: StoredEvent) -> str | None:
    event = SealingMapper(keys).to_domain_event(stored).event
    assert isinstance(event, Registered)
    return event.name.reveal()


def test_a_sealed_event_reads_back_and_shows_neither_value_nor_person(keys: KeyRing) -> None:
    person = uuid4()
    stored = SealingMapper(keys).to_stored_event(Recorded(uuid4(), 2, matched(person)[0]))
    assert SealingMapper(keys).to_domain_event(stored).event == matched(person)[0]
    for form in (str(person), person.hex):
        assert form.encode() not in stored.state
    assert b"Ada" not in sealed(keys, person).state


def test_two_events_about_one_person_have_nothing_in_common_that_tells(keys: KeyRing) -> None:
    person = uuid4()
    mapper = SealingMapper(keys)
    references = set()
    for _ in range(20):
        stored = mapper.to_stored_event(Recorded(uuid4(), 2, matched(person)[0]))
        fields = msgspec.json.decode(stored.state, type=dict[str, msgspec.Raw])
        references |= set(msgspec.json.decode(fields["person"], type=dict[str, str]).values())
    assert len(references) == 40


def test_the_database_names_nobody_beside_their_key(database: str, keys: KeyRing) -> None:
    person = uuid4()
    sealed(keys, person)
    with connect(database, name="test") as connection:
        (row,) = connection.execute("SELECT person_key::text FROM person_key").fetchall()[0]
    assert str(person) not in row
    assert person.hex not in row


def test_an_erased_person_reads_as_erased_and_others_do_not(keys: KeyRing) -> None:
    ada, bob = uuid4(), uuid4()
    of_ada, of_bob = sealed(keys, ada), sealed(keys, bob)
    keys.erase_blocking(ada)
    assert name_in(keys, of_ada) is None
    assert name_in(keys, of_bob) == "Ada Lovelace"
    event = SealingMapper(keys).to_domain_event(of_ada).event
    assert isinstance(event, Registered)
    assert event.name.subject is None


def test_an_erased_candidate_leaves_the_other_one_readable(keys: KeyRing) -> None:
    ada, bob = uuid4(), uuid4()
    mapper = SealingMapper(keys)
    stored = mapper.to_stored_event(Recorded(uuid4(), 2, ambiguous(ada, bob)[0]))
    keys.erase_blocking(ada)
    (first, second) = mapper.to_domain_event(stored).event.candidates  # type: ignore[union-attr]  # it is a rejection
    assert (first.reveal(), second.reveal()) == (None, bob)


def test_another_process_with_the_key_in_memory_reads_as_erased_once_it_has_asked(
    database: str, key_file: Path, keys: KeyRing
) -> None:
    person = uuid4()
    stored = sealed(keys, person)
    assert name_in(keys, stored) == "Ada Lovelace"
    program = (
        "import sys, pathlib, uuid; from adapters.event_store.key_ring import KeyRing;"
        "ring = KeyRing(sys.argv[1], pathlib.Path(sys.argv[2])); ring.open();"
        "ring.erase_blocking(uuid.UUID(sys.argv[3])); ring.close()"
    )
    subprocess.run([sys.executable, "-c", program, database, key_file, str(person)], check=True)
    keys.refresh()
    assert name_in(keys, stored) is None


def test_no_new_key_is_made_for_an_erased_person_even_one_who_never_had_any(keys: KeyRing) -> None:
    known, unknown = uuid4(), uuid4()
    sealed(keys, known)
    for person in (known, unknown):
        keys.erase_blocking(person)
        with pytest.raises(PersonErased):
            sealed(keys, person)


def test_two_processes_that_meet_a_person_first_agree_on_one_key(database: str, key_file: Path, keys: KeyRing) -> None:
    person = uuid4()
    with KeyRing(database, key_file) as other:
        assert sealed(other, person)
        assert keys.to_seal(person).key == other.to_seal(person).key


def test_a_page_of_keys_is_fetched_at_once(database: str, key_file: Path, keys: KeyRing) -> None:
    people = [uuid4() for _ in range(50)]
    page = [sealed(keys, person) for person in people]
    with KeyRing(database, key_file) as fresh:
        _, missing = SealingMapper(fresh).open_cached(page)
        assert len(missing) == 50
        fresh.fetch(missing)
        events, missing = SealingMapper(fresh).open_cached(page)
    assert missing == set()
    assert [one.event for one in events] == [registered(person)[0] for person in people]


def test_anonymous_reading_touches_no_key(database: str, key_file: Path, keys: KeyRing) -> None:
    stored = sealed(keys, uuid4())
    closed = KeyRing(database, key_file)
    event = SealingMapper(closed).to_anonymous_event(stored).event
    assert isinstance(event, Registered)
    assert event.name.erased
    assert closed.revision == 0, "the database was asked"


def test_rotation_keeps_the_living_and_makes_a_backup_of_an_erased_key_useless(
    database: str, key_file: Path, keys: KeyRing
) -> None:
    ada, bob = uuid4(), uuid4()
    of_ada, of_bob = sealed(keys, ada), sealed(keys, bob)
    with connect(database, name="test") as connection:
        connection.execute("CREATE TABLE backup AS SELECT * FROM person_key")
        with KeyRing(database, key_file) as another_process:
            keys.erase_blocking(ada)
            assert rotate(database, key_file) == 1
            assert name_in(another_process, of_bob) == "Ada Lovelace"
            assert name_in(another_process, sealed(another_process, uuid4())) == "Ada Lovelace"
        connection.execute(
            "UPDATE person_key k SET lookup = b.lookup, kek_id = b.kek_id, wrapped = b.wrapped FROM backup b"
            " WHERE b.tag = k.tag AND k.wrapped IS NULL"
        )
        connection.execute("UPDATE key_ring SET revision = revision + 1")
    with KeyRing(database, key_file) as fresh:
        assert name_in(fresh, of_bob) == "Ada Lovelace"
        with pytest.raises(KeysUnavailable):
            name_in(fresh, of_ada)


def test_the_key_file_is_private_and_is_not_the_same_twice(tmp_path: Path) -> None:
    first = key_files.load_or_create(tmp_path / "a" / "keys.json")
    assert stat.S_IMODE((tmp_path / "a" / "keys.json").stat().st_mode) == 0o600
    assert first == key_files.load_or_create(tmp_path / "a" / "keys.json")
    assert first != key_files.load_or_create(tmp_path / "b" / "keys.json")


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    key_files.load_or_create(path)
    path.chmod(0o644)
    with pytest.raises(KeysUnavailable, match="can be read by others"):
        key_files.load_or_create(path)


def test_the_key_file_of_another_database_is_refused_at_the_start(database: str, tmp_path: Path, keys: KeyRing) -> None:
    with pytest.raises(KeysUnavailable, match="which this database uses"):
        KeyRing(database, tmp_path / "other.json").open()


def test_everyone_in_an_event_is_found_for_sealing() -> None:
    ada, bob = uuid4(), uuid4()
    assert subjects_of(check_in_of(ada)) == {ada}
    assert subjects_of(ambiguous(ada, bob)) == {ada, bob}
    assert subjects_of(registered(bob)) == {bob}
