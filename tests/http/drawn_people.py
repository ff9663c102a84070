"""Drawn people, and how the tests of the HTTP door register, enrol and show them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import UUID

import httpx

from adapters.demo.appearance import ExpressionName
from adapters.demo.bursts import Burst, make_burst
from adapters.demo.cast import SITTINGS, CastMember, photograph, picture_of
from tests.http.log_scan import MADE_UP, SHORTEST

Json = dict[str, Any]  # an answer as a caller sees it


def in_base64(*frames: bytes) -> list[str]:
    return [b64encode(frame).decode() for frame in frames]


def perform(member: CastMember, expression: ExpressionName, *, seed: int) -> Burst:
    picture = picture_of(member, expression)
    return make_burst(picture.image, picture.face, seed=seed)


def register(staff: httpx.Client, user_id: str, name: str, consents: list[str]) -> UUID:
    MADE_UP.update(word for word in (user_id, name) if len(word) >= SHORTEST)
    answer = staff.post("/api/people/", json={"user_id": user_id, "name": name, "consents": consents})
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


def enrol(staff: httpx.Client, person: UUID, photographs: dict[str, bytes]) -> httpx.Response:
    uploads = [{"name": name, "image": in_base64(jpeg)[0]} for name, jpeg in photographs.items()]
    return staff.post(f"/api/people/{person}/photographs/", json={"photographs": uploads})


def photographs_of(member: CastMember) -> dict[str, bytes]:
    taken = [photograph(member, sitting) for sitting in SITTINGS]
    return {one.name: one.jpeg for one in taken}


def join_in(staff: httpx.Client, member: CastMember, consents: list[str]) -> UUID:
    """Registered and enrolled with every photograph of a sitting."""
    person = register(staff, member.user_id, member.name, consents)
    answer = enrol(staff, person, photographs_of(member))
    assert answer.json()["refused"] == []
    return person
