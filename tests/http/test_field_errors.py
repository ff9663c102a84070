"""What is wrong with a body is named by its place in it."""

from __future__ import annotations

import msgspec
import pytest

from adapters.http.account_schemas import AccountName
from adapters.http.check_in_schemas import BurstRequest, EmotionRequest, IdentifyRequest
from adapters.http.fields import PersonName, UserId
from adapters.http.json_request import field_error
from adapters.http.people_schemas import PhotographsRequest, RegisterRequest
from adapters.http.session_schemas import Words
from tests.http.live_server import LiveServer

PERSON = b'{"user_id": "u-1", "name": "Ada", "consents": ["face"]}'


@pytest.mark.parametrize(
    ("declared", "body", "pointer"),
    [
        (IdentifyRequest, b"[]", ""),
        (IdentifyRequest, b"{}", "/image"),
        (IdentifyRequest, b'{"image": "!"}', "/image"),
        (IdentifyRequest, b'{"image": "", "userid": "u-1"}', "/userid"),
        (IdentifyRequest, b'{"image": "", "a/b~c": 1}', "/a~1b~0c"),
        (IdentifyRequest, b'{"image": "", "burst_id": "a\\n"}', "/burst_id"),
        (IdentifyRequest, b'{"image": "", "burst_id": ""}', "/burst_id"),
        (IdentifyRequest, b'{"image": "", "user_id": "a\\u0000b"}', "/user_id"),
        (IdentifyRequest, b'{"image": "", "user_id": " a"}', "/user_id"),
        (IdentifyRequest, b'{"image": "", "user_id": "a\\n"}', "/user_id"),
        (IdentifyRequest, b'{"image": "", "captured_at": "2026-11-22T10:00:00"}', "/captured_at"),
        (EmotionRequest, b'{"images": ["", "", "", "", ""]}', "/images"),
        (EmotionRequest, b'{"images": ["", "", "", "", "", "?"]}', "/images/5"),
        (BurstRequest, b'{"images": ["", "", "", "", "", ""], "primary": 6}', "/primary"),
        (RegisterRequest, PERSON.replace(b'"face"', b'"shoes"'), "/consents/0"),
        (PhotographsRequest, b'{"photographs": []}', "/photographs"),
        (PhotographsRequest, b'{"photographs": [{"name": "1", "image": "", "extra": 1}]}', "/photographs/0/extra"),
    ],
)
def test_the_pointer_leads_to_the_mistake(declared: type[msgspec.Struct], body: bytes, pointer: str) -> None:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.json.decode(body, type=declared)
    assert field_error(str(error.value)).pointer == pointer


@pytest.mark.parametrize("user_id", ["u-1", "a", "ada@example.org", "Zoë Müller", "محمد", "12 34"])
def test_a_user_id_may_be_any_visible_text(user_id: str) -> None:
    body = msgspec.json.encode({"image": b"", "user_id": user_id})
    assert msgspec.json.decode(body, type=IdentifyRequest).user_id == user_id


@pytest.mark.parametrize("unseen", ["\u202e", "\u2066", "\u200f", "\u2028", "\x85", "\x1b"])
@pytest.mark.parametrize("declared", [UserId, PersonName, AccountName, Words])
def test_no_name_turns_the_text_around_it_about(declared: type[str], unseen: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="matching regex"):
        msgspec.convert(f"N{unseen}X", declared)
    assert msgspec.convert("نـ\u200cX", declared) == "نـ\u200cX", "a joiner is a letter's business"


def test_base64_becomes_bytes() -> None:
    assert msgspec.json.decode(b'{"image": "/9j/"}', type=IdentifyRequest).image == b"\xff\xd8\xff"


@pytest.mark.parametrize(("number", "answered"), [("3.0", "overloaded"), ("3e0", "overloaded")])
def test_a_whole_number_may_be_written_with_a_point(busy_server: LiveServer, number: str, answered: str) -> None:
    body = f'{{"images": ["/9j/", "/9j/", "/9j/", "/9j/", "/9j/", "/9j/"], "primary": {number}}}'
    with busy_server.client("station", headers={"content-type": "application/json"}) as client:
        assert client.post("/api/checkin/burst/", content=body).json()["code"] == answered


@pytest.mark.parametrize("number", ["3.5", "6.0", "1e400", '"3"'])
def test_what_is_no_whole_number_is_named(busy_server: LiveServer, number: str) -> None:
    body = f'{{"images": ["/9j/", "/9j/", "/9j/", "/9j/", "/9j/", "/9j/"], "primary": {number}}}'
    with busy_server.client("station", headers={"content-type": "application/json"}) as client:
        refused = client.post("/api/checkin/burst/", content=body).json()
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("request-malformed", "/primary")
