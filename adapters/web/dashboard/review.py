"""Review: the check-ins that belong to nobody, each with why, and what to make of it; and those that were matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.review import REVIEW_KINDS
from adapters.http.services import Services
from adapters.live.messages import StaffSnapshot
from adapters.web.dashboard.door import doors
from adapters.web.dashboard.review_words import Decided, NameOf, decided_words, why
from adapters.web.dashboard.today import newest_first
from adapters.web.rendering import page
from application.ports import PersonSummary, ReviewItem, ReviewKind
from domain import check_in as check_ins
from domain.check_in import CheckIn
from domain.personal import PersonalData

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
KIND_WORDS: dict[ReviewKind, str] = {
    "unknown": "Unknown",
    "ambiguous": "Ambiguous",
    "mismatch": "Named somebody else",
    "refused": "Refused",
    "denied": "Match denied by staff",
}
_PAGE = 20


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One check-in to look at. `candidates`: whom it may be, the likeliest first."""

    item: ReviewItem
    why: str
    candidates: Sequence[PersonSummary]


@get("/review/", opt=allowed_to("staff", "admin"), include_in_schema=False)
async def review_list(
    request: AnyRequest,
    services: NamedDependency[Services],
    kind: FromQuery[ReviewKind | None] = None,
    before: Annotated[
        int | None, QueryParameter(ge=1, description="the position of the last on the page before")
    ] = None,
    done: FromQuery[Decided | None] = None,
    last: Annotated[UUID | None, QueryParameter(description="the check-in that `done` is about")] = None,
) -> Response[str]:
    kinds = REVIEW_KINDS if kind is None else (kind,)
    found = await services.reviews.waiting(kinds=kinds, limit=_PAGE + 1, before_position=before)
    items = found[:_PAGE]
    counts = await services.reviews.counts()
    everybody = await services.people.all()
    people = {person.id: person for person in everybody}
    return page(
        "review.html",
        caller=caller_of(request),
        section="Review",
        zone=services.zone,
        waiting=[await _waiting(services, item, people) for item in items],
        counts=[(one, KIND_WORDS[one], counts.get(one, 0)) for one in REVIEW_KINDS],
        total=sum(counts.values()),
        kind=kind,
        kind_words=KIND_WORDS,
        before=before,
        earlier=None if len(found) <= _PAGE else list_url(kind, items[-1].position),
        door_names={door.id: door.name for door in await doors(services, datetime.now(UTC))},
        everybody=everybody,
        notice=None if done is None else await _decided(services, done, last, people),
        last=last,
    )


@get("/review/matched/", opt=allowed_to("staff", "admin"), include_in_schema=False)
async def matched_list(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    """What the live feed knows of the last day: whoever was matched by mistake is found there."""
    snapshot = (await services.live.snapshot(None)).message
    assert isinstance(snapshot, StaffSnapshot)
    counts = await services.reviews.counts()
    return page(
        "review_matched.html",
        caller=caller_of(request),
        section="Review",
        zone=services.zone,
        matched=newest_first([one for one in snapshot.checkins if one.status == "checked_in" and one.person]),
        counts=[(one, KIND_WORDS[one], counts.get(one, 0)) for one in REVIEW_KINDS],
        total=sum(counts.values()),
        door_names={door.id: door.name for door in await doors(services, datetime.now(UTC))},
    )


def list_url(kind: ReviewKind | None, before: int | None = None, **more: str) -> str:
    """Where a page of the list is."""
    named = {"kind": kind, "before": before, **more}
    query = urlencode({name: value for name, value in named.items() if value is not None})
    return "/review/" + (f"?{query}" if query else "")


def naming(people: Mapping[UUID, PersonSummary]) -> NameOf:
    def name_of(sealed: PersonalData[UUID] | None) -> str:
        person = None if sealed is None else sealed.reveal()
        return people[person].name if person is not None and person in people else "somebody who was erased"

    return name_of


def candidates_of(
    item: ReviewItem | None, check_in: CheckIn | None, people: Mapping[UUID, PersonSummary]
) -> list[PersonSummary]:
    """The nearest two of an ambiguous one, and whoever was named at the station: those that are registered."""
    ids = [] if item is None else list(item.candidates)
    claimed = None if check_in is None or check_in.claimed is None else check_in.claimed.reveal()
    if claimed is not None:
        ids.append(claimed)
    return [people[id] for id in dict.fromkeys(ids) if id in people]


async def _waiting(services: Services, item: ReviewItem, people: Mapping[UUID, PersonSummary]) -> Waiting:
    events = await services.store.load_check_in(item.id)
    check_in = check_ins.replay(item.id, events)
    return Waiting(item=item, why=why(events, naming(people)), candidates=candidates_of(item, check_in, people))


async def _decided(services: Services, done: Decided, last: UUID | None, people: Mapping[UUID, PersonSummary]) -> str:
    events = [] if last is None else await services.store.load_check_in(last)
    return decided_words(done, events, naming(people))
