"""Signing in at an OpenID Connect provider: the whole way with a real one, and every way to be lied to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import httpx
import pytest

from adapters.accounts.id_token import ProviderKeys
from adapters.accounts.provider_settings import ProviderSettings
from adapters.http.services import Services
from adapters.record import Record
from adapters.settings import Settings, SettingsInvalid, load_settings
from adapters.wiring import join
from inference.worker import InferenceWorker
from tests.http.live_server import FullQueue, LiveServer, live_server
from tests.http.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider, oidc_provider


@pytest.fixture(scope="module")
def listening() -> Iterator[OidcProvider]:
    with oidc_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def server(listening: OidcProvider, http_dsn: str, http_key_file: Path) -> Iterator[LiveServer]:
    settings = Settings(
        data_dir=http_key_file.parent,
        models_dir=Path(),
        keys_file=http_key_file,
        provider=ProviderSettings(
            issuer=listening.url,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            role_claim="groups",
            roles={"teachers": "staff", "it": "admin"},
        ),
    )

    @asynccontextmanager
    async def with_a_provider(record: Record) -> AsyncIterator[Services]:
        yield join(settings, record, cast(InferenceWorker, FullQueue()))

    with live_server(http_dsn, http_key_file, with_a_provider) as server:
        yield server


@pytest.fixture
def provider(listening: OidcProvider, server: LiveServer) -> OidcProvider:
    """Honest again, and its keys may be asked for at once."""
    fresh = OidcProvider()
    listening.claims, listening.lie = fresh.claims, None
    asked = server.services.accounts.provider
    assert asked is not None
    asked.keys = ProviderKeys(asked.fetch_keys, ask_again_s=0.0)
    return listening


def there_and_back(client: httpx.Client) -> httpx.Response:
    """To the provider, where the user agrees, and to the server's own address that it sends them back to."""
    there = client.get("/sign-in/provider/")
    assert there.status_code == 303, there.text
    back = httpx.get(there.headers["location"]).headers["location"]
    return client.get(httpx.URL(back).raw_path.decode())


def test_whoever_the_provider_names_is_signed_in_with_the_role_of_their_group(
    server: LiveServer, provider: OidcProvider
) -> None:
    with server.client() as client:
        means = client.get("/api/sign-in/").json()
        assert means == {"means": ["code", "password", "provider"], "provider": "/sign-in/provider/"}
        answer = there_and_back(client)
        assert (answer.status_code, "url=/today/" in answer.text) == (200, True)
        me = client.get("/api/me/").json()
        assert (me["role"], me["name"]) == ("staff", "grace")
    provider.claims["groups"] = ["it", "teachers"]
    with server.client() as other:
        there_and_back(other)
        assert (other.get("/api/me/").json()["role"], other.get("/api/me/").json()["subject"]) == (
            "admin",
            me["subject"],
        )


def test_the_way_back_answers_a_page_and_strict_cookies(server: LiveServer, provider: OidcProvider) -> None:
    """A redirect would be part of the provider's navigation, on which no browser sends a strict cookie."""
    with server.client() as client:
        there = client.get("/sign-in/provider/")
        assert "SameSite=Lax" in there.headers["set-cookie"]
        answer = there_and_back(client)
    assert answer.is_success
    assert "SameSite=Strict" in answer.headers["set-cookie"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "lie",
    [
        "nonce",
        "no nonce",
        "audience",
        "audiences",
        "issuer",
        "expired",
        "not yet",
        "old",
        "forged",
        "unknown key",
        "alg none",
        "alg confusion",
    ],
)
def test_a_token_that_is_not_what_it_should_be_signs_nobody_in(
    server: LiveServer, provider: OidcProvider, lie: str
) -> None:
    provider.lie = lie
    with server.client() as client:
        answer = there_and_back(client)
        assert answer.status_code == 422
        assert client.get("/api/me/").status_code == 401
        provider.lie = None
        there_and_back(client)
        assert client.get("/api/me/").status_code == 200, "the same way with an honest token"


def test_a_state_that_is_not_this_browsers_signs_nobody_in(server: LiveServer, provider: OidcProvider) -> None:
    """Somebody else's way back, in my browser: I would be signed in as them."""
    with server.client() as theirs, server.client() as mine:
        back = httpx.get(theirs.get("/sign-in/provider/").headers["location"]).headers["location"]
        path = httpx.URL(back).raw_path.decode()
        assert mine.get(path).status_code == 422
        mine.get("/sign-in/provider/")
        assert mine.get(path).status_code == 422, "with a way of my own under way"
        assert theirs.get(path).status_code == 200, "the way was not used up by that"


