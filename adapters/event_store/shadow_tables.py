"""Copies of tables in a schema of their own, alike in everything but rows, that replace the live ones all at once.

A statement finds them where its search path names that schema first, and everything else where it always was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier, Literal

# Shorter than deadlock_timeout: where a reader and we would wait for each other, we give way.
_LOCK_TIMEOUT = "100ms"
# LIKE leaves these out: a column of names that the planner may not sample must stay so.
_UNSAMPLED = "SELECT attname, attstattarget FROM pg_attribute WHERE attrelid = %s::regclass AND attstattarget >= 0"
_OPTIONS = "SELECT reloptions FROM pg_class WHERE oid = %s::regclass"
# Keys decide what a projection can take, so they are there from the start; other indexes are quicker made later.
_KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s::regclass AND contype IN ('p', 'u', 'x', 'f') ORDER BY contype = 'f', conname
"""
_INDEXES = """
SELECT pg_get_indexdef(indexrelid, 0, true) FROM pg_index
WHERE indrelid = %s::regclass AND indisunique = %s
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
ORDER BY indexrelid
"""
_TRIGGERS = "SELECT pg_get_triggerdef(oid, true) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"
_GRANTS = """
SELECT privilege_type, CASE WHEN grantee = 0 THEN NULL ELSE pg_get_userbyid(grantee) END
FROM pg_class, aclexplode(relacl) WHERE oid = %s::regclass AND grantee <> relowner
"""
# Views upon these tables, and upon those views, in the order in which they can be made.
_VIEWS = """
WITH RECURSIVE upon (oid, depth) AS (
    SELECT unnest(%s::regclass[])::oid, 0
    UNION
    SELECT r.ev_class, upon.depth + 1
    FROM upon
    JOIN pg_depend d ON d.refobjid = upon.oid AND d.refclassid = 'pg_class'::regclass
        AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid AND r.ev_class <> upon.oid
)
SELECT c.relname, pg_get_viewdef(c.oid) FROM upon JOIN pg_class c ON c.oid = upon.oid AND c.relkind = 'v'
GROUP BY c.oid, c.relname ORDER BY max(upon.depth), c.relname
"""


