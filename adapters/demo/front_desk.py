"""What the demo sets up for whoever looks at it in a browser: a session now, and links that sign in once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx
import msgspec

from adapters.demo.local_server import LocalServer
from adapters.http.account_schemas import AccountList, PasswordCodeAnswer, SignInCodeAnswer
from adapters.http.people_schemas import PeopleList
from adapters.http.signing_in import Me

ACCOUNT = "demo"
_TITLE, _ROOM = "Demo class", "R 1"


class FrontDesk:
    """Asks the server as an admin would. Raises httpx.HTTPStatusError on an answer nobody planned."""

    def __init__(self, server: LocalServer) -> None:
        self._server = server
        token = server.token("admin")
        self._http = httpx.Client(base_url=server.base_url, headers={"Authorization": f"Bearer {token}"}, timeout=30.0)

    def hold_session(self, user_ids: Sequence[str]) -> None:
        """One that began five minutes ago, for everybody named; the same one if it is asked for again in its hour."""
        now = datetime.now(UTC)
        id = uuid5(NAMESPACE_URL, f"facecheckin demo {now:%Y-%m-%dT%H}")
        starts_at = now.replace(minute=0, second=0, microsecond=0) if now.minute >= 5 else now - timedelta(minutes=5)
        plan = {
            "title": _TITLE,
            "room": _ROOM,
            "series": _TITLE,
            "stations": [str(self._station())],
            "starts_at": starts_at.isoformat(),
            "late_after": (now + timedelta(minutes=10)).isoformat(),
            "ends_at": (now + timedelta(minutes=50)).isoformat(),
            "zone": "UTC",
        }
        self._http.put(f"/api/sessions/{id}/", json=plan).raise_for_status()
        self._http.put(f"/api/sessions/{id}/roster/", json={"user_ids": list(user_ids)}).raise_for_status()

    def dashboard_link(self) -> str:
        """Leads to where a password is set for an account of the demo's, and from there to the dashboard."""
        accounts = msgspec.json.decode(self._asked("GET", "/api/accounts/"), type=AccountList).accounts
        known = next((one.id for one in accounts if one.name == ACCOUNT), None)
        if known is None:
            answer = self._asked("POST", "/api/accounts/", {"name": ACCOUNT, "role": "admin"})
        else:
            answer = self._asked("POST", f"/api/accounts/{known}/password-reset/")
        return msgspec.json.decode(answer, type=PasswordCodeAnswer).link

    def phone_link(self, user_id: str) -> str:
        """Signs that person in to the phone page."""
        people = msgspec.json.decode(self._asked("GET", "/api/people/"), type=PeopleList).people
        person = next(one.id for one in people if one.user_id == user_id)
        answer = self._asked("POST", f"/api/people/{person}/sign-in-codes/")
        return msgspec.json.decode(answer, type=SignInCodeAnswer).link

    def _station(self) -> UUID:
        token = self._server.token("station")
        answer = self._http.get("/api/me/", headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=Me).subject

    def _asked(self, method: str, path: str, body: dict[str, str] | None = None) -> bytes:
        answer = self._http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.content

    def __enter__(self) -> FrontDesk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
