"""What somebody did, as the audit tells it: the deed in words, and what it was done to, with the page of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_FORMS = {
    "/people": "register person",
    "/people/import": "import people",
    "/people/{person_id}/consents/{purpose}/give": "give consent",
    "/people/{person_id}/consents/{purpose}/withdraw": "withdraw consent",
    "/people/{person_id}/photographs": "enrol photographs",
    "/people/{person_id}/sign-in-code": "issue sign in code",
    "/people/{person_id}/pin": "issue pin",
    "/people/{person_id}/qr": "issue code",
    "/people/{person_id}/credentials/revoke": "revoke credentials",
    "/people/{person_id}/erase": "erase person",
    "/review/{checkin_id}/assign": "assign check in",
    "/review/{checkin_id}/deny": "deny match",
    "/review/{checkin_id}/dismiss": "dismiss check in",
    "/sessions": "schedule session",
    "/sessions/{session_id}/corrections": "correct attendance",
    "/sessions/{session_id}/check-ins": "check in by staff",
    "/sessions/{session_id}/roster": "change roster",
    "/sessions/{session_id}/{change}": "change session",
    "/settings/stations/approve": "approve pairing",
    "/settings/stations/refuse": "refuse pairing",
    "/settings/stations/token": "make station token",
    "/settings/stations/{station_id}/move": "move station",
    "/settings/stations/{station_id}/settings": "change station settings",
    "/settings/stations/{station_id}/revoke": "revoke station",
}


class Kind(msgspec.Struct, frozen=True):
    """What a deed is done to. `page`: where one of it is seen."""

    name: str
    page: str


_KINDS = {
    "people": Kind("person", "/people/{}/"),
    "sessions": Kind("session", "/sessions/{}/"),
    "review": Kind("check-in", "/review/{}/"),
    "stations": Kind("station", "/settings/stations/{}/"),
    "accounts": Kind("account", "/settings/accounts/{}/"),
}
_OF_THEIR_OWN = {"account": "accounts", "station": "stations"}


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: None where it was done to nothing that has an id. `page`: None where it cannot be told which it was."""

    words: str
    kind: str | None
    page: str | None


def deed(action: str, object: UUID | None, paths: Mapping[str, str]) -> Deed:
    """`paths`: of every operation, as `paths_of` finds them."""
    kind = _KINDS.get(_section(action, paths))
    return Deed(
        words=action_words(action),
        kind=None if kind is None else kind.name,
        page=None if kind is None or object is None else kind.page.format(object),
    )


def paths_of(app: Litestar) -> Mapping[str, str]:
    """By operation of the contract."""
    return {
        handler.operation_id: route.path
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if isinstance(handler, HTTPRouteHandler) and isinstance(handler.operation_id, str)
    }


def action_words(action: str) -> str:
    """`changeRoster`, `account.role_changed.v1` and `POST /people/{person_id}/pin` as somebody would say them."""
    if " /" in action:
        method, path = action.split(" ", 1)
        if path.rstrip("/") in _FORMS:
            return _FORMS[path.rstrip("/")].capitalize()
        named = [part.replace("-", " ") for part in path.split("/") if part and not part.startswith("{")]
        words = " · ".join(named) if method == "POST" else f"{method.lower()} {' · '.join(named)}"
    elif "." in action:
        kind, what, *_ = action.split(".")
        words = f"{kind} {what.replace('_', ' ')}"
    else:
        words = _CAPITAL.sub(" ", action).lower()
    return words.capitalize()


def _section(action: str, paths: Mapping[str, str]) -> str:
    """`people` of `registerPerson`, of `POST /people` alike."""
    path = action.split(" ", 1)[1] if " /" in action else paths.get(action)
    if path is None:
        return _OF_THEIR_OWN.get(action.partition(".")[0], "")
    parts = [part for part in path.split("/") if part and part not in ("api", "settings")]
    return parts[0] if parts else ""