class ShadowTables:
    """Of `tables` and, never switched, of those `beside` them; each may refer to those before it.

    One connection's, which is in autocommit.
    """

    def __init__(
        self, connection: Connection[TupleRow], schema: str, tables: Sequence[str], *, beside: Sequence[str] = ()
    ) -> None:
        self._connection = connection
        self.shadow = Identifier(schema)
        self._retired = Identifier(f"{schema}_retired")
        self._tables = tables
        self._beside = beside
        self.live = Identifier(_one_text(connection, "SELECT current_schema()"))

    def create(self) -> None:
        """Made anew: what an earlier attempt left is dropped. From here on the connection finds them first."""
        connection = self._connection
        with connection.transaction():
            self._search(self.live)
            self.drop()
            views = self._views()
            connection.execute(SQL("CREATE SCHEMA {}").format(self.shadow))
            for table in (*self._tables, *self._beside):
                keys, unique = self._rows(_KEYS, table), self._rows(_INDEXES, table, True)
                self._create_like(table)
                self._search(self.shadow, self.live)
                for name, key in keys:
                    self._run("ALTER TABLE {} ADD CONSTRAINT {} ", Identifier(table), Identifier(name), then=key)
                for (index,) in unique:
                    connection.execute(str(index).encode())
                self._search(self.live)
            self._search(self.shadow, self.live)
            for name, definition in views:
                self._run("CREATE VIEW {} AS ", Identifier(name), then=definition)
        self._search(self.shadow, self.live, local=False)

    def complete(self) -> None:
        """Once they are filled: the other indexes, triggers and grants of the live ones."""
        connection = self._connection
        with connection.transaction():
            for table in self._tables:
                self._search(self.live)
                indexes, triggers = self._rows(_INDEXES, table, False), self._rows(_TRIGGERS, table)
                grants = self._rows(_GRANTS, table)
                self._search(self.shadow, self.live)
                for (statement,) in (*indexes, *triggers):
                    connection.execute(str(statement).encode())
                for privilege, role in grants:
                    grantee = SQL("PUBLIC") if role is None else Identifier(role)
                    connection.execute(SQL("GRANT {} ON {} TO {}").format(SQL(privilege), Identifier(table), grantee))
        for table in self._tables:
            connection.execute(SQL("ANALYZE {}.{}").format(self.shadow, Identifier(table)))

    def hold_readers(self) -> None:
        """In the transaction that will switch. Raises LockNotAvailable where readers are not done in time."""
        self._run("SET LOCAL lock_timeout = {}", SQL(f"'{_LOCK_TIMEOUT}'"))
        self._search(self.live)
        names = [*(name for name, _ in self._views()), *self._tables]
        relations = SQL(", ").join(SQL("{}.{}").format(self.live, Identifier(name)) for name in names)
        self._connection.execute(SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(relations))
        self._search(self.shadow, self.live)

    def switch(self) -> None:
        """In the same transaction: they are the live ones now, and the others are gone."""
        self._search(self.live)
        views = self._views()
        self._run("CREATE SCHEMA {}", self._retired)
        for table in map(Identifier, self._tables):
            self._run("ALTER TABLE {}.{} SET SCHEMA {}", self.live, table, self._retired)
            self._run("ALTER TABLE {}.{} SET SCHEMA {}", self.shadow, table, self.live)
        for name, definition in views:
            self._run("CREATE OR REPLACE VIEW {} AS ", Identifier(name), then=definition)
        for table in map(Identifier, self._tables):
            # Triggers that tell others of a change fire for a statement, whether or not it finds a row.
            self._run("DELETE FROM {} WHERE false", table)
        self._run("DROP SCHEMA {} CASCADE", self._retired)
        self._run("DROP SCHEMA {} CASCADE", self.shadow)

    def drop(self) -> None:
        self._run("DROP SCHEMA IF EXISTS {} CASCADE", self.shadow)

    def _create_like(self, table: str) -> None:
        options = self._connection.execute(_OPTIONS, (table,)).fetchall()[0][0]
        statement = SQL(
            "CREATE TABLE {}.{} (LIKE {}.{} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED"
            " INCLUDING IDENTITY INCLUDING STORAGE INCLUDING COMMENTS)"
        ).format(self.shadow, Identifier(table), self.live, Identifier(table))
        if options:
            statement += SQL(" WITH ({})").format(SQL(", ".join(options)))
        self._connection.execute(statement)
        for column, target in self._connection.execute(_UNSAMPLED, (table,)).fetchall():
            change = SQL("ALTER TABLE {}.{} ALTER COLUMN {} SET STATISTICS {}")
            self._connection.execute(change.format(self.shadow, Identifier(table), Identifier(column), Literal(target)))

    def _views(self) -> list[TupleRow]:
        return self._connection.execute(_VIEWS, (list(self._tables),)).fetchall()

    def _rows(self, statement: LiteralString, *parameters: object) -> list[TupleRow]:
        return self._connection.execute(statement, parameters).fetchall()

    def _search(self, *schemas: Identifier, local: bool = True) -> None:
        """Which names the catalogue's definitions leave unqualified, and where statements find them."""
        statement: LiteralString = "SET LOCAL search_path TO {}" if local else "SET search_path TO {}"
        self._connection.execute(SQL(statement).format(SQL(", ").join(schemas)))

    def _run(self, statement: LiteralString, *names: Identifier | SQL, then: str = "") -> None:
        """`then`: a definition that the catalogue itself gave."""
        composed: Composed = SQL(statement).format(*names)
        self._connection.execute(composed.as_bytes(self._connection) + then.encode())


def _one_text(connection: Connection[TupleRow], statement: LiteralString) -> str:
    return str(connection.execute(statement).fetchall()[0][0])
