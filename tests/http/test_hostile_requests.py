"""Nothing that a client sends ends in a 500, and everything is answered with a document of the contract."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from adapters.demo.cast import CAST
from adapters.http.problem_document import Problem
from tests.http.drawn_people import in_base64, perform
from tests.http.live_server import LiveServer

POSTS = ("/api/checkin/identify/", "/api/checkin/emotion/", "/api/checkin/burst/", "/api/people/")
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT = st.text(max_size=80)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=7) | st.dictionaries(TEXT, inner, max_size=7),
    max_leaves=20,
)
BASE64 = st.binary(max_size=200).map(lambda content: msgspec.to_builtins(content))
NEARLY_RIGHT = st.fixed_dictionaries(
    {"image": BASE64 | JSON, "images": st.lists(BASE64, min_size=5, max_size=7) | JSON},
    optional={
        "user_id": TEXT | JSON,
        "burst_id": TEXT | JSON,
        "checkin_id": st.uuids().map(str) | TEXT,
        "captured_at": st.datetimes().map(lambda moment: moment.isoformat() + "+14:00") | TEXT,
        "primary": st.integers(),
        "name": TEXT,
        "consents": st.lists(st.sampled_from(["face", "emotion", "shoes"])),
    },
)
SHAPES = (("image",), ("images", "checkin_id"), ("images",), ("user_id", "name", "consents"))
HEADER_VALUE = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=100).map(
    lambda text: text.strip().encode("latin-1")
)
HEADER_NAMES = st.sampled_from(
    [
        "accept",
        "accept-language",
        "accept-encoding",
        "authorization",
        "content-encoding",
        "content-type",
        "cookie",
        "host",
        "if-none-match",
        "origin",
        "range",
        "traceparent",
        "tracestate",
        "x-forwarded-for",
        "x-http-method-override",
    ]
)


@pytest.fixture(scope="module")
def admin(busy_server: LiveServer) -> Any:
    with busy_server.client("admin", headers={"content-type": "application/json"}) as client:
        yield client


@pytest.fixture(scope="module")
def station(busy_server: LiveServer) -> Any:
    with busy_server.client("station", headers={"content-type": "application/json"}) as client:
        yield client


def check(answer: httpx.Response) -> None:
    assert answer.status_code != 500, answer.text
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        assert answer.headers["content-type"] == "application/problem+json"
        assert msgspec.json.decode(answer.content, type=Problem).status == answer.status_code


@MANY
@given(path=st.sampled_from(POSTS), body=st.binary(max_size=400))
def test_any_bytes_as_a_body(admin: httpx.Client, station: httpx.Client, path: str, body: bytes) -> None:
    check((admin if "people" in path else station).post(path, content=body))


@MANY
@given(path=st.sampled_from(POSTS), body=JSON)
def test_any_json_as_a_body(admin: httpx.Client, station: httpx.Client, path: str, body: object) -> None:
    check((admin if "people" in path else station).post(path, content=msgspec.json.encode(body)))


@MANY
@given(which=st.integers(0, 3), body=NEARLY_RIGHT, extra=st.sampled_from(["burst_id", "captured_at", "primary", ""]))
def test_bodies_that_are_nearly_right(
    admin: httpx.Client, station: httpx.Client, which: int, body: dict[str, object], extra: str
) -> None:
    kept = {name: value for name, value in body.items() if name in (*SHAPES[which], extra)}
    check((admin if which == 3 else station).post(POSTS[which], content=msgspec.json.encode(kept)))


@MANY
@given(headers=st.dictionaries(HEADER_NAMES, HEADER_VALUE, max_size=5), path=st.sampled_from(POSTS))
def test_any_headers(station: httpx.Client, headers: dict[str, bytes], path: str) -> None:
    given = [(name.encode(), value) for name, value in headers.items()]
    try:
        answer = station.post(path, content=b'{"image": "/9j/"}', headers=given)
    except httpx.LocalProtocolError:
        reject()  # what the client's own library cannot put on the wire
    check(answer)


@MANY
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD"]),
    path=st.sampled_from(["/", "/api/checkin/", "/api/people/", "/problems/", "/health/"]),
    rest=st.text(max_size=40),
    query=st.dictionaries(st.sampled_from(["limit", "after_position", "x"]), TEXT, max_size=3),
)
def test_any_path_and_query(admin: httpx.Client, method: str, path: str, rest: str, query: dict[str, str]) -> None:
    url = f"{path}{quote(rest, safe='/%')}?{urlencode(query)}"
    check(admin.request(method, url))


@pytest.mark.parametrize("path", ["/%00", "/%ff", "/%ed%a0%80", "/%2e%2e/", "/api/checkin/%00/", "/*"])
def test_paths_that_are_not_text(admin: httpx.Client, path: str) -> None:
    answer = admin.get(path)
    check(answer)
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/../..", "//"])
def test_paths_that_lead_nowhere_but_to_the_first_page(admin: httpx.Client, path: str) -> None:
    answer = admin.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/today/")


@pytest.mark.parametrize("path", ["/sign-in/", "/metrics/", "/me/worker.js"])
def test_a_media_type_names_its_charset_once(admin: httpx.Client, path: str) -> None:
    assert admin.get(path).headers["content-type"].count("charset") == 1


@pytest.fixture(scope="module")
def whole() -> bytes:
    return perform(CAST[2], "neutral", seed=3).primary_frame


@settings(MANY, max_examples=80)
@given(start=st.integers(0, 400), cut=st.integers(0, 30_000), noise=st.binary(max_size=40), emotion=st.booleans())
def test_any_picture_before_the_models(
    warm_server: LiveServer, whole: bytes, start: int, cut: int, noise: bytes, emotion: bool
) -> None:
    """A real JPEG with bytes overwritten from `start`, and cut off at `cut`."""
    picture = (whole[:start] + noise + whole[start + len(noise) :])[:cut]
    with warm_server.client("station") as client:
        if emotion:
            check(client.post(POSTS[2], json={"images": in_base64(*[picture, *[whole] * 4, noise])}))
        else:
            check(client.post(POSTS[0], json={"image": in_base64(picture)[0]}))


@MANY
@given(token=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80))
def test_any_token(busy_server: LiveServer, station: httpx.Client, token: str) -> None:
    answer = station.post(POSTS[0], content=b"{}", headers={"authorization": f"Bearer {token}"})
    check(answer)
    assert answer.status_code == 401
