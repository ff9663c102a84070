"""Joins the use cases of stations over an open record."""

from __future__ import annotations

import secrets

from adapters.http.nonces import Nonces
from adapters.http.rate_limits import Allowance, RateLimits
from adapters.http.station_services import StationServices
from adapters.read_models.station_health import PostgresStationHealths
from adapters.read_models.stations import PostgresStations
from adapters.record import Record
from application.pairing import DecidePairing, FollowPairing, RequestPairing
from application.ports import Clock
from application.stations import FindSigner, HearStation, ManageStation, RotateKey
from domain.paired_station import CODE_LETTERS

# One address may not fill all places for pairings that wait (application.pairing.MOST_PENDING) in their 15 minutes.
PAIRINGS_OF_AN_ADDRESS = Allowance(burst=20, per_s=1 / 30)


def join_stations(record: Record, clock: Clock) -> StationServices:
    store, projections = record.store, record.projections
    stations = PostgresStations(record.database)
    healths = PostgresStationHealths(record.database)
    return StationServices(
        request_pairing=RequestPairing(
            store=store, stations=stations, projections=projections, clock=clock, new_code=new_code
        ),
        follow_pairing=FollowPairing(store=store, clock=clock),
        decide_pairing=DecidePairing(store=store, stations=stations, projections=projections, clock=clock),
        rotate_key=RotateKey(store=store, stations=stations, projections=projections, clock=clock),
        manage=ManageStation(store=store, projections=projections, clock=clock),
        hear=HearStation(store=store, healths=healths, clock=clock),
        find_signer=FindSigner(store=store, stations=stations),
        nonces=Nonces(record.database),
        pairing_limit=RateLimits({("nobody", "change"): PAIRINGS_OF_AN_ADDRESS}),
        stations=stations,
        healths=healths,
    )


def new_code() -> str:
    """Eight letters, 34 bits: whoever guesses one still has to be an administrator to use it."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"
