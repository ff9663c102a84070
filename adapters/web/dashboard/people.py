"""People: everybody who is registered, found by name or user id; and registering somebody."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from adapters.http.auditing import changes_one, tells_itself
from adapters.http.auth import caller_of
from adapters.http.fields import PersonName, UserId
from adapters.http.operation import allowed_to
from adapters.http.services import Services
from adapters.web.forms import read_form
from adapters.web.rendering import page, see_other
from application.people import load_person
from application.ports import PersonSummary
from application.register_person import UserIdTaken
from domain.person import PURPOSES, Purpose

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
Shown = Literal["all", "unenrolled"]
_PAGE = 50
_MOST_FOUND = 100
_MALFORMED = "1 to {} characters that can be seen, without a space at either end."


class SearchForm(msgspec.Struct, frozen=True, kw_only=True):
    """Sent as a body and not in the URL: a name has no place in a history or a log."""

    q: str = ""


class RegisterForm(msgspec.Struct, frozen=True, kw_only=True):
    """`face` and `emotion` are there where their boxes are ticked."""

    user_id: str = ""
    name: str = ""
    face: str | None = None
    emotion: str | None = None

    @property
    def consents(self) -> list[Purpose]:
        return [purpose for purpose in PURPOSES if getattr(self, purpose) is not None]


class ListedPerson(msgspec.Struct, frozen=True, kw_only=True):
    summary: PersonSummary
    consents: frozenset[Purpose]


@get("/people/", opt=allowed_to("staff", "admin"), include_in_schema=False)
async def people_list(
    request: AnyRequest,
    services: NamedDependency[Services],
    show: FromQuery[Shown] = "all",
    number: Annotated[int, QueryParameter(name="page", ge=1, le=100_000)] = 1,
) -> Response[str]:
    everybody = await services.people.all()
    chosen = everybody if show == "all" else [one for one in everybody if not one.templates]
    start = (number - 1) * _PAGE
    return await _list_page(
        request,
        services,
        everybody,
        chosen[start : start + _PAGE],
        show=show,
        number=number,
        pages=max(1, -(-len(chosen) // _PAGE)),
    )


@post(
    "/people/search/",
    opt={**allowed_to("staff", "admin"), **tells_itself()},
    status_code=200,
    include_in_schema=False,
)
async def people_search(request: AnyRequest, services: NamedDependency[Services]) -> Response[str]:
    form = await read_form(request, SearchForm)
    everybody = await services.people.all()
    found = matching(everybody, form.q)
    return await _list_page(request, services, everybody, found[:_MOST_FOUND], q=form.q.strip(), found=len(found))


@post(
    "/people/",
    opt={**allowed_to("staff", "admin"), **changes_one()},
    status_code=200,
    include_in_schema=False,
)
async def people_register(request: AnyRequest, services: NamedDependency[Services]) -> Response[Any]:
    form = await read_form(request, RegisterForm)
    wrong: dict[str, str] = {}
    user_id, name = form.user_id.strip(), form.name.strip()
    if not _is(UserId, user_id):
        wrong["user_id"] = _MALFORMED.format(128)
    if not _is(PersonName, name):
        wrong["name"] = _MALFORMED.format(200)
    status = 422
    if not wrong:
        outcome = await services.register_person(user_id=user_id, name=name, consents=form.consents)
        if not isinstance(outcome, UserIdTaken):
            return see_other(f"/people/{outcome.person}/?done=registered")
        wrong["user_id"], status = "Somebody else is registered under this user id.", 409
    everybody = await services.people.all()
    return await _list_page(
        request, services, everybody, everybody[:_PAGE], form=form, wrong=wrong, status_code=status,
        pages=max(1, -(-len(everybody) // _PAGE)),
    )  # fmt: skip


def matching(everybody: Sequence[PersonSummary], asked: str) -> list[PersonSummary]:
    """Those whose name or user id holds every word, whatever its case and accents."""
    words = _plain(asked).split()
    return [one for one in everybody if all(word in _plain(f"{one.name} {one.user_id}") for word in words)]


async def find_person(services: Services, id: UUID) -> PersonSummary | None:
    """None where nobody is registered under it, or they were erased."""
    return next((one for one in await services.people.all() if one.id == id), None)


async def _list_page(
    request: AnyRequest,
    services: Services,
    everybody: Sequence[PersonSummary],
    listed: Sequence[PersonSummary],
    *,
    show: Shown = "all",
    number: int = 1,
    pages: int = 1,
    q: str | None = None,
    found: int = 0,
    form: RegisterForm | None = None,
    wrong: Mapping[str, str] | None = None,
    status_code: int = 200,
) -> Response[str]:
    return page(
        "people.html",
        caller=caller_of(request),
        section="People",
        status_code=status_code,
        people=[ListedPerson(summary=one, consents=await _consents(services, one.id)) for one in listed],
        total=len(everybody),
        unenrolled=sum(not one.templates for one in everybody),
        show=show,
        number=number,
        pages=pages,
        q=q,
        found=found,
        form=form or RegisterForm(face="on"),
        wrong=wrong or {},
    )


async def _consents(services: Services, id: UUID) -> frozenset[Purpose]:
    person = await load_person(services.store, id)
    return frozenset() if person is None else person.consents


def _is(declared: Any, value: str) -> bool:  # an annotated type is no `type`
    try:
        msgspec.convert(value, declared)
    except msgspec.ValidationError:
        return False
    return True


def _plain(text: str) -> str:
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter))
