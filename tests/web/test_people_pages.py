"""The pages of people without a browser's script: found, registered, imported, handed codes, and erased."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from urllib.parse import unquote
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.http.access_tokens import Role
from application.sign_in import SignedIn
from tests.http.browsers import browser
from tests.http.drawn_people import register
from tests.http.live_server import LiveServer
from tests.http.test_sessions import NOW, hold

HOSTILE = "<script>alert('people')</script>"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def unique() -> str:
    """What no other test's people are called."""
    return f"p{uuid4().hex[:8]}"


def somebody(server: LiveServer, user_id: str, name: str = "Amira Haddad", *consents: str) -> UUID:
    with server.client("staff") as api:
        return register(api, user_id, name, list(consents))


def test_a_person_is_registered_by_form_and_found_by_parts_of_their_name(staff: httpx.Client, unique: str) -> None:
    form = {"user_id": f" {unique} ", "name": f"Zoë Müller {unique}", "face": "yes"}
    answer = staff.post("/people/", data=form)
    assert (answer.status_code, answer.content) == (303, b"")
    page = staff.get(answer.headers["location"])
    assert f"Zoë Müller {unique}" in page.text
    assert "Registered. The next step" in page.text
    assert page.text.count("Withdraw it for them") == 1, "the one consent whose box was ticked"
    found = staff.post("/people/search/", data={"q": f"muller ZOE {unique}"})
    assert "1 person matches" in found.text
    assert answer.headers["location"].partition("?")[0] in found.text
    assert "holds “nobody-at-all”" in staff.post("/people/search/", data={"q": "nobody-at-all"}).text


def test_a_user_id_that_is_taken_is_told_beside_it_and_nothing_typed_is_lost(
    busy_server: LiveServer, staff: httpx.Client, unique: str
) -> None:
    somebody(busy_server, unique, "Amira Haddad", "face")
    page = staff.post("/people/", data={"user_id": unique, "name": "Somebody Else", "emotion": "yes"})
    assert page.status_code == 409
    assert "Somebody else is registered under this user id." in page.text
    assert 'value="Somebody Else"' in page.text
    assert re.findall(r'name="(\w+)" value="yes" checked', page.text) == ["emotion"]


@pytest.mark.parametrize(
    ("form", "field"), [({"name": "Ada"}, "user_id"), ({"user_id": "x", "name": "a\x00b"}, "name")]
)
def test_what_cannot_be_a_name_is_told_beside_its_field(staff: httpx.Client, form: dict[str, str], field: str) -> None:
    page = staff.post("/people/", data=form)
    assert page.status_code == 422
    assert re.findall(r'id="wrong-(\w+)"', page.text) == [field]


def test_a_hostile_name_is_text_on_every_page(busy_server: LiveServer, admin: httpx.Client, unique: str) -> None:
    id = somebody(busy_server, unique, HOSTILE, "face")
    pages = [admin.get(f"/people/{id}/{page}") for page in ("", "photographs/", "erase/")]
    pages += [admin.post("/people/search/", data={"q": HOSTILE}), admin.post(f"/people/{id}/pin/")]
    for page in pages:
        assert page.status_code == 200
        assert HOSTILE not in page.text
        assert "&lt;script&gt;alert" in page.text


def test_a_consent_is_given_and_withdrawn_and_the_page_says_what_each_means(
    busy_server: LiveServer, staff: httpx.Client, unique: str
) -> None:
    id = somebody(busy_server, unique)
    assert "No photograph is kept." in staff.get(f"/people/{id}/").text
    answer = staff.post(f"/people/{id}/consents/face/give/")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/people/{id}/?done=given")
    page = staff.get(answer.headers["location"]).text
    assert "The consent is recorded." in page
    assert "is deleted at once, and cannot be brought back" in page
    assert staff.post(f"/people/{id}/consents/face/withdraw/").status_code == 303
    with busy_server.client("staff") as api:
        assert api.get(f"/api/people/{id}/consents/").json()["consents"] == []


def test_attendance_stands_session_by_session_with_a_way_to_earlier_ones(
    busy_server: LiveServer, staff: httpx.Client, unique: str
) -> None:
    id = somebody(busy_server, unique)
    with busy_server.client("staff") as api:
        for number in range(13):
            starts_at = NOW - timedelta(hours=2 + number)
            times = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=1)).isoformat()}
            hold(busy_server, api, unique, title=f"Meeting {number}", **times)
    page = staff.get(f"/people/{id}/").text
    assert re.findall(r">Meeting (\d+)<", page) == [str(number) for number in range(12)]
    earlier = re.search(r'rel="next" href="([^"#]+)', page)
    assert earlier is not None
    assert re.findall(r">Meeting (\d+)<", staff.get(earlier[1]).text) == ["12"]


