"""Every row that is about one person, in whichever table: what an export shows and an erasure leaves nowhere."""

from __future__ import annotations

from typing import LiteralString
from uuid import UUID

from adapters.database import Database
from application.ports import JsonObject

# By table: its rows about a person, as JSON. What is a secret, sealed, or only proves one (a hash) is left out.
PERSONAL_ROWS: dict[str, LiteralString] = {
    "people": "SELECT to_jsonb(t) FROM people t WHERE t.id = %s",
    "user_id_claim": "SELECT to_jsonb(t) FROM user_id_claim t WHERE t.person = %s",
    "gallery": "SELECT to_jsonb(t) FROM gallery t WHERE t.person = %s ORDER BY t.template_id",
    "face_template": (
        "SELECT to_jsonb(t) || jsonb_build_object('embedding', t.embedding::real[])"
        " FROM face_template t WHERE t.person = %s ORDER BY t.id"
    ),
    "credential": ("SELECT to_jsonb(t) - 'sealed' - 'sha256' FROM credential t WHERE t.person = %s ORDER BY t.kind"),
    "push_subscription": (
        "SELECT to_jsonb(t) - 'sealed' FROM push_subscription t WHERE t.person = %s ORDER BY t.created_at, t.id"
    ),
    "push_message": "SELECT to_jsonb(t) FROM push_message t WHERE t.person = %s ORDER BY t.id",
    "last_seen": "SELECT to_jsonb(t) FROM last_seen t WHERE t.person = %s",
    "attendance_roster": ("SELECT to_jsonb(t) FROM attendance_roster t WHERE t.person = %s ORDER BY t.session"),
    "attendance_check_in": (
        "SELECT to_jsonb(t) - 'former' FROM attendance_check_in t WHERE t.person = %s ORDER BY t.moment, t.id"
    ),
    "attendance_former": (
        "SELECT to_jsonb(t) - 'former' - 'person' FROM attendance_check_in t"
        " WHERE t.former @> ARRAY[%s]::uuid[] ORDER BY t.moment, t.id"
    ),
    "review": (
        "SELECT to_jsonb(t) - 'candidates' FROM review t WHERE t.candidates @> ARRAY[%s]::uuid[] ORDER BY t.position"
    ),
    "access_token": (
        "SELECT to_jsonb(t) - 'token_sha256' FROM access_token t"
        " WHERE t.subject = %s AND t.role = 'person' ORDER BY t.created_at"
    ),
    "sign_in": "SELECT to_jsonb(t) - 'value_sha256' FROM sign_in t WHERE t.subject = %s ORDER BY t.started_at",
    "one_time_code": "SELECT to_jsonb(t) - 'code_sha256' FROM one_time_code t WHERE t.subject = %s ORDER BY t.purpose",
    "sign_in_log": "SELECT to_jsonb(t) FROM sign_in_log t WHERE t.subject = %s ORDER BY t.id",
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
