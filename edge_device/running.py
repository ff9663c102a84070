"""Puts a station together from its settings, and takes it apart again in every case."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from edge_device.bounded import bounded
from edge_device.camera import Camera
from edge_device.clock import ServerClock, boot_id
from edge_device.credentials import Credentials, Signing
from edge_device.delivered import Delivered
from edge_device.delivery import Delivery
from edge_device.exchange import Exchange, Unreachable
from edge_device.identity import Identity
from edge_device.identity_steps import Accepted, Paired, Revoked
from edge_device.outbox_file import open_outbox
from edge_device.pushed_settings import SettingsInForce
from edge_device.rotation import Rotation
from edge_device.station import CameraLost, Station
from edge_device.steps import Listener, OutboxMovedAside
from edge_device.upkeep import Upkeep

DEFAULT_KEY_LIFE = timedelta(days=90)
_HEALTH_PATH = "/health/live"
_GREETING_S = 2.0
_OPEN_TIMEOUT_S = 20.0
_CLOSE_TIMEOUT_S = 5.0
_REVOKED_SENTENCE = "An administrator revoked this station, or the server lost its key: it has to be paired anew."


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSettings:
    """`server`: its base URL. `credentials`: a token, or the signature of `identity`, which is None with a token.

    `state`: folder of the outbox and the keys. `pushed`: what administrators set, in force without a restart.
    `key_life`: how old the station's own key may become; None for ever.
    """

    server: str
    credentials: Credentials
    state: Path
    choose: bool = True
    identity: Identity | None = None
    pushed: SettingsInForce = field(default_factory=SettingsInForce)
    key_life: timedelta | None = DEFAULT_KEY_LIFE


@dataclass(frozen=True, slots=True)
class Running:
    """A station that is open. `upkeep` goes on beside the delivery."""

    station: Station
    delivery: Delivery
    upkeep: Upkeep
    exchange: Exchange
    clock: ServerClock


@contextlib.asynccontextmanager
async def running(
    settings: StationSettings,
    camera: Camera,
    listener: Listener,
    *,
    sender_progressed: Callable[[], None] = lambda: None,
) -> AsyncIterator[Running]:
    """The camera is opened first: without one there is no station. Raises `CameraLost` and `OutboxFailed`."""
    await _open(camera)
    clock = ServerClock()
    try:
        opened = await asyncio.to_thread(open_outbox, settings.state, boot_id=boot_id())
        exchange = Exchange(
            settings.server, settings.credentials, clock, language=lambda: settings.pushed.current.language
        )
        try:
            if opened.moved_aside is not None:
                listener(OutboxMovedAside(path=str(opened.moved_aside)))
            outbox = opened.outbox
            delivery = Delivery(
                outbox,
                exchange,
                clock,
                listener,
                boot_id=boot_id(),
                wants_emotion=lambda: settings.pushed.current.emotion,
                progressed=sender_progressed,
            )
            _tell_standing(settings, delivery, listener)
            await _greet(exchange)
            station = Station(camera, outbox, delivery, listener, choose=settings.choose)
            upkeep = Upkeep(
                exchange,
                outbox,
                clock,
                Delivered(outbox, clock, lambda: station.capturing_since_ns),
                settings.pushed,
                listener,
                camera=lambda: station.camera_state,
                identity=settings.identity,
                rotation=_rotation(settings, exchange, clock, listener),
            )
            yield Running(station, delivery, upkeep, exchange, clock)
        finally:
            await exchange.close()
            opened.close()
    finally:
        with contextlib.suppress(TimeoutError):
            await bounded(camera.close, _CLOSE_TIMEOUT_S)


def _tell_standing(settings: StationSettings, delivery: Delivery, listener: Listener) -> None:
    """Whose station it is, and from then on each time that the server refuses or accepts its key."""
    pairing = None if settings.identity is None else settings.identity.pairing
    if pairing is not None:
        listener(Paired(station_id=pairing.station_id, name=pairing.name, room=pairing.room))

    def tell(code: str | None) -> None:
        if code is None:
            listener(Accepted(waiting=delivery.waiting))
        else:
            listener(Revoked(code=code, sentence=_REVOKED_SENTENCE, waiting=delivery.waiting))

    if isinstance(settings.credentials, Signing):
        settings.credentials.on_change = tell


def _rotation(settings: StationSettings, exchange: Exchange, clock: ServerClock, listener: Listener) -> Rotation | None:
    if settings.identity is None:
        return None
    return Rotation(settings.identity, exchange, clock, listener, after=settings.key_life)


async def _open(camera: Camera) -> None:
    try:
        await bounded(camera.open, _OPEN_TIMEOUT_S)
    except TimeoutError as error:
        raise CameraLost(f"the camera hangs: it did not open in {_OPEN_TIMEOUT_S:g} s") from error


async def _greet(exchange: Exchange) -> None:
    """Warms a connection and reads the server's clock before the first person comes. Offline is no failure."""
    with contextlib.suppress(Unreachable, TimeoutError):
        async with asyncio.timeout(_GREETING_S):
            await exchange.get(_HEALTH_PATH)
