"""The review endpoints: what nobody was matched to, and what staff make of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from adapters.http.auth import caller_of
from adapters.http.json_request import JsonRequest
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.problems import ProblemCode
from adapters.http.review_schemas import AssignRequest, ReviewCandidate, ReviewedAnswer, ReviewEntry, ReviewList
from adapters.http.services import Services
from application.ports import PersonSummary, ReviewItem, ReviewKind
from application.read_emotion import CheckInNotFound
from application.review import PersonUnknown, Reviewed
from domain.review import NobodyMatched, NotDecidedYet, SomebodyMatched

REVIEW_KINDS: tuple[ReviewKind, ...] = ("unknown", "ambiguous", "mismatch", "refused", "denied")
_PAGE = 50
_CHANGE: tuple[ProblemCode, ...] = ("checkin-not-found", "checkin-undecided", "contention")
Unreviewed = CheckInNotFound | PersonUnknown | NotDecidedYet | NobodyMatched | SomebodyMatched
UNREVIEWED_CODES: Mapping[type[Unreviewed], ProblemCode] = {
    CheckInNotFound: "checkin-not-found",
    PersonUnknown: "candidate-unknown",
    NotDecidedYet: "checkin-undecided",
    NobodyMatched: "nobody-matched",
    SomebodyMatched: "somebody-matched",
}


class ReviewController(Controller):
    path = "/api/review"
    tags = ("review",)

    @get(
        operation_id="listReviews",
        summary="Check-ins that belong to nobody, the newest first",
        opt=allowed_to("staff", "admin"),
    )
    async def waiting(
        self,
        services: NamedDependency[Services],
        kind: Annotated[ReviewKind | None, QueryParameter(description="else all")] = None,
        before: Annotated[int | None, QueryParameter(description="`next_before` of the page before", ge=1)] = None,
    ) -> ReviewList:
        kinds = REVIEW_KINDS if kind is None else (kind,)
        found = await services.reviews.waiting(kinds=kinds, limit=_PAGE + 1, before_position=before)
        items = found[:_PAGE]
        people = {person.id: person for person in await services.people.all()}
        return ReviewList(
            items=[review_entry(item, people) for item in items],
            counts=await services.reviews.counts(),
            next_before=items[-1].position if len(found) > _PAGE else None,
        )

    @post(
        "/{checkin_id:uuid}/assign",
        operation_id="assignCheckIn",
        summary="Say whose check-in it is, whatever was decided before",
        status_code=200,
        opt=allowed_to("staff", "admin", problems=(*_CHANGE, "candidate-unknown")),
    )
    async def assign(
        self,
        checkin_id: FromPath[UUID],
        data: JSONBody[AssignRequest],
        request: JsonRequest,
        services: NamedDependency[Services],
    ) -> ReviewedAnswer:
        by = caller_of(request).subject
        return reviewed_answer(await services.review.assign(checkin_id, data.user_id, by=by))

    @post(
        "/{checkin_id:uuid}/deny",
        operation_id="denyMatch",
        summary="Say that it is not who was matched",
        status_code=200,
        opt=allowed_to("staff", "admin", problems=(*_CHANGE, "nobody-matched")),
    )
    async def deny(
        self, checkin_id: FromPath[UUID], request: JsonRequest, services: NamedDependency[Services]
    ) -> ReviewedAnswer:
        return reviewed_answer(await services.review.deny_match(checkin_id, by=caller_of(request).subject))

    @post(
        "/{checkin_id:uuid}/dismiss",
        operation_id="dismissCheckIn",
        summary="Leave it as it is: it waits no more",
        status_code=200,
        opt=allowed_to("staff", "admin", problems=(*_CHANGE, "somebody-matched")),
    )
    async def dismiss(
        self, checkin_id: FromPath[UUID], request: JsonRequest, services: NamedDependency[Services]
    ) -> ReviewedAnswer:
        return reviewed_answer(await services.review.dismiss(checkin_id, by=caller_of(request).subject))


def reviewed_answer(outcome: Reviewed | Unreviewed) -> ReviewedAnswer:
    """Raises HttpProblem where nothing was reviewed."""
    if not isinstance(outcome, Reviewed):
        raise HttpProblem(ProblemFacts(code=UNREVIEWED_CODES[type(outcome)]))
    check_in = outcome.check_in
    person = None if check_in.person is None else check_in.person.reveal()
    return ReviewedAnswer(
        checkin_id=check_in.id, status=check_in.status, person_id=person, dismissed=check_in.dismissed
    )


def review_entry(item: ReviewItem, people: Mapping[UUID, PersonSummary]) -> ReviewEntry:
    candidates = [people[id] for id in item.candidates if id in people]
    return ReviewEntry(
        checkin_id=item.id,
        kind=item.kind,
        station_id=item.station_id,
        moment=item.moment,
        distance=item.distance,
        threshold=item.threshold,
        margin=item.margin,
        margin_required=item.margin_required,
        confidence=item.confidence,
        refusal_code=item.refusal_code,
        refusal_value=item.refusal_value,
        refusal_limit=item.refusal_limit,
        candidates=[ReviewCandidate(person_id=one.id, user_id=one.user_id, name=one.name) for one in candidates],
        position=item.position,
    )
