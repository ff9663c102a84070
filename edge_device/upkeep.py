"""What a station tells its server now and then beside the check-ins: how it is, and through when all is delivered."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from edge_device.classify import Answer
from edge_device.clock import ServerClock
from edge_device.delivered import Delivered
from edge_device.exchange import Exchange, Unreachable
from edge_device.identity import Identity
from edge_device.identity_contract import (
    HEARTBEAT_PATH,
    PROGRESS_PATH,
    CameraState,
    Health,
    HeartbeatAnswer,
    heartbeat_request,
    parse_heartbeat,
    progress_request,
)
from edge_device.identity_steps import Moved, SettingsTaken
from edge_device.outbox import Outbox
from edge_device.pushed_settings import SettingsInForce
from edge_device.rotation import Rotation
from edge_device.station_token import NoToken
from edge_device.steps import Listener
from edge_device.version import SOFTWARE

# Each report that says more than the last becomes an event of the server's history: often enough, and no oftener.
PROGRESS_EVERY_S = 120.0


class Upkeep:
    """Rounds as often as the settings in force say. Nothing here is lost or waited for: the next round says it anew."""

    def __init__(
        self,
        exchange: Exchange,
        outbox: Outbox,
        clock: ServerClock,
        delivered: Delivered,
        settings: SettingsInForce,
        listener: Listener,
        *,
        camera: Callable[[], CameraState],
        identity: Identity | None = None,
        rotation: Rotation | None = None,
        progress_every_s: float = PROGRESS_EVERY_S,
    ) -> None:
        """`identity` and `rotation` are None in the simple mode, with a token."""
        self._exchange = exchange
        self._outbox = outbox
        self._clock = clock
        self._delivered = delivered
        self._settings = settings
        self._report = listener
        self._camera = camera
        self._identity = identity
        self._rotation = rotation
        self._progress_every_s = progress_every_s
        self._started_s = time.monotonic()
        self._reported: datetime | None = None
        self._reported_s = -float("inf")
        self._heartbeats = True

    async def run(self) -> None:
        """For ever. Many stations that were started at once do not stay in step."""
        while True:
            await self.round()
            await asyncio.sleep(self._settings.current.heartbeat_s * random.uniform(0.9, 1.1))

    async def round(self) -> None:
        """One heartbeat, and what else is due. A server that does not answer is no failure here, nor is a full disk.

        What could not be written is asked for again in the next round; captures say that the disk is full.
        """
        try:
            await self._beat()
            if time.monotonic() - self._reported_s >= self._progress_every_s:
                await self.report_progress()
            if self._rotation is not None and self._rotation.due and self._idle:
                await self._rotation.rotate()
        except (Unreachable, NoToken, OSError):
            return

    async def report_progress(self) -> None:
        """Says through when everything is delivered, where that is more than was said. Raises `Unreachable`."""
        through = self._delivered.through()
        if through is None or (self._reported is not None and through <= self._reported):
            return
        answer = await self._exchange.post(PROGRESS_PATH, progress_request(through))
        if answer.status == 204:
            self._reported, self._reported_s = through, time.monotonic()

    async def _beat(self) -> None:
        if not self._heartbeats:
            return
        answer = await self._exchange.post(HEARTBEAT_PATH, heartbeat_request(await self._health()))
        heard = parse_heartbeat(answer)
        if heard is not None:
            self._take(heard)
        # A token may belong to no paired station; then nobody asks how it is.
        elif self._identity is None and _for_good(answer):
            self._heartbeats = False

    def _take(self, heard: HeartbeatAnswer) -> None:
        kept = self._settings.take(heard.settings, heard.settings_version)
        if kept is not None:
            self._report(SettingsTaken(version=heard.settings_version, kept=kept))
        pairing = None if self._identity is None else self._identity.pairing
        if (
            self._identity is not None
            and pairing is not None
            and (pairing.name, pairing.room)
            != (
                heard.name,
                heard.room,
            )
        ):
            self._identity.confirm(replace(pairing, name=heard.name, room=heard.room))
            self._report(Moved(name=heard.name, room=heard.room))

    async def _health(self) -> Health:
        """The claim is made last: it is true from then on."""
        dead_letters = await asyncio.to_thread(self._outbox.count_dead_letters)
        return Health(
            software=SOFTWARE,
            queue_items=self._outbox.waiting_items,
            queue_bytes=self._outbox.waiting_bytes,
            dead_letters=dead_letters,
            camera=self._camera(),
            clock_offset_ms=self._clock_offset_ms(),
            uptime_s=round(time.monotonic() - self._started_s, 1),
            delivered_through=self._delivered.through(),
        )

    def _clock_offset_ms(self) -> float | None:
        server_time = self._clock.wall_time(time.monotonic_ns())
        return None if server_time is None else round((time.time() - server_time.timestamp()) * 1000, 1)

    @property
    def _idle(self) -> bool:
        return self._outbox.waiting_items == 0


def _for_good(answer: Answer) -> bool:
    return answer.status in (403, 404, 405)
