"""Counts, in the database's own events and in its read models, what became of everything that was photographed."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from adapters.database import connect

_STREAMS = """
SELECT started.state ->> 'request_digest',
       count(*),
       coalesce(sum(others.matched), 0),
       coalesce(sum(others.emotions), 0)
FROM (SELECT originator_id, convert_from(state, 'UTF8')::jsonb AS state
      FROM event WHERE topic = 'checkin.started.v1') AS started
LEFT JOIN (SELECT originator_id,
                  count(*) FILTER (WHERE topic = 'checkin.identity_matched.v1') AS matched,
                  count(*) FILTER (WHERE topic = 'checkin.emotion_recognised.v1') AS emotions
           FROM event GROUP BY originator_id) AS others USING (originator_id)
WHERE (started.state ->> 'station_id')::uuid = ANY (%s)
GROUP BY 1
"""
_TAKEN = "SELECT (SELECT min(position) FROM projection) >= (SELECT max(notification_id) FROM event)"
_READ_MODELS = """
SELECT (SELECT count(*) FROM check_in_status WHERE station_id = ANY (%s) AND status = 'checked_in' AND completed),
       (SELECT count(*) FROM attendance_check_in WHERE station_id = ANY (%s) AND person IS NOT NULL)
"""
_PROJECTED_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Of what one kind of station photographed. `saved`: how many people were told so.

    `lost`: of those, how many have no recorded identity, or no recorded emotion. `doubled`: photographs with more than
    one check-in, identity or emotion. `recorded`: check-ins that have both; `checked_in` and `attended` are the read
    models' words for it.
    """

    saved: int
    lost: int
    doubled: int
    recorded: int
    checked_in: int
    attended: int


def take_account(dsn: str, stations: Collection[UUID], saved: Collection[str]) -> Account:
    """`saved`: the ledger's digests. Waits until the read models have taken every event."""
    end_s = time.monotonic() + _PROJECTED_WITHIN_S
    with connect(dsn, name="torture account") as connection:
        while connection.execute(_TAKEN).fetchone() != (True,):
            assert time.monotonic() < end_s, "the read models have not taken every event"
            time.sleep(0.05)
        ids = list(stations)
        found = {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in connection.execute(_STREAMS, (ids,))}
        read = connection.execute(_READ_MODELS, (ids, ids)).fetchone()
    assert read is not None
    return Account(
        saved=len(saved),
        lost=sum(min(found.get(digest, (0, 0, 0))[1:]) == 0 for digest in saved),
        doubled=sum(max(counts) > 1 for counts in found.values()),
        recorded=sum(min(counts) > 0 for counts in found.values()),
        checked_in=read[0],
        attended=read[1],
    )
