"""The settings as pages: what they show, what their forms do without a script, and that only admins see them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from adapters.http.access_tokens import Role
from adapters.http.qr_code import qr_picture
from application.sign_in import SignedIn
from domain.matching import Match, Unknown
from tests.http.browsers import browser, new_account
from tests.http.live_server import LiveServer
from tests.http.signing_device import SigningDevice, beat
from tests.http.test_policy import AS_STARTED, evidence, seen
from tests.web.reading import shown

HOSTILE = "<script>alert(1)</script>"
PAGES = ("", "recognition/", "stations/", "accounts/", "audit/", "audit/sign-ins/")


@pytest.fixture
def admin(busy_server: LiveServer, signed_in: dict[Role, SignedIn]) -> Iterator[httpx.Client]:
    """Leaves the policy as others expect it."""
    with browser(busy_server, signed_in["admin"]) as client:
        yield client
    with busy_server.client("admin") as token:
        assert token.put("/api/policy/", json=AS_STARTED).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_only_an_admin_opens_the_settings(
    busy_server: LiveServer, signed_in: dict[Role, SignedIn], admin: httpx.Client, path: str
) -> None:
    assert admin.get(f"/settings/{path}").status_code == 200
    for role in ("staff", "analyst", "person"):
        with browser(busy_server, signed_in[role]) as other:
            assert other.get(f"/settings/{path}").status_code == 403
    with busy_server.client() as nobody:
        assert nobody.get(f"/settings/{path}").headers["location"].startswith("/sign-in/")


@pytest.mark.parametrize("role", ["staff", "analyst", "person"])
def test_nobody_else_changes_anything_by_a_form(
    busy_server: LiveServer, signed_in: dict[Role, SignedIn], role: Role
) -> None:
    with browser(busy_server, signed_in[role]) as other:
        for path, fields in (
            ("emotion/", {"emotion": "off"}),
            ("retention/", {"people_days": "1", "sure": "yes"}),
            ("recognition/", {"verify": "0.4", "identify": "0.4", "margin": "0.1"}),
            ("stations/token/", {"name": "Mine"}),
            ("accounts/", {"name": "mine", "role": "admin"}),
        ):
            assert other.post(f"/settings/{path}", data=fields).status_code == 403


def test_emotions_are_switched_off_by_a_form_and_the_page_says_who_did_it(
    admin: httpx.Client, signed_in: dict[Role, SignedIn]
) -> None:
    answer = admin.post("/settings/emotion/", data={"emotion": "off"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/?done=emotion")
    page = admin.get("/settings/?done=emotion")
    assert 'value="off" checked' in page.text
    assert f"by {signed_in['admin'].name}" in shown(page)
    assert "Every process follows it" in shown(page)
    assert admin.get("/api/emotion/").json()["code"] == "emotion-off"


def test_keeping_less_is_asked_about_first_and_then_done(admin: httpx.Client) -> None:
    asked = admin.post("/settings/retention/", data={"templates_days": "400", "people_days": ""})
    assert asked.status_code == 200
    assert "Keep less from now on?" in shown(asked)
    assert "those of nobody as of now" in shown(asked)
    assert admin.get("/api/policy/").json()["templates_days"] is None, "nothing was answered yet"
    done = admin.post("/settings/retention/", data={"templates_days": "400", "sure": "yes"})
    assert done.status_code == 303
    assert admin.get("/api/policy/").json()["templates_days"] == 400
    longer = admin.post("/settings/retention/", data={"templates_days": "500"})
    assert longer.status_code == 303, "keeping more loses nothing"


def test_days_that_cannot_be_meant_are_shown_again_with_the_reason(admin: httpx.Client) -> None:
    answer = admin.post("/settings/retention/", data={"templates_days": "0", "people_days": "77"})
    assert answer.status_code == 422
    assert 'value="77"' in answer.text
    assert "templates days" in shown(answer)


def test_thresholds_are_previewed_before_they_are_put_in_force(busy_server: LiveServer, admin: httpx.Client) -> None:
    person = new_account(busy_server, "staff").subject  # any id: the score holds none
    for decision in (Match(person, evidence(0.31)), Match(person, evidence(0.47)), Unknown(evidence(0.62))):
        seen(busy_server, decision)
    before = admin.get("/settings/recognition/")
    assert "Put these in force" not in shown(before)
    preview = admin.get("/settings/recognition/", params={"identify": "0.4", "verify": "0.45", "margin": "0.12"})
    assert "What would change" in shown(preview)
    assert re.search(r"[1-9]\d* of \d+ would be decided otherwise", shown(preview))
    assert preview.text.count('class="bell"') >= 1
    assert "its error rates are not known" in shown(preview)
    assert admin.get("/api/policy/").json()["recognition"]["overridden"] is False, "a preview changes nothing"
    done = admin.post("/settings/recognition/", data={"identify": "0.4", "verify": "0.45", "margin": "0.12"})
    assert done.status_code == 303
    assert admin.get("/api/policy/").json()["recognition"]["in_force"]["identify"] == 0.4
    back = admin.post("/settings/recognition/", data={"identify": "0.5", "verify": "0.5", "margin": "0.1"})
    assert back.status_code == 303
    assert admin.get("/api/policy/").json()["recognition"]["overridden"] is False


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("identify=2", "identify", "Choose from 0.25 to 0.5"),
        ("verify=5", "verify", "Choose from 0.25 to 0.5"),
        ("identify=0.1", "identify", "Choose from 0.25 to 0.5"),
        ("identify=0.4&verify=0.3", "identify", "a search may not be easier than a claim"),
        ("margin=3&verify=0.4", "margin", "Choose from 0.05 to 0.25"),
        ("identify=nan", "identify", "Choose from"),
        ("identify=near", "identify", "A distance is a number"),
    ],
)
def test_thresholds_that_cannot_be_set_are_not_previewed_and_the_field_says_why(
    admin: httpx.Client, query: str, field: str, words: str
) -> None:
    page = admin.get(f"/settings/recognition/?{query}")
    assert page.status_code == 422
    assert re.search(rf'id="{field}-fault">{words}|id="{field}-fault">[^<]*{words}', page.text)
    assert f'aria-describedby="{field}-fault"' in page.text
    assert "Put these in force" not in page.text


@pytest.mark.parametrize(("identify", "words"), [("0.9", "Choose from 0.25 to 0.5"), ("near", "That cannot be taken")])
def test_impossible_thresholds_are_shown_again_with_the_reason(admin: httpx.Client, identify: str, words: str) -> None:
    answer = admin.post("/settings/recognition/", data={"identify": identify, "verify": "0.5", "margin": "0.1"})
    assert answer.status_code == 422
    assert words in shown(answer)
    assert f'value="{identify}"' in answer.text


def test_a_device_is_approved_by_its_code_given_settings_and_revoked(
    busy_server: LiveServer, admin: httpx.Client
) -> None:
    with SigningDevice(busy_server, address="127.0.1.91") as device:
        pairing = device.ask_for_pairing(HOSTILE)
        waiting = admin.get("/settings/stations/")
        assert pairing["user_code"] in waiting.text
        assert HOSTILE not in waiting.text
        form = {"user_code": pairing["user_code"], "name": "Side <b>door</b>"}
        without_room = admin.post("/settings/stations/approve/", data=form)
        assert without_room.status_code == 422
        assert 'value="Side &lt;b&gt;door&lt;/b&gt;"' in without_room.text
        assert admin.post("/settings/stations/approve/", data={**form, "room": "A1"}).status_code == 303
        station = f"/settings/stations/{pairing['pairing_id']}/"
        assert "Side <b>door</b>" in shown(admin.get(station)) or "Side &lt;b&gt;" in admin.get(station).text
        moved = admin.post(f"{station}move/", data={"name": "Side door", "room": "B2"})
        assert moved.status_code == 303
        told = {"language": "ar", "cooldown_s": "4", "retake_limit": "1", "capture": "key", "heartbeat_s": "60"}
        assert admin.post(f"{station}settings/", data=told).status_code == 303
        heard = beat(device)
        assert (heard["name"], heard["room"]) == ("Side door", "B2")
        assert (heard["settings"]["language"], heard["settings"]["emotion"]) == ("ar", False)
        wrong = admin.post(f"{station}settings/", data={**told, "heartbeat_s": "1"})
        assert wrong.status_code == 422
        assert 'value="1"' in wrong.text
        assert "Revoke Side door?" in shown(admin.get(f"{station}revoke/"))
        assert beat(device)["name"] == "Side door", "a question revokes nothing"
        assert admin.post(f"{station}revoke/").status_code == 303
        assert beat(device) == (401, "signature-invalid")
        assert admin.get(station).status_code == 404


def test_a_device_is_refused_and_a_code_that_is_over_says_so(busy_server: LiveServer, admin: httpx.Client) -> None:
    with SigningDevice(busy_server, address="127.0.1.92") as device:
        code = device.ask_for_pairing()["user_code"]
        form = {"user_code": code, "name": "Door", "room": "A1"}
        assert admin.post("/settings/stations/refuse/", data=form).status_code == 303
        late = admin.post("/settings/stations/approve/", data=form)
        assert late.status_code == 409
        assert "The pairing was decided already" in shown(late)


def test_a_token_is_shown_once_works_and_is_revoked(busy_server: LiveServer, admin: httpx.Client) -> None:
    answer = admin.post("/settings/stations/token/", data={"name": "Gym & hall"})
    token = re.search(r"fci_[\w-]{43}", answer.text)
    assert token is not None
    assert answer.headers["cache-control"] == "no-store"
    with busy_server.client(headers={"authorization": f"Bearer {token[0]}"}) as station:
        assert station.get("/api/me/").json()["name"] == "Gym & hall"
        listed = admin.get("/settings/stations/")
        assert token[0] not in listed.text
        taken = admin.post("/settings/stations/token/", data={"name": "Gym & hall"})
        assert taken.status_code == 409
        id = busy_server.run(busy_server.services.tokens.stations())["Gym & hall"]
        assert "token ends at once" in shown(admin.get(f"/settings/stations/{id}/revoke/"))
        assert admin.post(f"/settings/stations/{id}/revoke/").status_code == 303
        assert station.get("/api/me/").status_code == 401


def test_an_account_is_created_with_a_code_that_sets_its_password_once(
    busy_server: LiveServer, admin: httpx.Client
) -> None:
    answer = admin.post("/settings/accounts/", data={"name": HOSTILE, "role": "analyst"})
    assert answer.status_code == 200
    assert HOSTILE not in answer.text
    code = re.search(r"<code>([\w-]+)</code>", answer.text)
    assert code is not None
    assert (
        f'src="{qr_picture(f"{busy_server.services.accounts.public_url}/set-password/#code={code[1]}")}"' in answer.text
    )
    assert code[1] not in admin.get("/settings/accounts/").text
    with busy_server.client(headers={"sec-fetch-site": "same-origin"}) as holder:
        most = re.search(r'name="code"[^>]*maxlength="(\d+)"', holder.get("/set-password/").text)
        assert most is not None
        assert len(code[1]) <= int(most[1]), "it can be typed whole"
        form = {"code": code[1], "password": "seven unrelated words here"}
        assert holder.post("/set-password/", data=form).status_code == 303
    again = admin.post("/settings/accounts/", data={"name": HOSTILE.upper(), "role": "staff"})
    assert again.status_code == 409
    assert 'value="&lt;SCRIPT&gt;' in again.text


def test_an_accounts_role_password_and_end_are_changed_each_after_a_word(
    busy_server: LiveServer, admin: httpx.Client
) -> None:
    grace = new_account(busy_server, "staff")
    page = f"/settings/accounts/{grace.subject}/"
    assert admin.post(f"{page}role/", data={"role": "analyst"}).headers["location"] == f"{page}?done=role"
    assert f"{grace.name} Analyst" in shown(admin.get(f"{page}?done=role"))
    assert admin.post(f"{page}role/", data={"role": "owner"}).status_code == 422
    assert f"Reset the password of {grace.name}?" in shown(admin.get(f"{page}reset/"))
    assert "Code for" in shown(admin.post(f"{page}reset/"))
    assert f"Disable {grace.name}?" in shown(admin.get(f"{page}disable/"))
    assert admin.post(f"{page}disable/").status_code == 303
    assert "Disabled" in shown(admin.get(page))
    assert admin.post(f"{page}enable/").status_code == 303
    assert "Disabled" not in shown(admin.get(page))


def test_ones_own_account_is_named_as_such_before_it_ends(admin: httpx.Client, signed_in: dict[Role, SignedIn]) -> None:
    page = f"/settings/accounts/{signed_in['admin'].subject}/"
    assert "you are signed in to" in shown(admin.get(f"{page}disable/"))
    assert "your own account" in shown(admin.get(page))


@pytest.mark.parametrize(
    "path", ["stations/00000000-0000-4000-8000-000000000001/", "accounts/00000000-0000-4000-8000-000000000001/"]
)
def test_what_is_not_there_is_a_page_that_says_so(admin: httpx.Client, path: str) -> None:
    answer = admin.get(f"/settings/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
