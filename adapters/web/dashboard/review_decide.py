"""What staff make of a check-in, by plain forms: whose it is, that it is not who was matched, or that it stays so."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from adapters.http.auth import caller_of
from adapters.http.fields import UserId
from adapters.http.operation import allowed_to
from adapters.http.problems import CATALOGUE
from adapters.http.review import UNREVIEWED_CODES, Unreviewed
from adapters.http.services import Services
from adapters.web.dashboard.review import list_url
from adapters.web.dashboard.review_one import check_in_page
from adapters.web.dashboard.review_words import Decided
from adapters.web.forms import read_form
from adapters.web.rendering import see_other
from application.ports import ReviewKind
from application.review import PersonUnknown, Reviewed

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody


class DecideForm(msgspec.Struct, frozen=True, kw_only=True):
    """`back`: the page to go on with. In the list that is at `kind` and `before`, with the check-in `next` in view."""

    user_id: str = ""
    back: Literal["list", "one"] = "one"
    kind: ReviewKind | None = None
    before: int | None = None
    next: UUID | None = None


@post("/review/{checkin_id:uuid}/assign/", opt=allowed_to("staff", "admin"), include_in_schema=False)
async def assign(request: AnyRequest, checkin_id: FromPath[UUID], services: NamedDependency[Services]) -> Response[Any]:
    form = await read_form(request, DecideForm)
    by = caller_of(request).subject
    user_id = form.user_id.strip()
    known = _is_user_id(user_id)
    outcome = await services.review.assign(checkin_id, user_id, by=by) if known else PersonUnknown()
    return await _answer(request, services, checkin_id, form, outcome, "assigned")


@post("/review/{checkin_id:uuid}/deny/", opt=allowed_to("staff", "admin"), include_in_schema=False)
async def deny(request: AnyRequest, checkin_id: FromPath[UUID], services: NamedDependency[Services]) -> Response[Any]:
    form = await read_form(request, DecideForm)
    outcome = await services.review.deny_match(checkin_id, by=caller_of(request).subject)
    return await _answer(request, services, checkin_id, form, outcome, "denied")


@post("/review/{checkin_id:uuid}/dismiss/", opt=allowed_to("staff", "admin"), include_in_schema=False)
async def dismiss(
    request: AnyRequest, checkin_id: FromPath[UUID], services: NamedDependency[Services]
) -> Response[Any]:
    form = await read_form(request, DecideForm)
    outcome = await services.review.dismiss(checkin_id, by=caller_of(request).subject)
    return await _answer(request, services, checkin_id, form, outcome, "dismissed")


async def _answer(
    request: AnyRequest,
    services: Services,
    id: UUID,
    form: DecideForm,
    outcome: Reviewed | Unreviewed,
    decided: Decided,
) -> Response[Any]:
    """What was not decided is told on the page of that check-in, with what was typed."""
    if isinstance(outcome, PersonUnknown):
        wrong = f"Nobody is registered under the user id “{form.user_id}”. Choose somebody from the list."
        if not form.user_id:
            wrong = "Say whose check-in it is: type a user id, or a name, and choose somebody from the list."
        return await check_in_page(request, services, id, wrong=wrong, typed=form.user_id, status_code=422)
    if not isinstance(outcome, Reviewed):
        kind = CATALOGUE[UNREVIEWED_CODES[type(outcome)]]
        return await check_in_page(request, services, id, wrong=f"{kind.title}.", status_code=kind.status)
    if form.back == "one":
        return see_other(f"/review/{id}/?done={decided}")
    place = "" if form.next is None else f"#item-{form.next}"
    return see_other(list_url(form.kind, form.before, done=decided, last=str(id)) + place)


def _is_user_id(typed: str) -> bool:
    try:
        msgspec.convert(typed, UserId)
    except msgspec.ValidationError:
        return False
    return True
