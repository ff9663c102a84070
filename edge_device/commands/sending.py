"""What commands that send bursts have in common: the station's settings from the options, and the last words."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from datetime import timedelta

from edge_device.credentials import Bearer, Signing
from edge_device.identity import Identity
from edge_device.pairing import PairingPlan, pair
from edge_device.pushed_settings import SettingsInForce
from edge_device.running import StationSettings
from edge_device.station_lock import locked
from edge_device.station_token import TOKEN_VARIABLE, token_source
from edge_device.steps import Listener

_AFTER_REFUSAL_S = 60.0


class NotReady(Exception):
    """The station lacks what the command needs: the sentence says what to do."""


def has_token(options: argparse.Namespace) -> bool:
    """The simple mode was asked for; it goes before a pairing."""
    return options.token_file is not None or TOKEN_VARIABLE in os.environ


def settings_of(options: argparse.Namespace) -> StationSettings:
    """Of a station that has a token or is paired. Raises `NotReady`, `NoToken`, `KeyDamaged` and `IdentityDamaged`."""
    if has_token(options):
        if options.server is None:
            raise NotReady("with a token the server's address is needed too: --server URL")
        return _settings(options, options.server, None)
    identity = Identity(options.state)
    if identity.pairing is None:
        raise NotReady(
            "this station is not paired and has no token: run facecheckin-station pair --server URL, or give"
            f" --token-file or {TOKEN_VARIABLE}"
        )
    return _settings(options, server_of(identity, options), identity)


async def settings_once_paired(
    options: argparse.Namespace, listener: Listener, progressed: Callable[[], None] = lambda: None
) -> StationSettings:
    """A station without a token or a pairing asks for one, and waits until it is approved. Raises `PairingFailed`.

    `progressed` is called every few seconds while it waits.
    """
    if not has_token(options):
        with locked(options.state):
            identity = Identity(options.state)
            if identity.pairing is None:
                plan = PairingPlan(
                    server=server_of(identity, options),
                    name=options.name,
                    after_refusal_s=_AFTER_REFUSAL_S,
                    progressed=progressed,
                )
                await pair(identity, plan, listener)
    return settings_of(options)


def server_of(identity: Identity, options: argparse.Namespace) -> str:
    """The server of the pairing, or else the one that was given."""
    known = identity.pairing or identity.request
    given: str | None = options.server
    if identity.pairing is not None and given not in (None, identity.pairing.server):
        raise NotReady(
            f"this station is paired with {identity.pairing.server}; to pair it with {given}, unpair it first"
        )
    server = given or (None if known is None else known.server)
    if server is None:
        raise NotReady("to be paired, the station has to know its server: --server URL")
    return server


def say_what_is_left(left: int) -> int:
    """The exit status."""
    if left:
        print(f"facecheckin-station: {left} saved and not yet sent; the next start goes on with them", file=sys.stderr)
    return 1 if left else 0


def _settings(options: argparse.Namespace, server: str, identity: Identity | None) -> StationSettings:
    return StationSettings(
        server=server,
        credentials=Bearer(token_source(options.token_file)) if identity is None else Signing(lambda: identity.keys),
        state=options.state,
        choose=not options.as_it_is,
        identity=identity,
        pushed=SettingsInForce(options.state),
        key_life=timedelta(days=options.rotate_days) if options.rotate_days > 0 else None,
    )
