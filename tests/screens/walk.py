"""The way through every page that the server has: found in the routes themselves, so that no page goes unseen."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
from litestar.handlers import HTTPRouteHandler
from playwright.sync_api import Page

from adapters.http.access_tokens import Role
from adapters.web.navigation import SECTIONS
from adapters.web.resources import DASHBOARD, SIGNING_IN
from tests.screens.school import School

_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_LEADS_AWAY = frozenset({"/sign-in/provider/", "/sign-in/provider/callback/"})
"""Pages of somebody else, where a provider is set up."""
_FILES = (".csv", ".json", "/sheet/{kind:str}")


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One address to look at. `role`: None where nobody is signed in."""

    name: str
    path: str
    role: Role | None = "admin"
    status: int = 200


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """A form to be sent from a page, and what its answer must say."""

    name: str
    path: str
    do: Callable[[Page], None]
    says: str
    status: int = 200


def routes() -> list[str]:
    """What can be asked for under the dashboard and the sign-in, as the routes name it."""
    handlers = [one for one in (*DASHBOARD, *SIGNING_IN) if isinstance(one, HTTPRouteHandler)]
    return sorted({f"{path.rstrip('/')}" for one in handlers if "GET" in one.http_methods for path in one.paths})


def missing_sections() -> list[str]:
    """Entries of the navigation that lead nowhere."""
    known = set(routes())
    return [section.name for section in SECTIONS if section.path.rstrip("/") not in known]


def stops(school: School) -> list[Stop]:
    """Every route once, and the states of it that a query or another object makes."""
    values = _values(school)
    found = []
    for route in routes():
        if f"{route}/" in _LEADS_AWAY or route.endswith(_FILES):
            continue
        role: Role | None = None if route in ("/sign-in", "/set-password") else "admin"
        found.append(Stop(name=_name(route), path=_filled(route, values), role=role))
    return [*found, *(one for one in _states(school) if _has_page(one.path))]


def shareable(stop: Stop) -> bool:
    """Its address holds what was asked for. Review is not among them: it shrinks while it is worked on."""
    return "?" in stop.path and stop.status == 200 and "/review/" not in stop.path


def deeds(school: School) -> list[Deed]:
    person = f"/people/{school.people[2]}/"
    session = f"/sessions/{school.sessions[2]}/"
    return [
        Deed(name="a sign-in code", path=person, do=send("sign-in-code/"), says="Chloé Martin"),
        Deed(name="a PIN", path=person, do=send("pin/"), says="Chloé Martin"),
        Deed(name="a QR code", path=person, do=send("qr/"), says="Chloé Martin"),
        Deed(name="people found", path="/people/", do=send("search/", q="haddad"), says="Amira Haddad"),
        Deed(name="nobody found", path="/people/", do=send("search/", q="zzzz"), says="zzzz"),
        Deed(
            name="a user id that is taken",
            path="/people/",
            do=send("/people/", user_id="s-001", name="Amira Twice"),
            says="s-001",
            status=409,
        ),
        Deed(name="a session opened", path=session, do=send("open/"), says="Open"),
        Deed(
            name="a roster with a stranger",
            path=session,
            do=send("roster/", user_ids="s-017\nnobody-there"),
            says="nobody-there",
            status=404,
        ),
        Deed(
            name="an account made",
            path="/settings/accounts/",
            do=send("/settings/accounts/", name=f"Ines {uuid4().hex[:6]}"),
            says="code",
        ),
        Deed(
            name="a token for a station",
            path="/settings/stations/",
            do=send("token/", name="Turnstile"),
            says="Turnstile",
        ),
    ]


def send(action: str, **fields: str) -> Callable[[Page], None]:
    """Fill in the page's first form that goes there, and press its button."""

    def do(page: Page) -> None:
        form = page.locator(f"form[action$='{action}']").first
        form.evaluate("(form) => form.closest('details')?.setAttribute('open', '')")
        for name, value in fields.items():
            form.locator(f"[name={name}]").fill(value)
        form.locator("button").first.click()

    return do


def _states(school: School) -> Sequence[Stop]:
    """What a route shows otherwise: earlier weeks, filters, nothing, somebody else's view, and what is not there."""
    now = datetime.now(UTC)
    month_ago = (now - timedelta(days=28)).date().isoformat()
    of_review = [
        Stop(name=f"review {one.kind}", path=f"/review/{one.id}/", role="staff")
        for one in school.server.run(
            school.server.services.reviews.waiting(
                kinds=("unknown", "ambiguous", "refused"), limit=20, before_position=None
            )
        )
    ]
    return [
        Stop(name="today for staff", path="/today/", role="staff"),
        Stop(name="sessions three weeks ago", path=f"/sessions/?week={(now - timedelta(days=21)).date()}"),
        Stop(name="sessions of an empty week", path="/sessions/?week=2031-01-06"),
        Stop(name="session to come", path=f"/sessions/{school.sessions[2]}/"),
        Stop(name="people without a face", path="/people/?show=unenrolled"),
        Stop(name="review refused", path="/review/?kind=refused"),
        Stop(name="review of a kind that nobody waits in", path="/review/?kind=denied"),
        *{one.name: one for one in of_review}.values(),
        Stop(name="mood for an analyst", path="/mood/", role="analyst"),
        Stop(name="latency for an analyst", path="/latency/", role="analyst"),
        Stop(name="reports by day", path=f"/reports/?by=day&from={month_ago}"),
        Stop(name="reports of nothing", path="/reports/?by=group&from=2019-01-01&to=2019-01-31"),
        Stop(name="a report that cannot be", path="/reports/?from=2026-02-01&to=2026-01-01", status=422),
        Stop(name="mood by week", path=f"/mood/?from={month_ago}&step=week"),
        Stop(name="mood of nothing", path="/mood/?from=2019-01-01&to=2019-01-31"),
        Stop(name="latency of a station", path=f"/latency/?from={month_ago}&station={school.stations[0]}"),
        Stop(name="latency of nothing", path="/latency/?from=2019-01-01&to=2019-01-31"),
        Stop(name="a session that is not there", path=f"/sessions/{uuid4()}/", status=404),
        Stop(name="not for an analyst", path="/people/", role="analyst", status=403),
    ]


def _values(school: School) -> dict[str, str]:
    """An object of the school for each parameter of a route."""
    waiting = school.server.run(
        school.server.services.reviews.waiting(kinds=("ambiguous",), limit=1, before_position=None)
    )
    return {
        "session_id": str(school.sessions[0]),
        "person_id": str(school.people[1]),
        "checkin_id": str(waiting[0].id),
        "station_id": str(school.paired),
        "account_id": str(school.signed_in["staff"].subject),
    }


def _filled(route: str, values: Mapping[str, str]) -> str:
    """Raises KeyError where a page is of something that the school has none of."""
    return _PARAMETER.sub(lambda found: values[found[1]], route) + "/"


def _has_page(path: str) -> bool:
    asked = path.partition("?")[0].rstrip("/")
    return any(re.fullmatch(_PARAMETER.sub("[^/]+", route), asked) for route in routes())


def _name(route: str) -> str:
    return _PARAMETER.sub("one", route).strip("/").replace("/", " ") or "start"