def test_a_sign_in_code_is_shown_once_with_its_picture_and_works(
    busy_server: LiveServer, staff: httpx.Client, unique: str
) -> None:
    id = somebody(busy_server, unique)
    page = staff.post(f"/people/{id}/sign-in-code/")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert 'src="data:image/svg+xml;base64,' in page.text
    code = re.search(r'<p class="code">([^<]+)</p>', page.text)
    assert code is not None
    assert code[1] not in staff.get(f"/people/{id}/").text
    with busy_server.client() as phone:
        me = phone.post("/api/sign-in/code/", json={"code": code[1]})
    assert (me.status_code, me.json()["subject"]) == (200, str(id))


def test_a_pin_and_a_qr_code_work_until_they_are_ended(
    busy_server: LiveServer, staff: httpx.Client, unique: str
) -> None:
    id = somebody(busy_server, unique)
    pin = re.search(r'<p class="code">(\d+)</p>', staff.post(f"/people/{id}/pin/").text)
    assert pin is not None
    assert "They show it to a station" in staff.post(f"/people/{id}/qr/").text
    ask = {"user_id": unique, "pin": pin[1], "request_id": f"{unique}-1"}
    with busy_server.client("station") as station:
        assert station.post("/api/checkin/pin/", json=ask).status_code == 200
        answer = staff.post(f"/people/{id}/credentials/revoke/")
        assert answer.headers["location"] == f"/people/{id}/?done=revoked"
        refused = station.post("/api/checkin/pin/", json={**ask, "request_id": f"{unique}-2"})
    assert refused.json()["code"] == "credential-refused"


def test_an_import_is_tried_first_and_changes_nothing_until_it_is_meant(admin: httpx.Client, unique: str) -> None:
    text = f"user_id,name,consents\n{unique}-1,Ada Byron,face\n{unique}-2,Alan Turing,smile\n{unique}-1,Ada Byron,\n"
    parts = {"text": (None, text)}
    checked = admin.post("/people/import/check/", files=parts)
    assert checked.status_code == 200
    assert "Nothing has changed yet" in checked.text
    assert "Import 1 person" in checked.text
    assert re.findall(r'<td class="number">(\d+)</td><td>(\w+)</td>', checked.text) == [
        ("3", "consents"),
        ("4", "user_id"),
    ]
    assert "Alan Turing,smile" in checked.text, "the table is there to be corrected"
    assert "Nobody’s name" in admin.post("/people/search/", data={"q": unique}).text
    done = admin.post("/people/import/", files=parts)
    assert "except for the lines below" in done.text
    assert "1 person matches" in admin.post("/people/search/", data={"q": unique}).text
    again = admin.post("/people/import/check/", files={"file": ("people.csv", text.encode())})
    assert "Import 1" not in again.text, "there is nothing left to do"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"text": (None, "name;mood\nAda;happy\n")}, "columns are missing: user_id"),
        ({"text": (None, "  ")}, "Paste lines, or choose a file."),
        ({"file": ("people.csv", b"\xff\xfe")}, "it is not UTF-8"),
    ],
)
def test_what_is_no_table_is_told_with_what_was_pasted(
    admin: httpx.Client, parts: dict[str, tuple[str | None, str | bytes]], said: str
) -> None:
    for path in ("/people/import/check/", "/people/import/"):
        page = admin.post(path, files=parts)
        assert page.status_code == 422
        assert said in page.text


def test_erasing_says_what_happens_asks_for_a_tick_and_ends_with_a_receipt(
    busy_server: LiveServer, admin: httpx.Client, unique: str
) -> None:
    id = somebody(busy_server, unique, f"Vanishing {unique}", "face")
    asked = admin.get(f"/people/{id}/erase/").text
    assert "What is destroyed" in asked
    assert "What stays" in asked
    unsure = admin.post(f"/people/{id}/erase/", content="", headers={"content-type": FORM})
    assert unsure.status_code == 422
    assert admin.get(f"/people/{id}/").status_code == 200
    receipt = admin.post(f"/people/{id}/erase/", data={"sure": "yes"})
    assert "Download the receipt" in receipt.text
    assert "The key to everything recorded" in receipt.text
    kept = re.search(r'href="data:application/json;charset=utf-8,([^"]+)"', receipt.text)
    assert kept is not None
    assert json.loads(unquote(kept[1]))["person"] == str(id)
    assert "Vanishing" not in receipt.text
    assert admin.get(f"/people/{id}/").status_code == 404
    assert "Nobody’s name" in admin.post("/people/search/", data={"q": unique}).text


def test_who_may_not_is_refused_everywhere(
    busy_server: LiveServer, signed_in: dict[Role, SignedIn], staff: httpx.Client
) -> None:
    id = uuid4()
    for role in ("person", "analyst"):
        with browser(busy_server, signed_in[role]) as other:
            for path in ("/people/", f"/people/{id}/", f"/people/{id}/photographs/"):
                assert other.get(path).status_code == 403
            assert other.post(f"/people/{id}/pin/").status_code == 403
    for path in ("/people/import/", f"/people/{id}/erase/"):
        assert staff.get(path).status_code == 403
    assert staff.get(f"/people/{id}/").status_code == 404
    assert "/people/import/" not in staff.get("/people/").text
    with busy_server.client() as nobody:
        assert nobody.get("/people/").headers["location"] == "/sign-in/?next=%2Fpeople%2F"
