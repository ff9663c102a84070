"""What a change means to whoever watches: the names of its people, and where they stand in their sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from adapters.event_store.binary_arrays import uuids
from adapters.live.changes import Fetch
from adapters.live.messages import Attended, Somebody
from adapters.read_models.columns import as_array

# The moment and the station of a check-in name the sessions in which it counts; without them the session is given.
_ASKED = """
SELECT asked.number, p.user_id, p.name, place.session, s.title, s.room, s.starts_at, a.status, a.corrected
FROM unnest(%b::uuid[], %s::uuid[], %s::timestamptz[], %s::uuid[])
    WITH ORDINALITY AS asked (person, station, moment, session, number)
JOIN people AS p ON p.id = asked.person
LEFT JOIN LATERAL (
    SELECT r.session FROM attendance_roster AS r JOIN attendance_session AS w ON w.id = r.session
    WHERE r.person = asked.person AND asked.session IS NULL
      AND asked.moment >= w.opens_at AND asked.moment < w.ends_at AND asked.station = ANY (w.stations)
    UNION ALL
    SELECT asked.session WHERE asked.session IS NOT NULL
) AS place ON true
LEFT JOIN attendance AS a ON a.session = place.session AND a.person = asked.person
LEFT JOIN session AS s ON s.id = place.session
ORDER BY asked.number, s.starts_at, s.id
"""


_FORMER = "SELECT id, former FROM attendance_check_in WHERE id = ANY (%b::uuid[])"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A person, and either a check-in's station and moment, or a session."""

    person: UUID
    station: UUID | None = None
    moment: datetime | None = None
    session: UUID | None = None


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Who it is, and their attendance in each session that was asked for."""

    who: Somebody
    attendance: tuple[Attended, ...]


async def surroundings(asked: Sequence[Asked], fetch: Fetch) -> list[Surroundings | None]:
    """One for each, in one query; None where nobody of that id is registered, or they were erased."""
    found: list[Surroundings | None] = [None] * len(asked)
    if not asked:
        return found
    parameters = (
        uuids(one.person for one in asked),
        as_array(one.station for one in asked),
        as_array(one.moment for one in asked),
        as_array(one.session for one in asked),
    )
    for number, user_id, name, session, title, room, starts_at, status, corrected in await fetch(_ASKED, parameters):
        known = found[number - 1]
        if known is None:
            who = Somebody(person_id=asked[number - 1].person, user_id=user_id, name=name)
            known = Surroundings(who=who, attendance=())
        if status is not None:
            one = Attended(
                session_id=session,
                title=title,
                room=room,
                starts_at=starts_at.astimezone(UTC),
                status=status,
                corrected=corrected,
            )
            known = msgspec.structs.replace(known, attendance=(*known.attendance, one))
        found[number - 1] = known
    return found


async def former_people(check_ins: Sequence[UUID], fetch: Fetch) -> dict[UUID, Sequence[UUID]]:
    """Whose each check-in was before a member of staff said otherwise."""
    if not check_ins:
        return {}
    return dict(await fetch(_FORMER, (uuids(check_ins),)))
