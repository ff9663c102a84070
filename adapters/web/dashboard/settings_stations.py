"""The stations as a page: who waits to be paired, how each is, and tokens for stations without a key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from adapters.http.auditing import changes_one
from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.problem_document import ProblemFacts
from adapters.http.services import Services
from adapters.http.session_schemas import Words
from adapters.http.station_answers import station_problem
from adapters.http.station_schemas import ApprovalRequest, UserCode
from adapters.web.dashboard.door import doors
from adapters.web.dashboard.notices import Notice, done, refused
from adapters.web.dashboard.settings import AnyRequest, settings_page, shown_once, typed
from adapters.web.rendering import see_other
from application.stations import StationNotFound
from domain.paired_station import PairedStation, PairingOver

_DONE = {
    "approved": "Approved. The station begins by itself within a few seconds.",
    "refused": "Refused. The device says so on its screen.",
    "revoked": "Revoked. Nothing that it sends is accepted any more.",
}


class RefusalForm(msgspec.Struct, frozen=True, kw_only=True):
    """The name and the room beside the button come with it, and do not matter."""

    user_code: UserCode


class TokenForm(msgspec.Struct, frozen=True, kw_only=True):
    name: Words


@get("/settings/stations/", opt=allowed_to("admin"), include_in_schema=False)
async def stations_page(
    request: AnyRequest,
    services: NamedDependency[Services],
    said: Annotated[str, QueryParameter(name="done", max_length=20)] = "",
) -> Response[str]:
    return await _page(request, services, done(said, _DONE), {})


@post("/settings/stations/approve/", opt={**allowed_to("admin"), **changes_one()}, include_in_schema=False)
async def approve(request: AnyRequest, services: NamedDependency[Services]) -> Response[str] | Response[None]:
    form, fields, notice = await typed(request, ApprovalRequest)
    if form is None:
        return await _page(request, services, notice, fields)
    outcome = await services.stations.decide_pairing.approve(
        form.user_code, name=form.name, room=form.room, by=caller_of(request).subject
    )
    return await _decided(request, services, outcome, "approved", fields)


@post("/settings/stations/refuse/", opt=allowed_to("admin"), include_in_schema=False)
async def refuse(request: AnyRequest, services: NamedDependency[Services]) -> Response[str] | Response[None]:
    form, fields, notice = await typed(request, RefusalForm)
    if form is None:
        return await _page(request, services, notice, fields)
    outcome = await services.stations.decide_pairing.refuse(form.user_code, by=caller_of(request).subject)
    return await _decided(request, services, outcome, "refused", fields)


@post("/settings/stations/token/", opt=allowed_to("admin"), include_in_schema=False, status_code=200)
async def issue_token(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    """For a station in its simple mode: whoever holds the token is the station."""
    form, fields, notice = await typed(request, TokenForm)
    if form is None:
        return await _page(request, services, notice, fields)
    if form.name in await services.tokens.stations():
        taken = Notice(kind="bad", words="Another station has a token of this name. Choose another.", status_code=409)
        return await _page(request, services, taken, fields)
    made = await services.tokens.create("station", form.name)
    return shown_once(
        request,
        services,
        "Stations",
        title=f"Token of {form.name}",
        secret=made.token,
        words=[
            "Put it where the station’s settings ask for its token.",
            "Whoever holds it can send as this station until it is revoked.",
        ],
        back="/settings/stations/",
    )


async def _decided(
    request: AnyRequest,
    services: Services,
    outcome: PairedStation | StationNotFound | PairingOver,
    word: str,
    fields: dict[str, str],
) -> Response[str] | Response[None]:
    match outcome:
        case PairedStation():
            return see_other(f"/settings/stations/?done={word}")
        case StationNotFound():
            return await _page(request, services, refused(ProblemFacts(code="pairing-not-found")), fields)
        case PairingOver():
            return await _page(request, services, refused(station_problem(outcome, datetime.now(UTC))), fields)


async def _page(
    request: AnyRequest, services: Services, notice: Notice | None, fields: dict[str, str]
) -> Response[str]:
    now = datetime.now(UTC)
    paired = await services.stations.stations.paired()
    names: dict[UUID, str] = {one.id: one.name for one in paired}
    return settings_page(
        "settings_stations.html",
        request,
        services,
        "Stations",
        notice=notice,
        typed=fields,
        now=now,
        pending=await services.stations.stations.pending(now),
        doors=await doors(services, now),
        revoked=sorted(
            (one for one in paired if one.revoked_at is not None), key=lambda one: (names[one.id], str(one.id))
        ),
    )
