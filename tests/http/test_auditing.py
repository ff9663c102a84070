"""What is recorded of a change: only what was done, by whoever is to be named, and before it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from litestar import Litestar, Response, get, post
from litestar.params import FromPath
from litestar.testing import TestClient

from adapters.clock import SystemClock
from adapters.http.access_tokens import Caller, Role
from adapters.http.auditing import record_change, remember_request, tells_itself
from adapters.http.auth import Connection, role_guard
from adapters.http.errors import EXCEPTION_HANDLERS
from adapters.http.operation import allowed_to
from adapters.http.problem_document import HttpProblem, ProblemFacts
from adapters.http.timing import Timing
from domain.audit import ActionRecorded, AuditEvent

ROLES: tuple[Role, ...] = ("station", "person", "staff", "analyst", "admin")
SUBJECT, OBJECT = uuid4(), uuid4()


class Made(msgspec.Struct, frozen=True):
    id: UUID


class Book:
    """Keeps what it is given, or fails as a database would."""

    def __init__(self, *, broken: bool = False) -> None:
        self.entries: list[ActionRecorded] = []
        self._broken = broken

    async def append(self, stream: UUID, after_version: int, events: Sequence[AuditEvent]) -> int:
        if self._broken:
            raise TimeoutError
        assert after_version == 0
        self.entries += [event for event in events if isinstance(event, ActionRecorded)]
        return 1


@post("/things/{thing_id:uuid}/", operation_id="changeThing", opt=allowed_to(*ROLES), sync_to_thread=False)
def change(thing_id: FromPath[UUID]) -> None:
    if thing_id != OBJECT:
        raise HttpProblem(ProblemFacts(code="not-found"))


@get("/things/", opt=allowed_to(*ROLES), sync_to_thread=False)
def read() -> None: ...


@post("/people/", operation_id="registerThing", opt=allowed_to(*ROLES), sync_to_thread=False)
def made() -> Response[Made]:
    return Response(Made(id=OBJECT))


@post("/forms/people/", opt=allowed_to(*ROLES), sync_to_thread=False)
def made_by_form() -> Response[None]:
    return Response(None, status_code=303, headers={"Location": f"/people/{OBJECT}/?done=registered"})


@post("/page/", opt=allowed_to(*ROLES), sync_to_thread=False)
def page() -> None: ...


@post("/accounts/", opt={**allowed_to(*ROLES), **tells_itself()}, sync_to_thread=False)
def told() -> None: ...


def client(book: Book, role: Role) -> TestClient[Any]:  # Litestar's own type parameter
    async def authenticate(_: Connection) -> Caller:
        return Caller(role=role, name="Ada", subject=SUBJECT)

    app = Litestar(
        [change, read, page, told, made, made_by_form],
        guards=[role_guard([authenticate]), remember_request(book.append, SystemClock())],
        after_request=record_change,
        exception_handlers=EXCEPTION_HANDLERS,
        logging_config=None,
        openapi_config=None,
    )
    app.asgi_handler = Timing(app.asgi_handler)
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("role", "by"), [("staff", SUBJECT), ("analyst", SUBJECT), ("admin", SUBJECT), ("person", None)]
)
def test_a_change_is_recorded_with_who_asked_for_it(role: Role, by: UUID | None) -> None:
    book = Book()
    with client(book, role) as asking:
        answer = asking.post(f"/things/{OBJECT}/")
    (entry,) = book.entries
    assert (entry.by, entry.role, entry.action, entry.object) == (by, role, "changeThing", OBJECT)
    assert entry.trace_id == answer.headers["traceparent"].split("-")[1]


def test_a_page_is_named_by_its_route() -> None:
    book = Book()
    with client(book, "staff") as asking:
        asking.post("/page/")
    assert [entry.action for entry in book.entries] == ["POST /page"]


def test_what_changed_nothing_is_not_recorded() -> None:
    book = Book()
    with client(book, "staff") as asking:
        assert asking.post(f"/things/{uuid4()}/").status_code == 404
        assert asking.get("/things/").status_code == 200
        assert asking.post("/accounts/").status_code == 201
    with client(book, "station") as station:
        assert station.post(f"/things/{OBJECT}/").status_code == 201
    assert book.entries == []


def test_a_change_that_cannot_be_recorded_is_not_answered_as_done() -> None:
    with client(Book(broken=True), "staff") as asking:
        answer = asking.post(f"/things/{OBJECT}/")
        assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
        assert asking.get("/things/").status_code == 200


@pytest.mark.parametrize("path", ["/people/", "/forms/people/"])
def test_what_was_made_is_recorded_with_its_id(path: str) -> None:
    book = Book()
    with client(book, "staff") as http:
        assert http.post(path, follow_redirects=False).status_code < 400
    (entry,) = book.entries
    assert entry.object == OBJECT


def test_of_what_a_person_made_for_themselves_nothing_more_is_kept() -> None:
    book = Book()
    with client(book, "person") as http:
        http.post("/people/")
    (entry,) = book.entries
    assert entry.object is None
