"""What is left in the database of an erased person, looked for with no help from the code that put it there."""

from __future__ import annotations

import base64
from pathlib import Path
from uuid import UUID

import pytest
from psycopg.sql import SQL, Identifier

from adapters.database import connect
from adapters.record import open_record
from domain.check_in import check_in_id
from tests.event_store.samples import matched, started
from tests.read_models.test_read_models import embedding, erase, register

pytestmark = pytest.mark.anyio
STATION = UUID(int=77)


def dump(dsn: str) -> dict[str, str]:
    """Every row of every table as text, bytes as the text they hold, where they hold text."""
    dumped = {}
    with connect(dsn, name="dump") as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(SQL("SELECT t::text FROM {} t").format(Identifier(table))).fetchall()
            dumped[table] = "\n".join(row for (row,) in rows)
        states = connection.execute("SELECT topic || ' ' || convert_from(state, 'UTF8') FROM event").fetchall()
        dumped["event, readable"] = "\n".join(state for (state,) in states)
    return dumped


def places(dsn: str, *needles: str) -> set[str]:
    forms = {
        form
        for needle in needles
        for form in (needle, needle.encode().hex(), base64.b64encode(needle.encode()).decode().rstrip("="))
    }
    return {table for table, text in dump(dsn).items() if any(form in text for form in forms)}


async def test_neither_name_nor_user_id_nor_embedding_of_an_erased_person_is_left(
    database: str, key_file: Path
) -> None:
    vector = f"{embedding(1)[0]:.5g}"[:7]
    async with open_record(database, key_file) as record:
        person = await register(record, user_id="s-1001-ada", name="Ada Lovelace")
        await register(record, user_id="s-2-bob", name="Bob Kahn", seed=2)
        await record.store.append(check_in_id(STATION, "b"), 0, [*started(STATION, claimed=person), *matched(person)])
        assert places(database, "Ada Lovelace", "s-1001-ada") == {"people", "user_id_claim"}, "nothing to find"
        assert places(database, vector) == {"face_template"}
        await erase(record, person)
        assert places(database, "Ada Lovelace", "s-1001-ada", vector) == set()
        assert places(database, "Bob Kahn") == {"people"}


async def test_a_check_in_does_not_say_whose_it_is(database: str, key_file: Path) -> None:
    async with open_record(database, key_file) as record:
        person = await register(record)
        id = check_in_id(STATION, "b")
        position = await record.store.append(id, 0, [*started(STATION, claimed=person), *matched(person)])
        await record.projections.wait(position, 30)
    tables = dump(database)
    of_check_ins = "\n".join(line for line in tables["event, readable"].splitlines() if line.startswith("checkin."))
    assert "checkin.identity_matched.v1" in of_check_ins
    for form in (str(person), person.hex, base64.b64encode(person.bytes).decode()):
        assert form not in of_check_ins
        assert form not in tables["check_in_status"]
        assert form not in tables["person_key"]
    assert str(person) in tables["event"], "nothing to find"
