"""One check-in: everything that it was decided with, and what happened to it, in order and in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from markupsafe import Markup

from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.services import Services
from adapters.web.charts.drawing import drawing, rectangle, rule, text, upright
from adapters.web.dashboard.door import doors
from adapters.web.dashboard.latency_words import words_of
from adapters.web.dashboard.review import KIND_WORDS, candidates_of, naming
from adapters.web.dashboard.review_words import Decided, decided_words, happened, refusal_figures, was_matched, why
from adapters.web.rendering import distance, page
from domain import check_in as check_ins
from domain.matching import Evidence

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
_HEIGHT = 58


@get("/review/{checkin_id:uuid}/", opt=allowed_to("staff", "admin"), include_in_schema=False)
async def review_one(
    request: AnyRequest,
    checkin_id: FromPath[UUID],
    services: NamedDependency[Services],
    done: FromQuery[Decided | None] = None,
) -> Response[str]:
    return await check_in_page(request, services, checkin_id, done=done)


async def check_in_page(
    request: AnyRequest,
    services: Services,
    id: UUID,
    *,
    done: Decided | None = None,
    wrong: str | None = None,
    typed: str = "",
    status_code: int = 200,
) -> Response[str]:
    """`wrong`: why nothing was decided, where `typed` was asked for. Raises HttpProblem where there is no such one."""
    events = await services.store.load_check_in(id)
    check_in = check_ins.replay(id, events)
    if check_in is None:
        raise HttpProblem(ProblemFacts(code="checkin-not-found"))
    everybody = await services.people.all()
    people = {person.id: person for person in everybody}
    item = await services.reviews.one(id)
    accounts = {account.id: account.name for account in await services.accounts.accounts.all()}

    name_of = naming(people)
    names = {door.id: door.name for door in await doors(services, datetime.now(UTC))}
    owner = None if check_in.person is None else check_in.person.reveal()
    return page(
        "review_one.html",
        caller=caller_of(request),
        section="Review",
        status_code=status_code,
        zone=services.zone,
        check_in=check_in,
        kind=None if item is None else item.kind,
        kind_words=KIND_WORDS,
        station=names.get(check_in.station_id, "a station that is gone"),
        why=why(events, name_of),
        matched=was_matched(events),
        measured=None if check_in.refusal is None else refusal_figures(check_in.refusal),
        timings=[(words_of(f"identify.{stage}")[0], took) for stage, took in check_in.timings_ms.items()],
        owner=people.get(owner) if owner else None,
        candidates=[one for one in candidates_of(item, check_in, people) if one.id != owner],
        scale=None if check_in.evidence is None else _scale(check_in.evidence),
        events=[happened(event, events, name_of) for event in events],
        accounts=accounts,
        everybody=everybody,
        notice=None if done is None else decided_words(done, events, name_of),
        wrong=wrong,
        typed=typed,
    )


def _scale(evidence: Evidence) -> Markup | None:
    """How near the nearest was, beside how near is near enough."""
    if evidence.distance is None:
        return None
    top = max(evidence.threshold * 2, evidence.distance * 1.15)
    near = evidence.distance <= evidence.threshold
    said = f"The nearest at distance {distance(evidence.distance)}; a match is at most {distance(evidence.threshold)}"
    return drawing(
        [
            rectangle(0, 22, evidence.distance / top, 14, "mark present" if near else "mark absent", said),
            rule(36),
            upright(evidence.threshold / top, 42),
            text(evidence.threshold / top, 56, f"match up to {distance(evidence.threshold)}"),
            text(0, 14, f"nearest at {distance(evidence.distance)}", kind="label", anchor="start"),
        ],
        title=said,
        height=_HEIGHT,
    )
