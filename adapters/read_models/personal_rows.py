"""Every row that is about one person, in whichever table: what an export shows and an erasure leaves nowhere."""

from __future__ import annotations

from typing import LiteralString
from uuid import UUID

from adapters.database import Database
from application.ports import JsonObject

# By table: its rows about a person, as JSON. What only proves a secret (a hash, a sealed PIN) is left out.
PERSONAL_ROWS: dict[str, LiteralString] = {
    "people": "SELECT to_jsonb(t) FROM people t WHERE t.id = %s",
    "user_id_claim": "SELECT to_jsonb(t) FROM user_id_claim t WHERE t.person = %s",
    "gallery": "SELECT to_jsonb(t) FROM gallery t WHERE t.person = %s ORDER BY t.template_id",
    "face_template": (
        "SELECT to_jsonb(t) || jsonb_build_object('embedding', t.embedding::real[])"
        " FROM face_template t WHERE t.person = %s ORDER BY t.id"
    ),
    "credential": ("SELECT to_jsonb(t) - 'sealed' - 'sha256' FROM credential t WHERE t.person = %s ORDER BY t.kind"),
    "last_seen": "SELECT to_jsonb(t) FROM last_seen t WHERE t.person = %s",
    "attendance_roster": ("SELECT to_jsonb(t) FROM attendance_roster t WHERE t.person = %s ORDER BY t.session"),
    "attendance_check_in": (
        "SELECT to_jsonb(t) FROM attendance_check_in t WHERE t.person = %s ORDER BY t.moment, t.id"
    ),
    "access_token": (
        "SELECT to_jsonb(t) - 'token_sha256' FROM access_token t"
        " WHERE t.subject = %s AND t.role = 'person' ORDER BY t.created_at"
    ),
}
# What is kept of whoever was erased, so that nothing of theirs comes back: an id that leads nowhere.
TOMBSTONES = ("attendance_erased",)


async def rows_about(database: Database, person: UUID) -> dict[str, list[JsonObject]]:
    """By table, those that have any."""
    found = {}
    for table, statement in PERSONAL_ROWS.items():
        rows = await database.fetch(statement, (person,))
        if rows:
            found[table] = [row for (row,) in rows]
    return found
