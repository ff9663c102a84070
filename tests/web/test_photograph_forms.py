"""Enrolling photographs by a plain form: what it takes, what it bounds, and what it says of each photograph."""

from __future__ import annotations

import re

import httpx
import pytest

from adapters.demo import damage
from adapters.demo.cast import SITTINGS, STRANGER, photograph, picture_of
from tests.http.browsers import browser, new_account
from tests.http.drawn_people import register
from tests.http.live_server import LiveServer
from tests.web.test_people_pages import somebody, unique

__all__ = ["unique"]


def test_no_photograph_is_taken_without_a_consent_or_without_being_chosen(
    busy_server: LiveServer, staff: httpx.Client, unique: str
) -> None:
    id = somebody(busy_server, unique)
    assert "They have not agreed" in staff.get(f"/people/{id}/photographs/").text
    sent = {"photographs": ("1.jpg", b"/9j/")}
    refused = staff.post(f"/people/{id}/photographs/", files=sent)
    assert refused.status_code == 409
    staff.post(f"/people/{id}/consents/face/give/")
    nothing = staff.post(f"/people/{id}/photographs/", files={"photographs": ("", b"")})
    assert nothing.status_code == 422
    assert "No photograph was chosen." in nothing.text


@pytest.mark.parametrize(
    ("count", "size", "status"),
    [(11, 10, 413), (1, 30_000_001, 413), (10, 10, 503)],
    ids=["too many parts", "too many bytes", "as many as may be"],
)
def test_a_form_of_photographs_is_bounded_in_parts_and_in_bytes(
    busy_server: LiveServer, staff: httpx.Client, unique: str, count: int, size: int, status: int
) -> None:
    """The last is let in, and meets a queue that is full."""
    id = somebody(busy_server, unique, "Amira Haddad", "face")
    files = [("photographs", (f"{number}.jpg", b"\xff" * size)) for number in range(count)]
    assert staff.post(f"/people/{id}/photographs/", files=files).status_code == status


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"--x--", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nno end", 400),
        ("multipart/form-data; boundary=x", b"\xff\xfe", 400),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(
    busy_server: LiveServer, staff: httpx.Client, unique: str, content_type: str, body: bytes, status: int
) -> None:
    id = somebody(busy_server, unique, "Amira Haddad", "face")
    answer = staff.post(f"/people/{id}/photographs/", content=body, headers={"content-type": content_type})
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")


def test_photographs_of_a_plain_form_are_accepted_and_refused_by_name(warm_server: LiveServer, unique: str) -> None:
    with warm_server.client("staff") as api:
        id = register(api, unique, "Sanna Lind", ["face"])
    picture = picture_of(STRANGER, "neutral")
    blurred = damage.blurred(picture.image, picture.face, seed=1).primary_frame
    front = photograph(STRANGER, SITTINGS[0])
    files = [
        ("photographs", ("C:\\pictures\\front.jpg", front.jpeg)),
        ("photographs", ("blurred.jpg", blurred)),
        ("photographs", ("<b>notes.txt", b"not a picture")),
    ]
    with browser(warm_server, new_account(warm_server, "staff")) as client:
        page = client.post(f"/people/{id}/photographs/", files=files)
        assert page.status_code == 200
        told = re.findall(r'<span class="tag (ok|bad)">\w+</span> <strong>([^<]+)</strong>', page.text)
        assert told == [("ok", "front.jpg"), ("bad", "blurred.jpg"), ("bad", "&lt;b&gt;notes.txt")]
        assert re.search(r"Measured [\d.,]+, the limit is [\d.,]+ \(", page.text)
        assert '<span id="enrolled">1</span>' in page.text
        assert "<strong>1</strong> photograph is enrolled" in client.get(f"/people/{id}/").text
    with warm_server.client("admin") as api:
        assert api.delete(f"/api/people/{id}/").is_success, "to other tests the stranger stays one"
