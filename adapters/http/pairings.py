"""Pairing over HTTP: a device asks with its new key, an administrator decides by the code on its screen."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from adapters.http.auditing import changes_one
from adapters.http.auth import caller_of
from adapters.http.body_digest import check_digest
from adapters.http.json_request import JsonRequest
from adapters.http.operation import allowed_to, public
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.rate_limits import address_of
from adapters.http.services import Services
from adapters.http.signed_requests import accept_signature, signature_of
from adapters.http.station_answers import details_of, pairing_answer, station_problem
from adapters.http.station_schemas import (
    ApprovalRequest,
    ListedPairing,
    PairingAnswer,
    PairingRequest,
    RefusalRequest,
    RefusedPairing,
    StationDetails,
)
from application.pairing import Pairing
from application.stations import StationNotFound
from domain.paired_station import PairedStation, PairingOver, PublicKey

_BODY_BYTES = 4_096


class PairingController(Controller):
    path = "/api/stations/pairings"
    tags = ("stations",)

    @post(
        status_code=200,
        operation_id="requestPairing",
        summary="Ask to be paired: the answer holds the code to show until an administrator approves it",
        opt=public(
            signed=True,
            problems=("station-revoked", "key-unusable", "too-many-attempts", "contention", "not-ready"),
        ),
        request_max_body_size=_BODY_BYTES,
    )
    async def ask(
        self, data: JSONBody[PairingRequest], request: JsonRequest, services: NamedDependency[Services]
    ) -> PairingAnswer:
        """What is cheap to refuse is refused first: anybody may call this."""
        stations = services.stations
        _, wait_s = stations.pairing_limit.take(None, address_of(request), "change")
        if wait_s > 0:
            raise HttpProblem(ProblemFacts(code="too-many-attempts", retry_after_s=wait_s))
        key = PublicKey.of(base64.urlsafe_b64decode(data.public_key + "="))
        await _accept(request, key, services)
        check_digest(request.scope, await request.body())
        outcome = await stations.request_pairing(key, name=data.name, software=data.software)
        if not isinstance(outcome, Pairing):
            raise HttpProblem(station_problem(outcome, datetime.now(UTC)))
        return pairing_answer(outcome)

    @get(
        "/{pairing_id:uuid}",
        operation_id="followPairing",
        summary="How a pairing stands, for the device that asked for it",
        opt=public(signed=True, problems=("pairing-not-found", "not-ready")),
    )
    async def follow(
        self, pairing_id: FromPath[UUID], request: JsonRequest, services: NamedDependency[Services]
    ) -> PairingAnswer:
        pairing = await services.stations.follow_pairing(pairing_id)
        if pairing is None:
            raise HttpProblem(ProblemFacts(code="pairing-not-found"))
        if pairing.station.state == "revoked":
            raise HttpProblem(ProblemFacts(code="signature-invalid", detail="the key is no longer accepted"))
        await _accept(request, pairing.station.key, services)
        return pairing_answer(pairing)

    @get(
        operation_id="listPairings",
        summary="The devices that wait to be approved, the oldest first",
        opt=allowed_to("admin"),
    )
    async def waiting(self, services: NamedDependency[Services]) -> list[ListedPairing]:
        return [
            ListedPairing(
                pairing_id=one.id,
                user_code=one.user_code,
                name=one.name,
                software=one.software,
                key_id=one.key_id,
                requested_at=one.requested_at,
                expires_at=one.expires_at,
            )
            for one in await services.stations.stations.pending(datetime.now(UTC))
        ]

    @post(
        "/approve",
        status_code=200,
        operation_id="approvePairing",
        summary="Let the device that shows this code be a station, under this name and in this room",
        opt={
            **allowed_to("admin", problems=("pairing-not-found", "pairing-expired", "pairing-over", "contention")),
            **changes_one(),
        },
    )
    async def approve(
        self, data: JSONBody[ApprovalRequest], request: JsonRequest, services: NamedDependency[Services]
    ) -> StationDetails:
        outcome = await services.stations.decide_pairing.approve(
            data.user_code, name=data.name, room=data.room, by=caller_of(request).subject
        )
        return details_of(_decided(outcome), None)

    @post(
        "/refuse",
        status_code=200,
        operation_id="refusePairing",
        summary="Turn the device that shows this code away",
        opt=allowed_to("admin", problems=("pairing-not-found", "pairing-expired", "pairing-over", "contention")),
    )
    async def refuse(
        self, data: JSONBody[RefusalRequest], request: JsonRequest, services: NamedDependency[Services]
    ) -> RefusedPairing:
        outcome = await services.stations.decide_pairing.refuse(data.user_code, by=caller_of(request).subject)
        return RefusedPairing(pairing_id=_decided(outcome).id, status="refused")


def _decided(outcome: PairedStation | StationNotFound | PairingOver) -> PairedStation:
    if isinstance(outcome, StationNotFound):
        raise HttpProblem(ProblemFacts(code="pairing-not-found"))
    if isinstance(outcome, PairingOver):
        raise HttpProblem(station_problem(outcome, datetime.now(UTC)))
    return outcome


async def _accept(request: JsonRequest, key: PublicKey, services: Services) -> None:
    """The request is signed with this key, for the first time."""
    signature = signature_of(request)
    if signature.key_id != key.id:
        raise HttpProblem(ProblemFacts(code="signature-invalid", detail=f"keyid is not the key's: {key.id}"))
    await accept_signature(request, signature, key.raw, services.stations.nonces)