def test_a_way_back_ends_once(server: LiveServer, provider: OidcProvider) -> None:
    with server.client() as client:
        back = httpx.get(client.get("/sign-in/provider/").headers["location"]).headers["location"]
        path = httpx.URL(back).raw_path.decode()
        assert [client.get(path).status_code for _ in range(2)] == [200, 422]


def test_a_way_back_that_took_too_long_signs_nobody_in(server: LiveServer, provider: OidcProvider) -> None:
    with server.client() as client:
        back = httpx.get(client.get("/sign-in/provider/").headers["location"]).headers["location"]
        statement = "UPDATE provider_visit SET expires_at = clock_timestamp()"
        server.run(server.record.database.fetch(statement))
        assert client.get(httpx.URL(back).raw_path.decode()).status_code == 422


@pytest.mark.parametrize("path", ["?error=access_denied", "?state=x", "?code=x", "?code=x&state=%00", ""])
def test_a_way_back_without_a_code_signs_nobody_in(server: LiveServer, provider: OidcProvider, path: str) -> None:
    with server.client() as client:
        client.get("/sign-in/provider/")
        assert client.get(f"/sign-in/provider/callback/{path}").status_code == 422


def test_a_new_key_of_the_provider_is_found_and_the_keys_are_not_asked_for_each_time(
    server: LiveServer, provider: OidcProvider
) -> None:
    with server.client() as client:
        there_and_back(client)
        asked = provider.keys_asked
        there_and_back(client)
        assert provider.keys_asked == asked
        provider.rotate(f"after {provider.key_id}")
        assert there_and_back(client).status_code == 200
        assert provider.keys_asked == asked + 1


def test_whoever_is_in_no_group_of_ours_is_refused(server: LiveServer, provider: OidcProvider) -> None:
    for groups in ([], ["students"], "students", {"teachers": 1}, None):
        provider.claims["groups"] = groups
        with server.client() as client:
            assert there_and_back(client).status_code == 422


def test_an_account_that_was_disabled_here_stays_out_whatever_the_provider_says(
    server: LiveServer, provider: OidcProvider
) -> None:
    provider.claims |= {"sub": "disabled here", "preferred_username": "mallory"}
    with server.client() as client, server.client("admin") as admin:
        there_and_back(client)
        id = client.get("/api/me/").json()["subject"]
        listed = {one["id"]: one for one in admin.get("/api/accounts/").json()["accounts"]}
        assert (listed[id]["route"], listed[id]["has_password"]) == ("provider", False)
        assert admin.post(f"/api/accounts/{id}/password-reset/").json()["code"] == "password-elsewhere"
        assert admin.put(f"/api/accounts/{id}/disabled/").status_code == 200
        assert client.get("/api/me/").status_code == 401
        assert there_and_back(client).status_code == 422


def test_the_name_at_the_provider_opens_no_account_with_a_password(server: LiveServer, provider: OidcProvider) -> None:
    with server.client("admin") as admin, server.client() as client:
        provider.claims |= {"sub": "another grace", "preferred_username": "hop\u202eper"}  # it is not seen
        created = admin.post("/api/accounts/", json={"name": "hopper", "role": "admin"})
        assert created.status_code == 201
        there_and_back(client)
        me = client.get("/api/me/").json()
        assert (me["role"], me["name"]) == ("staff", "hopper")
        assert me["subject"] != created.json()["id"]


def test_without_a_provider_there_is_no_way_to_one(busy_server: LiveServer) -> None:
    with busy_server.client() as client:
        assert client.get("/sign-in/provider/").status_code == 404
        assert client.get("/api/sign-in/").json() == {"means": ["code", "password"], "provider": None}


def test_settings_of_a_provider_are_complete_or_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    whole = {
        "FACECHECKIN_OIDC_ISSUER": "https://login.example",
        "FACECHECKIN_OIDC_CLIENT_ID": "facecheckin",
        "FACECHECKIN_OIDC_CLIENT_SECRET_FILE": str(secret),
        "FACECHECKIN_OIDC_ROLES": "staff=teachers, admin=it",
    }
    provider = load_settings(whole).provider
    assert provider is not None
    assert (provider.client_secret, dict(provider.roles)) == ("hush", {"teachers": "staff", "it": "admin"})
    assert "hush" not in repr(provider)
    wrong = [
        {**whole, "FACECHECKIN_OIDC_ISSUER": "http://login.example"},
        {**whole, "FACECHECKIN_OIDC_ROLES": "person=students"},
        {**whole, "FACECHECKIN_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "none")},
        *({name: value for name, value in whole.items() if name != left} for left in list(whole)[1:]),
    ]
    for environment in wrong:
        with pytest.raises(SettingsInvalid, match="FACECHECKIN_OIDC_"):
            load_settings(environment)
