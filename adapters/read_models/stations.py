"""The stations: whose key is whose, who waits to be approved, and what each paired one is called and told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from psycopg import Cursor
from psycopg.rows import TupleRow

from adapters.database import Database
from adapters.event_store.read_model import Projected
from adapters.event_store.topics import Event
from application.ports import KeyHolder, PendingPairing, StationSummary
from domain.station_events import (
    KeyRotated,
    Moved,
    Paired,
    PairingRefused,
    PairingRequested,
    Revoked,
    SettingsChanged,
    StationSettings,
)

_REQUEST = """
INSERT INTO station
    (id, version, state, key_id, public_key, name, software, user_code, requested_at, expires_at)
VALUES (%s, 1, 'pending', %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET
    version = station.version + 1, state = excluded.state, key_id = excluded.key_id, public_key = excluded.public_key,
    name = excluded.name, software = excluded.software, user_code = excluded.user_code,
    requested_at = excluded.requested_at, expires_at = excluded.expires_at
"""
_CHANGE = """
UPDATE station
SET version = version + 1, state = coalesce(%s, state), name = coalesce(%s, name), room = coalesce(%s, room),
    key_id = coalesce(%s, key_id), public_key = coalesce(%s, public_key),
    paired_at = coalesce(%s, paired_at), revoked_at = coalesce(%s, revoked_at),
    settings = coalesce(%s::jsonb, settings), settings_version = settings_version + %s
WHERE id = %s
"""
# A row may lag behind what is recorded, so the two versions come with it.
_HOLDER = """
SELECT id, name, public_key, state = 'paired',
       version = (SELECT max(originator_version) FROM event WHERE originator_id = station.id)
FROM station WHERE key_id = %s ORDER BY state = 'paired' DESC, id LIMIT 1
"""
_WITH_CODE = "SELECT id FROM station WHERE user_code = %s ORDER BY expires_at DESC LIMIT 1"
_PENDING = """
SELECT id, user_code, name, software, key_id, requested_at, expires_at
FROM station WHERE state = 'pending' AND expires_at > %s ORDER BY requested_at, id
"""
_NAMED = "SELECT name, id FROM station WHERE state = 'paired' ORDER BY paired_at"
_PAIRED = """
SELECT id, name, room, key_id, paired_at, revoked_at, software, settings::text, settings_version
FROM station WHERE paired_at IS NOT NULL ORDER BY room, name, id
"""


class _Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one event changes, in the order of the statement; None where it leaves things as they are."""

    state: str | None = None
    name: str | None = None
    room: str | None = None
    key_id: str | None = None
    public_key: str | None = None
    paired_at: datetime | None = None
    revoked_at: datetime | None = None
    settings: str | None = None
    settings_changed: int = 0


class StationsProjection:
    """Implements adapters.event_store.read_model.ReadModel. Events of stations are few: each has its statement.

    It takes every event of a station's identity, or the versions would not count them.
    """

    name = "stations"
    takes: tuple[type[Event], ...] = (
        PairingRequested,
        PairingRefused,
        Paired,
        KeyRotated,
        Moved,
        SettingsChanged,
        Revoked,
    )
    personal = False
    tables: tuple[str, ...] = ("station",)

    def apply(self, cursor: Cursor[TupleRow], page: Sequence[Projected]) -> None:
        for projected in page:
            match projected.event:
                case PairingRequested(
                    at=at, key_id=key_id, public_key=key, name=name, software=software, user_code=code, expires_at=until
                ):
                    cursor.execute(_REQUEST, (projected.stream, key_id, key, name, software, code, at, until))
                case event:
                    cursor.execute(_CHANGE, (*msgspec.structs.astuple(_change(event)), projected.stream))


def _change(event: Event) -> _Change:
    match event:
        case PairingRefused():
            return _Change(state="refused")
        case Paired(at=at, name=name, room=room):
            return _Change(state="paired", name=name, room=room, paired_at=at)
        case KeyRotated(key_id=key_id, public_key=public_key):
            return _Change(key_id=key_id, public_key=public_key)
        case Moved(name=name, room=room):
            return _Change(name=name, room=room)
        case SettingsChanged(settings=settings):
            return _Change(settings=msgspec.json.encode(settings).decode(), settings_changed=1)
        case Revoked(at=at):
            return _Change(state="revoked", revoked_at=at)
    raise TypeError(f"not projected: {type(event).__name__}")


class PostgresStations:
    """Implements application.ports.Stations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def holder(self, key_id: str) -> KeyHolder | None:
        rows = await self._database.fetch(_HOLDER, (key_id,))
        if not rows:
            return None
        id, name, public_key, paired, current = rows[0]
        return KeyHolder(station=id, name=name, public_key=public_key, paired=paired, current=current)

    async def with_code(self, user_code: str) -> UUID | None:
        rows = await self._database.fetch(_WITH_CODE, (user_code,))
        return rows[0][0] if rows else None

    async def pending(self, at: datetime) -> Sequence[PendingPairing]:
        return [
            PendingPairing(
                id=id,
                user_code=user_code,
                name=name,
                software=software,
                key_id=key_id,
                requested_at=requested_at,
                expires_at=expires_at,
            )
            for id, user_code, name, software, key_id, requested_at, expires_at in await self._database.fetch(
                _PENDING, (at,)
            )
        ]

    async def named(self) -> dict[str, UUID]:
        return dict(await self._database.fetch(_NAMED))

    async def paired(self) -> Sequence[StationSummary]:
        return [_summary(row) for row in await self._database.fetch(_PAIRED)]


def _summary(row: TupleRow) -> StationSummary:
    id, name, room, key_id, paired_at, revoked_at, software, settings, settings_version = row
    return StationSummary(
        id=id,
        name=name,
        room=room,
        key_id=key_id,
        paired_at=paired_at,
        revoked_at=revoked_at,
        software=software,
        settings=StationSettings() if settings is None else msgspec.json.decode(settings, type=StationSettings),
        settings_version=settings_version,
    )
