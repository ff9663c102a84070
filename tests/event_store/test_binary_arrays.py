"""Arrays that are packed here arrive as those that psycopg would send."""

from __future__ import annotations

from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.database import connect
from adapters.event_store.binary_arrays import bigints, byteas, texts, uuids

_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
_ROWS = st.lists(st.tuples(st.uuids(), st.integers(-(2**63), 2**63 - 1), _TEXT, st.binary()), max_size=20)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=_ROWS)
def test_whatever_is_packed_is_unpacked_by_the_server(postgres: str, rows: list[tuple[UUID, int, str, bytes]]) -> None:
    ids, numbers, names, contents = ([row[column] for row in rows] for column in range(4))
    packed = (uuids(ids), bigints(numbers), texts(names), byteas(contents))  # type: ignore[arg-type]  # by column
    with connect(postgres, name="test") as connection, connection.cursor(binary=True) as cursor:
        cursor.execute("SELECT * FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::bytea[])", packed)
        assert cursor.fetchall() == rows
