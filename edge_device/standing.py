"""Asks the server whether it accepts what the station presents, by a request that checks nobody in."""

from __future__ import annotations

from edge_device.clock import ServerClock
from edge_device.contract import PATHS
from edge_device.credentials import Credentials, refusal_code
from edge_device.exchange import Exchange, Timeouts, Unreachable

EMPTY_REQUEST = b"{}"
SHORT_TIMEOUTS = Timeouts(connect_s=3.0, read_s=5.0, write_s=5.0, total_s=8.0)


async def standing(server: str, credentials: Credentials) -> str | None:
    """The code of its refusal; None where it accepts the station, or does not say."""
    exchange = Exchange(server, credentials, ServerClock(), SHORT_TIMEOUTS)
    try:
        return refusal_code(await exchange.post(PATHS["identify"], EMPTY_REQUEST))
    except Unreachable:
        return None
    finally:
        await exchange.close()
