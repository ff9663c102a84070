"""From the record to messages: what was decided of whom, in the one word that the phone page shows it with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, LiteralString
from uuid import UUID

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from adapters.event_store.binary_arrays import uuids
from adapters.event_store.key_ring import KeyRing
from adapters.live.changes import ChangeReader, Fetch, fetching
from adapters.live.messages import OwnCheckIn
from adapters.live.updates import Update, updates_of
from adapters.read_models.columns import as_array
from application.ports import Clock

Word = Literal["checked_in", "late", "refused", "unknown", "mismatch", "ambiguous", "expired"]
FRESH = timedelta(minutes=5)
"""So long after a check-in its person is told: a notification about the morning in the evening is worse than none."""
_PAGE = 200
_LOOKED_BACK_AT_MOST = 20_000
# While nobody listens the cursor is moved now and then, and not with every check-in.
_SELDOM = 1_000
_TAKE_TURN = "SELECT pg_try_advisory_xact_lock(hashtext('push'))"
_BEGIN = "SELECT position, EXISTS (SELECT FROM push_subscription) FROM push_cursor"
_MOVE = "UPDATE push_cursor SET position = %s"
_STALE_THROUGH: LiteralString = """
SELECT coalesce(max(notification_id), 0) FROM (
    SELECT notification_id, recorded_at FROM event
    WHERE notification_id > %s AND notification_id <= %s ORDER BY notification_id DESC LIMIT %s
) AS latest WHERE recorded_at < %s
"""
# What was decided before a browser subscribed is not its to tell.
_QUEUE: LiteralString = """
INSERT INTO push_message (subscription, person, word, moment, due_at, expires_at)
SELECT s.id, s.person, d.word, d.moment, %s, d.told_until
FROM unnest(%b::uuid[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
    AS d (person, word, moment, recorded_at, told_until)
JOIN push_subscription AS s ON s.person = d.person AND s.created_at <= d.recorded_at
"""
# What is told next makes it old; what is on its way now is let go.
_SUPERSEDED: LiteralString = """
DELETE FROM push_message AS m USING push_message AS newer
WHERE m.subscription = newer.subscription AND m.id < newer.id AND m.claimed_at IS NULL
  AND newer.person = ANY(%b::uuid[])
"""


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What the person of a check-in may be told. `moment`: when it was captured."""

    person: UUID
    word: Word
    moment: datetime
    recorded_at: datetime

    @property
    def told_until(self) -> datetime:
        return min(self.moment, self.recorded_at) + FRESH


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What one look at the record brought. `more`: there may be more to look at."""

    queued: bool = False
    more: bool = False


class Decisions:
    """Follows the record with a position of its own, one process at a time: each decision is queued at most once."""

    def __init__(self, keys: KeyRing, clock: Clock) -> None:
        self._reader = ChangeReader(keys)
        self._clock = clock

    async def queue(self, connection: AsyncConnection[TupleRow]) -> Turn:
        """Queue what the read models show by now, a page at most."""
        fetch = fetching(connection)
        async with connection.transaction():
            ((is_ours,),) = await fetch(_TAKE_TURN)
            if not is_ours:
                return Turn()  # another process is at it
            ((before, anybody),) = await fetch(_BEGIN)
            shown = await self._reader.shown(fetch)
            if not anybody:
                if shown - (before or 0) > _SELDOM:
                    await fetch(_MOVE, (shown,))
                return Turn()
            position = await self._fresh_from(before or 0, shown, fetch)
            page = await self._reader.after(position, _PAGE, fetch)
            queued = await self._keep(decided_in(await updates_of(page.changes, fetch)), fetch)
            if page.through != before:
                await fetch(_MOVE, (page.through,))
            return Turn(queued=queued, more=page.full)

    async def _fresh_from(self, position: int, shown: int, fetch: Fetch) -> int:
        """After a while in which nobody followed, what is too old to be told is not read at all."""
        if shown - position <= _PAGE:
            return position
        oldest = max(position, shown - _LOOKED_BACK_AT_MOST)
        stale = await fetch(_STALE_THROUGH, (oldest, shown, _LOOKED_BACK_AT_MOST, self._clock.now() - FRESH))
        return max(oldest, int(stale[0][0]))

    async def _keep(self, decided: Sequence[Decided], fetch: Fetch) -> bool:
        now = self._clock.now()
        fresh = [one for one in decided if one.told_until > now]
        if not fresh:
            return False
        people = uuids(one.person for one in fresh)
        columns = (
            people,
            [one.word for one in fresh],
            as_array(one.moment for one in fresh),
            as_array(one.recorded_at for one in fresh),
            as_array(one.told_until for one in fresh),
        )
        await fetch(_QUEUE, (now, *columns))
        await fetch(_SUPERSEDED, (people,))
        return True


def decided_in(updates: Sequence[Update]) -> list[Decided]:
    """The last of each person: they are shown one notification, and want the newest."""
    found: dict[UUID, Decided] = {}
    for update in updates:
        for person, told in update.own.items():
            message = told.message
            if isinstance(message, OwnCheckIn) and (word := word_of(message)) is not None:
                found[person] = Decided(person=person, word=word, moment=message.moment, recorded_at=update.recorded_at)
    return list(found.values())


def word_of(check_in: OwnCheckIn) -> Word | None:
    """As the phone page's large card has it; None while nothing is decided."""
    match check_in.status:
        case "processing":
            return None
        case "checked_in" if any(one.status == "late" for one in check_in.attendance):
            return "late"
        case status:
            return status
