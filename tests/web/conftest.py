"""The servers of the HTTP door, for the pages that it serves, and the browsers of those who look at them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from adapters.http.access_tokens import Role
from application.sign_in import SignedIn
from tests.http.browsers import browser
from tests.http.browsers import signed_in as signed_in
from tests.http.conftest import busy_server as busy_server
from tests.http.conftest import http_dsn as http_dsn
from tests.http.conftest import http_key_file as http_key_file
from tests.http.conftest import warm_server as warm_server
from tests.http.live_server import LiveServer


@pytest.fixture
def staff(busy_server: LiveServer, signed_in: dict[Role, SignedIn]) -> Iterator[httpx.Client]:
    with browser(busy_server, signed_in["staff"]) as client:
        yield client


@pytest.fixture
def admin(busy_server: LiveServer, signed_in: dict[Role, SignedIn]) -> Iterator[httpx.Client]:
    with browser(busy_server, signed_in["admin"]) as client:
        yield client
