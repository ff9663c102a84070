"""An answer that the contract does not document is written down, whatever it is that is not documented."""

from __future__ import annotations

import msgspec
import pytest
from litestar import Litestar, Response, get
from litestar.testing import TestClient

from tests.http.contract_recorder import ContractRecorder, Tally
from tests.http.documented_answers import PROBLEM, Answer, contract

ALIVE = Answer(
    method="GET",
    template="/health/live",
    status=200,
    headers={"content-type": "application/json", "server-timing": "total;dur=0.1", "traceparent": "00-1-2-01"},
    body=b'{"status": "live"}',
)
REFUSED = Answer(
    method="GET",
    template="/problems/{code}",
    status=404,
    headers={**ALIVE.headers, "content-type": PROBLEM, "content-language": "en", "vary": "Accept-Language"},
    body=msgspec.json.encode(
        {
            "type": "/problems/not-found",
            "title": "There is nothing at this path",
            "status": 404,
            "code": "not-found",
            "retry": "never",
            "fixed_by": "station",
            "sentence": "This station has a fault.",
        }
    ),
)


def with_header(answer: Answer, name: str, value: str | None) -> Answer:
    headers = {key: one for key, one in answer.headers.items() if key != name}
    return msgspec.structs.replace(answer, headers=headers if value is None else {**headers, name: value})


@pytest.mark.parametrize("answer", [ALIVE, REFUSED], ids=["success", "problem"])
def test_what_is_documented_is_let_through(answer: Answer) -> None:
    assert list(contract().faults(answer)) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (msgspec.structs.replace(ALIVE, status=418), "the status is not documented"),
        (msgspec.structs.replace(ALIVE, method="PATCH"), "no such method is documented"),
        (msgspec.structs.replace(ALIVE, template="/api/hidden"), "the path is in no document"),
        (msgspec.structs.replace(ALIVE, body=b'{"status": "half"}'), "at $.status"),
        (msgspec.structs.replace(ALIVE, body=b"{}"), "'status' is a required property"),
        (with_header(ALIVE, "content-type", "text/html"), "'text/html' is not documented"),
        (with_header(ALIVE, "server-timing", None), "without the header server-timing"),
        (with_header(ALIVE, "x-surprise", "1"), "headers that are not documented: ['x-surprise']"),
        (with_header(REFUSED, "content-language", "tlh"), "content-language: 'tlh' does not fit"),
        (
            msgspec.structs.replace(REFUSED, body=REFUSED.body.replace(b'"not-found"', b'"no-face"')),
            "the problem no-face is not documented",
        ),
        (msgspec.structs.replace(REFUSED, template=None), "without the headers ['cache-control'"),
        (
            msgspec.structs.replace(REFUSED, template=None, body=REFUSED.body.replace(b'"not-found"', b'"no-face"')),
            "no-face is no answer to a path that is not there",
        ),
        (msgspec.structs.replace(ALIVE, method="OPTIONS", status=204, body=b""), "without Allow"),
    ],
)
def test_what_is_not_documented_is_named(answer: Answer, said: str) -> None:
    (fault,) = contract().faults(answer)
    assert said in fault


def test_a_served_application_is_watched() -> None:
    @get("/health/live")
    async def live() -> Response[dict[str, str]]:
        return Response({"status": "live"}, status_code=418)

    tally = Tally()
    app = Litestar([live], openapi_config=None, logging_config=None)
    app.asgi_handler = ContractRecorder(app.asgi_handler, tally=tally)
    with TestClient(app) as client:
        client.get("/health/live")
    assert (tally.answers, len(tally.new_faults()), tally.new_faults()) == (1, 1, [])
    assert tally.cells == {"GET /health/live nobody": 1}
