"""What somebody did, as the audit tells it: the deed in words, and of what kind the thing is that it was done to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORDS = {
    "account.created.v1": "Created an account",
    "account.role_changed.v1": "Changed the role of an account",
    "account.last_admin_kept.v1": "Kept the last administrator",
    "account.password_changed.v1": "Set a password",
    "account.password_withdrawn.v1": "Withdrew a password",
    "account.disabled.v1": "Disabled an account",
    "account.enabled.v1": "Enabled an account",
    "policy.changed.v1": "Changed the policy",
    "addToRoster": "Put somebody on a roster",
    "approvePairing": "Approved a station",
    "assignCheckIn": "Said whose a check-in is",
    "cancelSession": "Cancelled a session",
    "changeRoster": "Changed who is expected",
    "changeSession": "Changed a session",
    "changeStationSettings": "Changed the settings of a station",
    "checkInByCode": "Checked somebody in by QR code",
    "checkInByPin": "Checked somebody in by PIN",
    "checkInByStaff": "Checked somebody in",
    "closeSession": "Settled a session",
    "correctAttendance": "Corrected an attendance",
    "denyMatch": "Took back a match",
    "dismissCheckIn": "Left a check-in as nobody’s",
    "enrolPhotographs": "Enrolled photographs",
    "erasePerson": "Erased a person",
    "giveConsent": "Recorded a consent",
    "importPeople": "Imported people",
    "importRosters": "Imported rosters",
    "importTimetable": "Imported a timetable",
    "issueCode": "Made a QR code",
    "issuePin": "Made a PIN",
    "issueSignInCode": "Made a sign-in code",
    "makeStationToken": "Made a token for a station",
    "moveStation": "Moved or renamed a station",
    "openSession": "Opened a session",
    "refusePairing": "Refused a station",
    "registerPerson": "Registered a person",
    "removeFromRoster": "Took somebody off a roster",
    "revokeCredentials": "Ended a PIN and a QR code",
    "revokeStation": "Revoked a station",
    "scheduleSession": "Planned a session",
    "withdrawConsent": "Withdrew a consent",
}
# What a form does, by the name that it has in the contract, where it has one.
_FORMS = {
    "/people": "registerPerson",
    "/people/import": "importPeople",
    "/people/{person_id}/consents/{purpose}/give": "giveConsent",
    "/people/{person_id}/consents/{purpose}/withdraw": "withdrawConsent",
    "/people/{person_id}/photographs": "enrolPhotographs",
    "/people/{person_id}/sign-in-code": "issueSignInCode",
    "/people/{person_id}/pin": "issuePin",
    "/people/{person_id}/qr": "issueCode",
    "/people/{person_id}/credentials/revoke": "revokeCredentials",
    "/people/{person_id}/erase": "erasePerson",
    "/review/{checkin_id}/assign": "assignCheckIn",
    "/review/{checkin_id}/deny": "denyMatch",
    "/review/{checkin_id}/dismiss": "dismissCheckIn",
    "/sessions": "scheduleSession",
    "/sessions/{session_id}/corrections": "correctAttendance",
    "/sessions/{session_id}/check-ins": "checkInByStaff",
    "/sessions/{session_id}/roster": "changeRoster",
    "/sessions/import": "importTimetable",
    "/sessions/{session_id}/roster/add": "addToRoster",
    "/sessions/{session_id}/roster/remove": "removeFromRoster",
    "/sessions/{session_id}/open": "openSession",
    "/sessions/{session_id}/close": "closeSession",
    "/sessions/{session_id}/cancel": "cancelSession",
    "/sessions/{session_id}/{change}": "changeSession",
    "/settings/stations/approve": "approvePairing",
    "/settings/stations/refuse": "refusePairing",
    "/settings/stations/{station_id}/move": "moveStation",
    "/settings/stations/{station_id}/settings": "changeStationSettings",
    "/settings/stations/{station_id}/revoke": "revokeStation",
    "/settings/stations/token": "makeStationToken",
}


class Kind(msgspec.Struct, frozen=True):
    """What a deed is done to. `page`: where one of it is seen. `nameless`: what one is called that has no name."""

    name: str
    page: str
    nameless: str


_KINDS = {
    "people": Kind("person", "/people/{}/", "somebody who was erased"),
    "sessions": Kind("session", "/sessions/{}/", "a session"),
    "review": Kind("check-in", "/review/{}/", "a check-in"),
    "stations": Kind("station", "/settings/stations/{}/", "a station that is gone"),
    "accounts": Kind("account", "/settings/accounts/{}/", "an account"),
}
_OF_THEIR_OWN = {"account": "accounts", "station": "stations"}


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: None where it was done to nothing that has a page."""

    words: str
    kind: Kind | None


def deed(action: str, object: UUID | None, paths: Mapping[str, str]) -> Deed:
    """`paths`: of every operation, as `paths_of` finds them."""
    return Deed(
        words=action_words(action),
        kind=None if object is None else _KINDS.get(_section(action, paths)),
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


def has_words(action: str) -> bool:
    """Whether somebody wrote down what it is called."""
    return _operation(action) in _WORDS


def action_words(action: str) -> str:
    """`changeRoster` and `POST /people/{person_id}/pin` as somebody would say them; of another version, the name."""
    operation = _operation(action)
    return _WORDS.get(operation) or _CAPITAL.sub(" ", operation).replace("/", " ").strip().capitalize()


def _operation(action: str) -> str:
    """A form is called by its method and its path."""
    if " /" not in action:
        return action
    path = action.split(" ", 1)[1].rstrip("/")
    return _FORMS.get(path, path)


def _section(action: str, paths: Mapping[str, str]) -> str:
    """`people` of `registerPerson`, of `POST /people` alike."""
    path = action.split(" ", 1)[1] if " /" in action else paths.get(action)
    if path is None:
        return _OF_THEIR_OWN.get(action.partition(".")[0], "")
    parts = [part for part in path.split("/") if part and part not in ("api", "settings")]
    return parts[0] if parts else ""
