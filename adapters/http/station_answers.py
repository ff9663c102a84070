"""From what the use cases of stations answered to what the contract answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

import msgspec

from adapters.http.access_tokens import AccessToken
from adapters.http.problem_document import ProblemFacts
from adapters.http.station_schemas import PairingAnswer, ShownHealth, ShownSettings, StationDetails
from application.pairing import Pairing, TooManyPairings
from application.ports import StationHealth, StationSummary
from application.stations import StationNotFound
from domain.paired_station import KeyUnusable, NotPaired, PairedStation, PairingOver, StationRevoked
from domain.station_events import StationSettings

POLL_AFTER_S = 3
StationRefused = StationNotFound | NotPaired | StationRevoked | KeyUnusable | PairingOver | TooManyPairings


def station_problem(outcome: StationRefused, now: datetime) -> ProblemFacts:
    match outcome:
        case StationNotFound() | NotPaired():
            return ProblemFacts(code="station-not-found")
        case StationRevoked():
            return ProblemFacts(code="station-revoked")
        case KeyUnusable(reason=reason):
            return ProblemFacts(code="key-unusable", detail=reason)
        case PairingOver(status="expired"):
            return ProblemFacts(code="pairing-expired")
        case PairingOver(status=status):
            return ProblemFacts(code="pairing-over", detail=f"the pairing is {status}")
        case TooManyPairings(retry_at=retry_at):
            return ProblemFacts(
                code="too-many-attempts",
                detail="too many devices wait to be approved",
                retry_after_s=(retry_at - now).total_seconds(),
            )
        case _:
            assert_never(outcome)


def pairing_answer(pairing: Pairing) -> PairingAnswer:
    station = pairing.station
    approved = pairing.status == "approved"
    return PairingAnswer(
        pairing_id=station.id,
        status=pairing.status,
        user_code=station.user_code,
        expires_at=station.expires_at,
        poll_after_s=POLL_AFTER_S,
        station_id=station.id if approved else None,
        name=station.name if approved else None,
        room=station.room if approved else None,
    )


def details_of(station: PairedStation, health: StationHealth | None) -> StationDetails:
    """Of a station that is paired, or was."""
    assert station.paired_at is not None
    assert station.room is not None
    return summary_details(
        StationSummary(
            id=station.id,
            name=station.name,
            room=station.room,
            key_id=station.key.id,
            paired_at=station.paired_at,
            revoked_at=station.revoked_at,
            software=station.software,
            settings=station.settings,
            settings_version=station.settings_version,
        ),
        health,
    )


def summary_details(station: StationSummary, health: StationHealth | None) -> StationDetails:
    return StationDetails(
        id=station.id,
        name=station.name,
        room=station.room,
        key_id=station.key_id,
        paired_at=station.paired_at,
        revoked_at=station.revoked_at,
        software=station.software if health is None else health.software,
        health=_shown_health(health),
        settings=shown_settings(station.settings),
        settings_version=station.settings_version,
    )


def token_details(tokens: Sequence[AccessToken], health: StationHealth | None) -> StationDetails:
    """Of a station that presents a token. `tokens`: all that it ever had, the newest first."""
    valid = [token for token in tokens if token.revoked_at is None]
    newest = (valid or tokens)[0]
    return StationDetails(
        id=newest.subject,
        name=newest.name,
        room=None,
        key_id=None,
        paired_at=tokens[-1].created_at,
        revoked_at=newest.revoked_at,
        software=None if health is None else health.software,
        health=_shown_health(health),
        settings=shown_settings(StationSettings()),
        settings_version=0,
    )


def shown_settings(settings: StationSettings) -> ShownSettings:
    return ShownSettings(**msgspec.structs.asdict(settings))


def _shown_health(health: StationHealth | None) -> ShownHealth | None:
    if health is None:
        return None
    return ShownHealth(
        at=health.at,
        queue_items=health.queue_items,
        dead_letters=health.dead_letters,
        camera=health.camera,
        clock_offset_ms=health.clock_offset_ms,
        software=health.software,
        uptime_s=health.uptime_s,
    )
