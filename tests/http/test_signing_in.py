"""Signing in as people do: a code from staff, a name and a password, and how often a wrong one may be tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.accounts.attempt_counts import PostgresAttemptCounts
from adapters.accounts.one_time_codes import ALPHABET
from application.sign_in import MOST_BY_ACCOUNT_AND_ADDRESS, MOST_CODES_BY_ADDRESS
from tests.http.drawn_people import Json, register
from tests.http.live_server import LiveServer
from tests.http.log_scan import MADE_UP

PASSWORD = "correct horse battery"


@pytest.fixture
def server(busy_server: LiveServer) -> LiveServer:
    """With no failures counted: every test comes from the same address."""
    busy_server.run(busy_server.record.database.fetch("DELETE FROM attempt_count"))
    return busy_server


@pytest.fixture
def client(server: LiveServer) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def admin(server: LiveServer) -> Iterator[httpx.Client]:
    with server.client("admin") as client:
        yield client


def person(server: LiveServer) -> UUID:
    with server.client("staff") as staff:
        return register(staff, f"sign-in-{uuid4()}", "Ada", ["face"])


def code_for(server: LiveServer, id: UUID) -> Json:
    with server.client("staff") as staff:
        answer = staff.post(f"/api/people/{id}/sign-in-codes/")
    assert answer.status_code == 201, answer.text
    issued: Json = answer.json()
    MADE_UP.add(issued["code"])
    return issued


def account(server: LiveServer, admin: httpx.Client, *, role: str = "staff") -> tuple[str, str]:
    """The name and the id of one whose password is PASSWORD."""
    name = f"Grace {uuid4()}"
    created = admin.post("/api/accounts/", json={"name": name, "role": role})
    assert created.status_code == 201, created.text
    MADE_UP.update((PASSWORD, name, created.json()["code"]))
    with server.client() as client:
        answer = client.post("/api/sign-in/set-password/", json={"code": created.json()["code"], "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return name, created.json()["id"]


def sign_in(client: httpx.Client, name: str, password: str) -> httpx.Response:
    return client.post("/api/sign-in/password/", json={"name": name, "password": password})


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# By code


def test_a_person_signs_in_with_a_code_from_staff_once(server: LiveServer, client: httpx.Client) -> None:
    id = person(server)
    code = code_for(server, id)["code"]
    answer = client.post("/api/sign-in/code/", json={"code": code})
    assert (answer.status_code, answer.json()["role"], answer.json()["subject"]) == (200, "person", str(id))
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/"))
    assert client.get("/api/me/").json()["name"] == "Ada"
    assert told(client.post("/api/sign-in/code/", json={"code": code})) == (422, "sign-in-refused")


def test_a_code_is_short_and_may_be_typed_as_it_is_read(server: LiveServer, client: httpx.Client) -> None:
    code = code_for(server, person(server))["code"]
    assert len(code) == 9
    assert set(code) <= {*ALPHABET, "-"}
    typed = code.replace("-", " ").lower().replace("1", "l").replace("0", "o")
    assert client.post("/api/sign-in/code/", json={"code": f" {typed}"}).status_code == 200


def test_the_link_holds_the_code_where_no_server_sees_it(server: LiveServer) -> None:
    issued = code_for(server, person(server))
    url = httpx.URL(issued["link"])
    assert (url.path, url.query, url.fragment) == ("/me/", b"", f"code={issued['code']}")
    assert issued["qr_svg"].startswith("<svg")


def test_a_new_code_ends_the_one_before(server: LiveServer, client: httpx.Client) -> None:
    id = person(server)
    first, second = (code_for(server, id)["code"] for _ in range(2))
    assert told(client.post("/api/sign-in/code/", json={"code": first})) == (422, "sign-in-refused")
    assert client.post("/api/sign-in/code/", json={"code": second}).status_code == 200


def test_a_code_ends_after_its_time(server: LiveServer, client: httpx.Client) -> None:
    id = person(server)
    code = code_for(server, id)["code"]
    statement = "UPDATE one_time_code SET expires_at = clock_timestamp() WHERE subject = %s"
    server.run(server.record.database.fetch(statement, (id,)))
    assert told(client.post("/api/sign-in/code/", json={"code": code})) == (422, "sign-in-refused")


def test_nobody_who_is_not_registered_gets_a_code(server: LiveServer) -> None:
    with server.client("staff") as staff:
        assert told(staff.post(f"/api/people/{uuid4()}/sign-in-codes/")) == (404, "person-not-found")


def test_codes_are_guessed_no_more_than_so_often_from_one_address(server: LiveServer, client: httpx.Client) -> None:
    right = code_for(server, person(server))["code"]
    wrong = [client.post("/api/sign-in/code/", json={"code": f"WRNG-{n:04}"}) for n in range(MOST_CODES_BY_ADDRESS)]
    assert {told(answer) for answer in wrong} == {(422, "sign-in-refused")}
    answer = client.post("/api/sign-in/code/", json={"code": right})
    assert told(answer) == (429, "too-many-attempts")
    assert 1 <= int(answer.headers["retry-after"]) <= 900
    page = client.post("/sign-in/", data={"by": "code", "code": right})
    assert (page.status_code, page.headers["retry-after"]) == (429, answer.headers["retry-after"])
    assert re.search(r"Please try again in \d+ (minute|second)s?\.", page.text)
    assert "aria-invalid" not in page.text


def test_attempts_from_everywhere_are_bounded_together_and_a_success_gives_its_own_back(server: LiveServer) -> None:
    async def tried(*addresses: str) -> list[bool]:
        counts = PostgresAttemptCounts(server.record.database)
        at = server.services.accounts.clock.now()
        return [await counts.count([(f"x/{one}", 2), ("x/", 3)], at=at) is None for one in addresses]

    async def give_back(*subjects: str) -> None:
        counts = PostgresAttemptCounts(server.record.database)
        await counts.give_back(subjects, at=server.services.accounts.clock.now())

    assert server.run(tried("a", "a", "a", "b", "c")) == [True, True, False, True, False]
    for _ in range(2):
        server.run(give_back("x/c", "x/"))
    assert server.run(tried("c")) == [True]


def test_a_signed_in_browser_gets_a_new_cookie_and_the_old_one_ends(server: LiveServer, client: httpx.Client) -> None:
    id = person(server)
    client.post("/api/sign-in/code/", json={"code": code_for(server, id)["code"]})
    before = client.cookies["facecheckin"]
    client.post("/api/sign-in/code/", json={"code": code_for(server, id)["code"]})
    assert client.cookies["facecheckin"] != before
    with server.client(headers={"cookie": f"facecheckin={before}"}) as old:
        assert told(old.get("/api/me/")) == (401, "unauthenticated")


def test_another_sites_page_signs_nobody_in(server: LiveServer) -> None:
    code = code_for(server, person(server))["code"]
    with server.client(headers={"origin": "http://evil.example"}) as evil:
        assert told(evil.post("/api/sign-in/code/", json={"code": code})) == (403, "origin-refused")
    with server.client(headers={"sec-fetch-site": "same-origin"}) as own:
        assert own.post("/api/sign-in/code/", json={"code": code}).status_code == 200


# By password


def test_an_account_is_created_without_a_password_and_its_holder_sets_one(
    server: LiveServer, admin: httpx.Client, client: httpx.Client
) -> None:
    name, id = account(server, admin)
    answer = sign_in(client, name.upper(), PASSWORD)
    assert (answer.status_code, answer.json()["role"], answer.json()["subject"]) == (200, "staff", id)
    listed = next(one for one in admin.get("/api/accounts/").json()["accounts"] if one["id"] == id)
    assert (listed["name"], listed["has_password"], listed["disabled"]) == (name, True, False)
    taken = admin.post("/api/accounts/", json={"name": name.lower(), "role": "admin"})
    assert told(taken) == (409, "account-name-taken")


def test_a_password_code_works_once_and_survives_a_password_that_will_not_do(
    admin: httpx.Client, client: httpx.Client
) -> None:
    name = f"Weak {uuid4()}"
    code = admin.post("/api/accounts/", json={"name": name, "role": "analyst"}).json()["code"]
    for password in ("short", "aaaaaaaaaaaaaaaa", f"my {name} is my password"):
        answer = client.post("/api/sign-in/set-password/", json={"code": code, "password": password})
        assert told(answer) == (422, "password-too-weak")
        assert password not in answer.text
    assert client.post("/api/sign-in/set-password/", json={"code": code, "password": PASSWORD}).status_code == 200
    again = client.post("/api/sign-in/set-password/", json={"code": code, "password": PASSWORD + "!"})
    assert told(again) == (422, "sign-in-refused")


def test_what_was_wrong_is_not_said(server: LiveServer, admin: httpx.Client, client: httpx.Client) -> None:
    name, id = account(server, admin)
    unset = admin.post("/api/accounts/", json={"name": f"No password {uuid4()}", "role": "staff"})
    assert unset.status_code == 201
    answers = [sign_in(client, name, "a wrong password"), sign_in(client, f"nobody {uuid4()}", PASSWORD)]
    admin.put(f"/api/accounts/{id}/disabled/")
    answers.append(sign_in(client, name, PASSWORD))
    bodies = [{**answer.json(), "trace_id": None} for answer in answers]
    assert bodies[0]["code"] == "sign-in-refused"
    assert bodies[0] == bodies[1] == bodies[2]


def test_an_account_is_locked_after_so_many_failures_and_no_other_is(
    server: LiveServer, admin: httpx.Client, client: httpx.Client
) -> None:
    (name, _), (other, _) = account(server, admin), account(server, admin)
    for _ in range(MOST_BY_ACCOUNT_AND_ADDRESS):
        assert told(sign_in(client, name, "a wrong password")) == (422, "sign-in-refused")
    locked = sign_in(client, name.upper(), PASSWORD)
    assert told(locked) == (429, "too-many-attempts")
    assert int(locked.headers["retry-after"]) >= 1
    assert sign_in(client, other, PASSWORD).status_code == 200


def test_signing_in_often_locks_nobody_out(server: LiveServer, admin: httpx.Client, client: httpx.Client) -> None:
    name, _ = account(server, admin)
    for _ in range(3):
        assert sign_in(client, name, PASSWORD).status_code == 200
    rows = server.run(server.record.database.fetch("SELECT attempts FROM attempt_count"))
    assert [attempts for (attempts,) in rows] == [0] * len(rows)
    assert len(rows) >= 3


def test_a_reset_ends_the_password_and_a_disabled_account_can_be_enabled(
    server: LiveServer, admin: httpx.Client, client: httpx.Client
) -> None:
    account(server, admin, role="admin")  # who can still administer afterwards
    name, id = account(server, admin)
    reset = admin.post(f"/api/accounts/{id}/password-reset/").json()
    assert told(sign_in(client, name, PASSWORD)) == (422, "sign-in-refused")
    changed = {"code": reset["code"], "password": "another horse battery"}
    assert client.post("/api/sign-in/set-password/", json=changed).status_code == 200
    assert sign_in(client, name, "another horse battery").status_code == 200
    assert admin.put(f"/api/accounts/{id}/role/", json={"role": "admin"}).json()["role"] == "admin"
    assert admin.put(f"/api/accounts/{id}/disabled/").json()["disabled"] is True
    assert told(sign_in(client, name, "another horse battery")) == (422, "sign-in-refused")
    assert admin.delete(f"/api/accounts/{id}/disabled/").json()["disabled"] is False
    assert sign_in(client, name, "another horse battery").json()["role"] == "admin"


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "role/"), ("PUT", "disabled/"), ("DELETE", "disabled/"), ("POST", "password-reset/")]
)
def test_an_account_that_there_is_none_of_is_not_found(admin: httpx.Client, method: str, path: str) -> None:
    body = {"role": "staff"} if path == "role/" else None
    assert told(admin.request(method, f"/api/accounts/{uuid4()}/{path}", json=body)) == (404, "account-not-found")


# What is recorded of it


def test_the_audit_says_who_changed_what_and_holds_no_secret(
    server: LiveServer, admin: httpx.Client, client: httpx.Client
) -> None:
    name, id = account(server, admin)
    admin.put(f"/api/accounts/{id}/role/", json={"role": "admin"})
    sign_in(client, name, PASSWORD)
    own = {"sec-fetch-site": "same-origin"}
    registered = client.post(
        "/api/people/", json={"user_id": f"audited-{uuid4()}", "name": "Ida", "consents": ["face"]}, headers=own
    )
    assert registered.status_code == 201
    refused = client.post("/api/people/", json={"user_id": 1}, headers=own)
    assert refused.status_code == 400
    server.run(server.record.projections.wait(_last_position(server), 5.0))
    entries = admin.get("/api/audit/?limit=4").json()
    told = [(one["action"], one["object"] == id, one["detail"]) for one in entries["entries"]]
    assert told == [
        ("registerPerson", False, None),
        ("account.role_changed.v1", True, "admin"),
        ("account.password_changed.v1", True, None),
        ("account.created.v1", True, "staff"),
    ]
    assert [one["by"] for one in entries["entries"]] == [id, _admin(server), id, _admin(server)]
    assert entries["entries"][0]["name"] == name
    assert entries["entries"][1]["name"] == "the admin"
    assert registered.headers["traceparent"].split("-")[1] == entries["entries"][0]["trace_id"]
    older = admin.get(f"/api/audit/?limit=1&before={entries['entries'][0]['position']}").json()
    assert older["entries"] == entries["entries"][1:2]
    assert PASSWORD not in str(entries)


def test_sign_ins_and_refusals_are_logged_without_what_was_typed(
    server: LiveServer, admin: httpx.Client, client: httpx.Client
) -> None:
    name, id = account(server, admin)
    sign_in(client, name, PASSWORD)
    sign_in(client, name, "a wrong password")
    page = admin.get("/api/audit/sign-ins/?limit=2").json()
    assert [(one["route"], one["outcome"], one["subject"]) for one in page["entries"]] == [
        ("password", "refused", None),
        ("password", "signed_in", id),
    ]
    assert {one["network"] for one in page["entries"]} == {"127.0.0.0/24"}
    assert page["before"] == page["entries"][-1]["id"]


def test_no_secret_is_kept_in_the_clear(server: LiveServer, admin: httpx.Client) -> None:
    code = code_for(server, person(server))["code"]
    account(server, admin)
    dumped = "".join(
        row
        for table in ("one_time_code", "account", "sign_in", "sign_in_log", "attempt_count", "audit_entry")
        for (row,) in server.run(server.record.database.fetch(f"SELECT t::text FROM {table} t"))
    )
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in dumped
    assert PASSWORD not in dumped
    assert code not in dumped
    assert code.replace("-", "") not in dumped


# By form


def test_a_form_signs_in_without_any_script(server: LiveServer, admin: httpx.Client, client: httpx.Client) -> None:
    name, _ = account(server, admin)
    form = {"by": "password", "name": name, "password": PASSWORD, "next": "/people/"}
    answer = client.post("/sign-in/", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/people/")
    assert client.get("/api/me/").json()["name"] == name
    out = client.post("/sign-out/", headers={"sec-fetch-site": "same-origin"})
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in/")
    assert client.get("/api/me/").status_code == 401


def test_a_form_that_is_refused_is_there_again_with_the_name_and_without_the_password(
    server: LiveServer, admin: httpx.Client, client: httpx.Client
) -> None:
    name, _ = account(server, admin)
    form = {"by": "password", "name": name, "password": "a wrong password", "next": "/people/"}
    answer = client.post("/sign-in/", data=form, headers={"accept-language": "de"})
    assert answer.status_code == 401
    assert "The name or the password is not right." in answer.text
    assert f'value="{name}"' in answer.text
    assert answer.text.count('value="/people/"') == 2
    assert answer.text.count('aria-invalid="true"') == 2
    assert "a wrong password" not in answer.text
    code = client.post("/sign-in/", data={"by": "code", "code": "0000-0000"})
    assert (code.status_code, code.text.count('aria-invalid="true"')) == (401, 1)
    assert "This code is not right" in code.text
    by_nothing = client.post("/sign-in/", data={"name": name})
    assert by_nothing.status_code == 400


def test_a_password_that_will_not_do_is_said_at_its_form_and_the_code_stays(
    admin: httpx.Client, client: httpx.Client
) -> None:
    code = admin.post("/api/accounts/", json={"name": f"Weak {uuid4()}", "role": "analyst"}).json()["code"]
    weak = client.post("/set-password/", data={"code": code, "password": "aaaaaaaaaaaaaaaa"})
    assert (weak.status_code, weak.text.count('aria-invalid="true"')) == (422, 1)
    assert f'value="{code}"' in weak.text
    assert "aaaaaaaaaaaaaaaa" not in weak.text
    assert client.post("/set-password/", data={"code": code, "password": PASSWORD}).status_code == 303
    used = client.post("/set-password/", data={"code": code, "password": PASSWORD})
    assert used.status_code == 401
    assert code not in used.text


@pytest.mark.parametrize("elsewhere", ["//evil.example/", "https://evil.example/", "/\\evil.example", "evil", "\t//x"])
def test_a_form_leads_nowhere_but_here(server: LiveServer, client: httpx.Client, elsewhere: str) -> None:
    code = code_for(server, person(server))["code"]
    answer = client.post("/sign-in/", data={"by": "code", "code": code, "next": elsewhere})
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/")


def test_a_form_from_another_site_is_refused(server: LiveServer) -> None:
    with server.client(headers={"origin": "http://evil.example"}) as evil:
        assert evil.post("/sign-in/", data={"by": "code", "code": "0000-0000"}).status_code == 403


def _last_position(server: LiveServer) -> int:
    rows = server.run(server.record.database.fetch("SELECT max(notification_id) FROM event"))
    position: int = rows[0][0]
    return position


def _admin(server: LiveServer) -> str:
    return str(server.callers["admin"].caller.subject)
