"""What the controllers of stations call; adapters/station_wiring.py fills it."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.http.nonces import Nonces
from adapters.http.rate_limits import RateLimits
from application.pairing import DecidePairing, FollowPairing, RequestPairing
from application.ports import StationHealths, Stations
from application.stations import FindSigner, HearStation, ManageStation, RotateKey


@dataclass(frozen=True, kw_only=True)
class StationServices:
    """`pairing_limit`: how often one address may ask to be paired."""

    request_pairing: RequestPairing
    follow_pairing: FollowPairing
    decide_pairing: DecidePairing
    rotate_key: RotateKey
    manage: ManageStation
    hear: HearStation
    find_signer: FindSigner
    nonces: Nonces
    pairing_limit: RateLimits
    stations: Stations
    healths: StationHealths
