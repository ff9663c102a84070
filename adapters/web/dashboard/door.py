"""The stations as a page shows them: what each last said, and whether it is well."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from adapters.http.services import Services
from application.ports import StationHealth

_SILENT_AFTER = timedelta(minutes=3)
DoorState = Literal["ok", "waiting", "silent", "camera", "unheard", "revoked"]
WORDS: dict[DoorState, tuple[str, str]] = {
    "ok": ("ok", "Ready"),
    "waiting": ("warn", "Sending what it kept"),
    "silent": ("bad", "Silent"),
    "camera": ("bad", "Camera failed"),
    "unheard": ("warn", "Not heard of yet"),
    "revoked": ("bad", "Revoked"),
}


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """A station. One with a token instead of a key has no `room`, and says nothing of itself unless it sends."""

    id: UUID
    name: str
    room: str | None
    state: DoorState
    health: StationHealth | None
    paired: bool

    @property
    def kind(self) -> str:
        return WORDS[self.state][0]

    @property
    def words(self) -> str:
        return WORDS[self.state][1]


async def doors(services: Services, now: datetime) -> list[Door]:
    """Every station that may send, by name."""
    healths = await services.stations.healths.latest()
    paired = [
        Door(
            id=one.id,
            name=one.name,
            room=one.room,
            state=state_of(healths.get(one.id), now),
            health=healths.get(one.id),
            paired=True,
        )
        for one in await services.stations.stations.paired()
        if one.revoked_at is None
    ]
    known = {door.id for door in paired}
    by_token = {
        token.subject: Door(
            id=token.subject,
            name=token.name,
            room=None,
            state=state_of(healths.get(token.subject), now),
            health=healths.get(token.subject),
            paired=False,
        )
        for token in await services.tokens.of_stations()
        if token.revoked_at is None and token.subject not in known
    }
    return sorted([*paired, *by_token.values()], key=lambda door: (door.name, door.id))


def state_of(health: StationHealth | None, now: datetime) -> DoorState:
    if health is None:
        return "unheard"
    if now - health.at > _SILENT_AFTER:
        return "silent"
    if health.camera == "failed":
        return "camera"
    return "waiting" if health.queue_items else "ok"
