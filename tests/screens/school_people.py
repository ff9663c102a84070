"""What the people of the made-up school have: photographs that are enrolled, passwords, a name for who works there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

import numpy as np

from adapters.http.access_tokens import Role
from application.manage_accounts import PasswordCode
from application.sign_in import SignedIn
from domain import person as persons
from domain.personal import PersonalData
from inference.thresholds import calibrations
from tests.event_store.samples import QUALITY
from tests.http.live_server import LiveServer

AT_WORK: dict[Role, str] = {
    "station": "Back door",
    "person": "A phone",
    "staff": "Timetable of the school",
    "analyst": "Yearly report",
    "admin": "Administration",
}
"""Whose tokens do what no account does: an audit names them."""
PHOTOGRAPHS = 3
_REGISTERED = 3
"""Events of somebody who is registered with both consents."""
_MODEL = next(iter(calibrations().values())).thresholds.model
_PASSWORD = "a made-up door stands open"


async def enrol(server: LiveServer, people: Sequence[UUID], at: datetime) -> None:
    """With photographs that nobody took: vectors as good as any, where nobody is compared with anybody."""
    position = max(await asyncio.gather(*(_enrol(server, person, at) for person in people)))
    await server.record.projections.wait(position, 10)


async def _enrol(server: LiveServer, person: UUID, at: datetime) -> int:
    templates = [uuid4() for _ in range(PHOTOGRAPHS)]
    for template in templates:
        vector = np.random.default_rng(template.int).normal(size=512).astype(np.float32)
        await server.record.gallery.keep_template(template, person, _MODEL, vector / np.linalg.norm(vector))
    enrolled = [
        persons.FaceEnrolled(
            at=at, template_id=one, photograph=PersonalData(person, one.hex), model=_MODEL, quality=QUALITY
        )
        for one in templates
    ]
    return await server.record.store.append(person, _REGISTERED, enrolled)


def sign_in_by_the_door(server: LiveServer, signed_in: Mapping[Role, SignedIn]) -> dict[Role, SignedIn]:
    """Each account sets a password and is signed in by that; somebody mistypes theirs. Who is signed in now."""
    now = dict(signed_in)
    with server.client() as client:
        for role, who in signed_in.items():
            if role == "person":
                continue
            invited = server.run(server.services.accounts.manage.invite(who.subject))
            assert isinstance(invited, PasswordCode)
            answer = client.post("/set-password/", data={"code": invited.code, "password": _PASSWORD})
            assert answer.status_code == 303, answer.text
            known = server.run(server.services.accounts.by_password(who.name, _PASSWORD, address="127.0.0.1"))
            assert isinstance(known, SignedIn)
            now[role] = known
        client.cookies.clear()
        client.post("/sign-in/", data={"by": "password", "name": now["admin"].name, "password": "not this one at all"})
    return now
