"""Who is who: the one place where the names that the organisation uses are in the clear."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.database import Database
from adapters.event_store.read_model import Projected
from adapters.event_store.topics import Event
from application.ports import PersonSummary
from domain.person import Erased, Registered

# The row of another person that a concurrent claim has just committed is invisible to the first statement's snapshot.
_CLAIM = "INSERT INTO user_id_claim (user_id, person) VALUES (%s, %s) ON CONFLICT (user_id) DO NOTHING"
_CLAIMED = "SELECT person FROM user_id_claim WHERE user_id = %s"
_ALL = """
SELECT p.id, p.user_id, p.name, (SELECT count(*) FROM gallery g WHERE g.person = p.id)
FROM people p ORDER BY p.name, p.user_id
"""


class PeopleProjection:
    """Implements adapters.event_store.read_model.ReadModel."""

    name = "people"
    takes: tuple[type[Event], ...] = (Registered, Erased)
    personal = True
    # Claims are kept: one may belong to a registration that is under way.
    tables: tuple[str, ...] = ("people",)

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        for projected in page:
            match projected.event:
                case Registered(user_id=user_id, name=name):
                    self._register(cursor, projected.stream, user_id.reveal(), name.reveal())
                case Erased():
                    cursor.execute("DELETE FROM people WHERE id = %s", (projected.stream,))
                    cursor.execute("DELETE FROM user_id_claim WHERE person = %s", (projected.stream,))
                    # Its label may say who they were, and it opens nothing any more.
                    cursor.execute(
                        "DELETE FROM access_token WHERE subject = %s AND role = 'person'", (projected.stream,)
                    )
                case _:
                    raise TypeError(f"not projected: {type(projected.event).__name__}")

    def _register(self, cursor: Cursor[TupleRow], id: UUID, user_id: str | None, name: str | None) -> None:
        if user_id is None or name is None:
            return  # erased since
        cursor.execute("INSERT INTO people (id, user_id, name) VALUES (%s, %s, %s)", (id, user_id, name))
        cursor.execute(_CLAIM, (user_id, id))


class PostgresPeople:
    """Implements application.ports.People."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, user_id: str, id: UUID) -> UUID:
        """Reserve `user_id` for person `id`; answers whose it is, which is another's where it was taken."""
        while True:
            await self._database.fetch(_CLAIM, (user_id, id))
            rows = await self._database.fetch(_CLAIMED, (user_id,))
            if rows:
                owner: UUID = rows[0][0]
                return owner
            # Its owner was erased between the two: it is free again.

    async def find(self, user_id: str) -> UUID | None:
        rows = await self._database.fetch("SELECT id FROM people WHERE user_id = %s", (user_id,))
        return rows[0][0] if rows else None

    async def name(self, id: UUID) -> str | None:
        rows = await self._database.fetch("SELECT name FROM people WHERE id = %s", (id,))
        return rows[0][0] if rows else None

    async def all(self) -> Sequence[PersonSummary]:
        rows = await self._database.fetch(_ALL)
        return [PersonSummary(id=id, user_id=user_id, name=name, templates=count) for id, user_id, name, count in rows]
