"""What is answered to whoever would take the last admin away: through the contract, and on the page of the account."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from application.sign_in import SignedIn
from tests.http.browsers import browser, new_account
from tests.http.live_server import LiveServer
from tests.web.reading import shown


@pytest.fixture
def only_admin(busy_server: LiveServer) -> Iterator[SignedIn]:
    """All others who could sign in cannot for a while."""
    accounts = busy_server.services.accounts
    others = [one for one in busy_server.run(accounts.accounts.all()) if one.role == "admin" and not one.disabled]
    who = new_account(busy_server, "admin")
    busy_server.run(accounts.accounts.keep_password(who.subject, "a hash"))
    for one in others:
        if one.has_password or one.route == "provider":
            busy_server.run(accounts.manage.disable(one.id, by=None))
    yield who
    for one in others:
        busy_server.run(accounts.manage.enable(one.id, by=None))


@pytest.fixture
def admin(busy_server: LiveServer, only_admin: SignedIn) -> Iterator[httpx.Client]:
    with browser(busy_server, only_admin) as client:
        yield client


def test_the_contract_refuses_it_with_a_sentence(admin: httpx.Client, only_admin: SignedIn) -> None:
    path = f"/api/accounts/{only_admin.subject}"
    for answer in (admin.put(f"{path}/disabled/"), admin.put(f"{path}/role/", json={"role": "staff"})):
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["retry"]) == (409, "last-admin", "never")
    german = admin.put(f"{path}/disabled/", headers={"accept-language": "de"}).json()
    assert "Verwaltung" in german["sentence"]
    assert admin.put(f"{path}/role/", json={"role": "admin"}).status_code == 200


@pytest.mark.parametrize(("form", "fields"), [("disable", {}), ("role", {"role": "analyst"})])
def test_the_page_stays_and_says_why(
    admin: httpx.Client, only_admin: SignedIn, form: str, fields: dict[str, str]
) -> None:
    page = f"/settings/accounts/{only_admin.subject}/"
    answer = admin.post(f"{page}{form}/", data=fields)
    assert answer.status_code == 409
    assert "the last admin who can sign in" in shown(answer)
    assert only_admin.name in shown(answer)
    assert admin.get(page).status_code == 200, "they are signed in, and an admin, as before"
