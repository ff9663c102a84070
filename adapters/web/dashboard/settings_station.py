"""One station as a page: its name and room, what it is told to do, and its end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.services import Services
from adapters.http.station_answers import StationRefused, station_problem
from adapters.http.station_schemas import MoveRequest
from adapters.web.dashboard.door import Door, doors
from adapters.web.dashboard.notices import Notice, done
from adapters.web.dashboard.settings import AnyRequest, question, settings_page, typed
from adapters.web.rendering import see_other
from domain.paired_station import PairedStation
from domain.station_events import CaptureTrigger, StationLanguage, StationSettings

_DONE = {
    "moved": "Saved. The station shows it with its next heartbeat.",
    "settings": "Saved. The station takes them with its next heartbeat.",
}
LANGUAGES: dict[StationLanguage, str] = {"en": "English", "de": "Deutsch", "ar": "العربية"}
TRIGGERS: dict[CaptureTrigger, str] = {
    "presence": "Somebody stands before the camera",
    "key": "A key is pressed",
    "gpio": "A button or sensor on its pins",
    "interval": "Every few seconds",
}


class SettingsForm(msgspec.Struct, frozen=True, kw_only=True):
    """As the contract's SettingsRequest. `emotion` is there where its box is ticked."""

    language: StationLanguage
    cooldown_s: Annotated[float, Meta(ge=0.5, le=30)]
    retake_limit: Annotated[int, Meta(ge=0, le=10)]
    capture: CaptureTrigger
    heartbeat_s: Annotated[float, Meta(ge=5, le=300)]
    emotion: Literal["yes"] | None = None


@get("/settings/stations/{station_id:uuid}/", opt=allowed_to("admin"), include_in_schema=False)
async def station_page(
    request: AnyRequest,
    station_id: FromPath[UUID],
    services: NamedDependency[Services],
    said: Annotated[str, QueryParameter(name="done", max_length=20)] = "",
) -> Response[str]:
    return await _page(request, services, station_id, done(said, _DONE), {})


@post("/settings/stations/{station_id:uuid}/move/", opt=allowed_to("admin"), include_in_schema=False)
async def move(
    request: AnyRequest, station_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[str] | Response[None]:
    form, fields, notice = await typed(request, MoveRequest)
    if form is None:
        return await _page(request, services, station_id, notice, fields)
    outcome = await services.stations.manage.move(
        station_id, name=form.name, room=form.room, by=caller_of(request).subject
    )
    return _told(outcome, station_id, "moved")


@post("/settings/stations/{station_id:uuid}/settings/", opt=allowed_to("admin"), include_in_schema=False)
async def push_settings(
    request: AnyRequest, station_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[str] | Response[None]:
    form, fields, notice = await typed(request, SettingsForm)
    if form is None:
        return await _page(request, services, station_id, notice, fields)
    told = {**msgspec.structs.asdict(form), "emotion": form.emotion is not None}
    outcome = await services.stations.manage.change_settings(
        station_id, StationSettings(**told), by=caller_of(request).subject
    )
    return _told(outcome, station_id, "settings")


@get("/settings/stations/{station_id:uuid}/revoke/", opt=allowed_to("admin"), include_in_schema=False)
async def ask_to_revoke(
    request: AnyRequest, station_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[str]:
    door = await _known(services, station_id)
    credential = "key" if door.paired else "token"
    again = "paired anew, as another station" if door.paired else "given a new token"
    return question(
        request,
        services,
        "Stations",
        title=f"Revoke {door.name}?",
        what_happens=[
            f"Its {credential} ends at once, in every process and for good: nothing it sends is accepted any more.",
            "What it has captured and not sent yet stays on the device, and is lost to the record.",
            f"To be used again it has to be {again}.",
            "Check-ins that it sent before stay as they are.",
        ],
        action=f"/settings/stations/{station_id}/revoke/",
        button=f"Revoke the {credential}",
        back=f"/settings/stations/{station_id}/",
    )


@post("/settings/stations/{station_id:uuid}/revoke/", opt=allowed_to("admin"), include_in_schema=False)
async def revoke(
    request: AnyRequest, station_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[None]:
    door = await _known(services, station_id)
    if door.paired:
        outcome = await services.stations.manage.revoke(station_id, by=caller_of(request).subject)
        if not isinstance(outcome, PairedStation):
            raise HttpProblem(station_problem(outcome, datetime.now(UTC)))
    else:
        await services.tokens.revoke(door.name)
    return see_other("/settings/stations/?done=revoked")


def _told(outcome: PairedStation | StationRefused, station_id: UUID, word: str) -> Response[None]:
    if not isinstance(outcome, PairedStation):
        raise HttpProblem(station_problem(outcome, datetime.now(UTC)))
    return see_other(f"/settings/stations/{station_id}/?done={word}")


async def _page(
    request: AnyRequest, services: Services, station_id: UUID, notice: Notice | None, fields: dict[str, str]
) -> Response[str]:
    door = await _known(services, station_id)
    paired = next((one for one in await services.stations.stations.paired() if one.id == station_id), None)
    shown = None
    if paired is not None:
        kept = {name: str(value) for name, value in msgspec.structs.asdict(paired.settings).items()}
        kept |= {"name": paired.name, "room": paired.room, "emotion": "yes" if paired.settings.emotion else ""}
        if fields:  # a box that is not ticked is not sent
            kept |= {"emotion": fields.get("emotion", "")} if "language" in fields else {}
        shown = kept | fields
    return settings_page(
        "settings_station.html",
        request,
        services,
        "Stations",
        notice=notice,
        door=door,
        station=paired,
        shown=shown,
        languages=LANGUAGES,
        triggers=TRIGGERS,
        emotion=(await services.policy.policies.current()).emotion,
    )


async def _known(services: Services, station_id: UUID) -> Door:
    """One that may send now."""
    found = next((one for one in await doors(services, datetime.now(UTC)) if one.id == station_id), None)
    if found is None:
        raise HttpProblem(ProblemFacts(code="station-not-found"))
    return found
