"""Tokens are shown once and kept as hashes."""

from __future__ import annotations

import hashlib
from uuid import uuid4

import pytest

from adapters.http.access_tokens import Caller
from tests.http.live_server import LiveServer


def test_a_new_station_gets_an_id_of_its_own(busy_server: LiveServer) -> None:
    tokens = busy_server.services.tokens
    one, other = (busy_server.run(tokens.create("station", name)) for name in ("door one", "door two"))
    assert one.caller.subject != other.caller.subject
    assert busy_server.run(tokens.find(one.token)) == one.caller


def test_a_token_may_be_renewed_for_the_same_subject(busy_server: LiveServer) -> None:
    subject = uuid4()
    created = busy_server.run(busy_server.services.tokens.create("person", "Ada", subject=subject))
    assert created.caller == Caller(role="person", name="Ada", subject=subject)


def test_a_persons_token_names_its_person(busy_server: LiveServer) -> None:
    with pytest.raises(ValueError, match="names its person"):
        busy_server.run(busy_server.services.tokens.create("person", "Ada"))


def test_only_the_hash_is_kept(busy_server: LiveServer) -> None:
    created = busy_server.run(busy_server.services.tokens.create("staff", "kept as a hash"))
    rows = busy_server.run(
        busy_server.record.database.fetch("SELECT access_token::text FROM access_token WHERE name = 'kept as a hash'")
    )
    assert len(rows) == 1
    assert created.token not in rows[0][0]
    assert hashlib.sha256(created.token.encode()).hexdigest() in rows[0][0]


def test_the_list_shows_who_and_when_but_no_token(busy_server: LiveServer) -> None:
    tokens = busy_server.services.tokens
    created = busy_server.run(tokens.create("analyst", "listed"))
    busy_server.run(tokens.revoke("listed"))
    listed = next(token for token in busy_server.run(tokens.all()) if token.name == "listed")
    assert (listed.role, listed.subject) == ("analyst", created.caller.subject)
    assert listed.revoked_at is not None
    assert listed.revoked_at >= listed.created_at


def test_a_token_never_shows_in_a_repr(busy_server: LiveServer) -> None:
    created = busy_server.run(busy_server.services.tokens.create("staff", "shy"))
    assert created.token not in repr(created)
