"""Browsers that are signed in, as the tests of the HTTP door need them: one identity a role, a new cookie each time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.http.access_tokens import Role
from application.sign_in import SignedIn
from domain.account import ACCOUNT_ROLES, AccountRole
from tests.http.drawn_people import register
from tests.http.live_server import LiveServer

BROWSER_ROLES: tuple[Role, ...] = ("person", "staff", "analyst", "admin")


@pytest.fixture(scope="module")
def signed_in(busy_server: LiveServer) -> dict[Role, SignedIn]:
    with busy_server.client("staff") as staff:
        person = register(staff, f"browser-{uuid4()}", "Ada", ["face"])
    found: dict[Role, SignedIn] = {"person": SignedIn(role="person", subject=person, name="Ada")}
    for role in ACCOUNT_ROLES:
        found[role] = new_account(busy_server, role)
    return found


def new_account(server: LiveServer, role: AccountRole) -> SignedIn:
    name = f"{role} {uuid4()}"
    created = server.run(server.services.accounts.manage.create(name, role, by=None))
    assert isinstance(created, UUID)
    return SignedIn(role=role, subject=created, name=name)


@contextmanager
def browser(server: LiveServer, who: SignedIn, *, headers: dict[str, str] | None = None) -> Iterator[httpx.Client]:
    """One that `who` is signed in to, showing a page of the server's own unless `headers` say otherwise."""
    accounts = server.services.accounts
    made = server.run(accounts.sign_ins.begin(who))
    own = {"sec-fetch-site": "same-origin"} if headers is None else headers
    with server.client(headers=own) as client:
        client.cookies.set(accounts.cookie.name, made.value)
        yield client
