"""The station endpoints: what staff see of stations, what administrators decide, what a station says of itself."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from itertools import groupby
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from adapters.http.auth import caller_of, station_of
from adapters.http.fields import in_utc
from adapters.http.json_request import JsonRequest
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.services import Services
from adapters.http.station_answers import (
    StationRefused,
    details_of,
    shown_settings,
    station_problem,
    summary_details,
    token_details,
)
from adapters.http.station_schemas import (
    HeartbeatAnswer,
    HeartbeatRequest,
    MoveRequest,
    RotationAnswer,
    RotationRequest,
    SettingsRequest,
    StationDetails,
)
from application.ports import StationHealth
from domain.paired_station import PairedStation, PublicKey, rotation_statement
from domain.station_events import StationSettings


class StationController(Controller):
    path = "/api/stations"
    tags = ("stations",)

    @get(
        operation_id="listStations",
        summary="Every station, paired by its key or with a token, with how it last said it is",
        opt=allowed_to("staff", "admin"),
    )
    async def listed(self, services: NamedDependency[Services]) -> list[StationDetails]:
        healths = await services.stations.healths.latest()
        paired = {
            one.id: summary_details(one, healths.get(one.id)) for one in await services.stations.stations.paired()
        }
        tokens = sorted(await services.tokens.of_stations(), key=lambda token: token.subject)
        by_token = [
            token_details(list(own), healths.get(id))
            for id, own in groupby(tokens, key=lambda token: token.subject)
            if id not in paired
        ]
        return [*paired.values(), *sorted(by_token, key=lambda station: (station.name, station.id))]

    @post(
        "/{station_id:uuid}/move",
        status_code=200,
        operation_id="moveStation",
        summary="Give a station another name or room",
        opt=allowed_to("admin", problems=("station-not-found", "station-revoked", "contention")),
    )
    async def move(
        self,
        station_id: FromPath[UUID],
        data: JSONBody[MoveRequest],
        request: JsonRequest,
        services: NamedDependency[Services],
    ) -> StationDetails:
        outcome = await services.stations.manage.move(
            station_id, name=data.name, room=data.room, by=caller_of(request).subject
        )
        return await _details(outcome, services)

    @post(
        "/{station_id:uuid}/settings",
        status_code=200,
        operation_id="changeStationSettings",
        summary="Set all of a station's settings: it takes them with its next heartbeat",
        opt=allowed_to("admin", problems=("station-not-found", "station-revoked", "contention")),
    )
    async def settings(
        self,
        station_id: FromPath[UUID],
        data: JSONBody[SettingsRequest],
        request: JsonRequest,
        services: NamedDependency[Services],
    ) -> StationDetails:
        settings = StationSettings(**msgspec.structs.asdict(data))
        outcome = await services.stations.manage.change_settings(station_id, settings, by=caller_of(request).subject)
        return await _details(outcome, services)

    @post(
        "/{station_id:uuid}/revoke",
        status_code=200,
        operation_id="revokeStation",
        summary="End a station's key at once, in every process and for good",
        opt=allowed_to("admin", problems=("station-not-found", "contention")),
    )
    async def revoke(
        self, station_id: FromPath[UUID], request: JsonRequest, services: NamedDependency[Services]
    ) -> StationDetails:
        outcome = await services.stations.manage.revoke(station_id, by=caller_of(request).subject)
        return await _details(outcome, services)

    @post(
        "/keys",
        status_code=200,
        operation_id="rotateStationKey",
        summary="Replace the station's key: asked again with the new one, the answer is the same",
        opt=allowed_to("station", problems=("station-not-found", "station-revoked", "key-unusable", "contention")),
    )
    async def rotate(
        self, data: JSONBody[RotationRequest], request: JsonRequest, services: NamedDependency[Services]
    ) -> RotationAnswer:
        station_id = station_of(request)
        key = PublicKey.of(base64.urlsafe_b64decode(data.public_key + "="))
        if not _proven(key, station_id, data.proof):
            raise HttpProblem(ProblemFacts(code="key-unusable", detail="the proof is not the new key's signature"))
        outcome = await services.stations.rotate_key(station_id, key)
        return RotationAnswer(key_id=_station(outcome).key.id)

    @post(
        "/heartbeat",
        status_code=200,
        operation_id="heartbeat",
        summary="Say how the station is, and hear what it is to do",
        opt=allowed_to("station"),
    )
    async def heartbeat(
        self, data: JSONBody[HeartbeatRequest], request: JsonRequest, services: NamedDependency[Services]
    ) -> HeartbeatAnswer:
        caller = caller_of(request)
        through = in_utc(data.delivered_through)

        def health(at: datetime) -> StationHealth:
            return StationHealth(at=at, **{**msgspec.structs.asdict(data), "delivered_through": through})

        told = await services.stations.hear(caller.subject, caller.name, health)
        return HeartbeatAnswer(
            settings=shown_settings(told.settings),
            settings_version=told.settings_version,
            server_time=told.server_time,
            room=told.room,
            name=told.name,
        )


async def _details(outcome: PairedStation | StationRefused, services: Services) -> StationDetails:
    station = _station(outcome)
    return details_of(station, (await services.stations.healths.latest()).get(station.id))


def _station(outcome: PairedStation | StationRefused) -> PairedStation:
    if not isinstance(outcome, PairedStation):
        raise HttpProblem(station_problem(outcome, datetime.now(UTC)))
    return outcome


def _proven(key: PublicKey, station_id: UUID, proof: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(
            base64.urlsafe_b64decode(proof + "=="), rotation_statement(station_id, key)
        )
    except (InvalidSignature, ValueError):
        return False
    return True
