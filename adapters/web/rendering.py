"""Pages as HTML: one environment of templates, escaped always, and the headers that every page carries."""

from __future__ import annotations

import math
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response

from adapters.http.access_tokens import Caller
from adapters.web.assets import assets
from adapters.web.navigation import sections_for
from domain.check_in import Status

_HERE = Path(__file__).parent
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STATUS_WORDS: dict[Status, str] = {
    "processing": "Processing",
    "checked_in": "Checked in",
    "unknown": "Unknown",
    "ambiguous": "Ambiguous",
    "mismatch": "Named somebody else",
    "refused": "Refused",
    "expired": "Expired",
}
# Such a check-in is nobody's until staff have looked at it.
TO_REVIEW: frozenset[Status] = frozenset({"unknown", "ambiguous", "mismatch", "refused"})
ROLE_NAMES = {"person": "Person", "staff": "Staff", "analyst": "Analyst", "admin": "Administrator"}
_PAGE_HEADERS = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": "no-store"}


def page(
    template: str,
    *,
    caller: Caller | None = None,
    section: str | None = None,
    status_code: int = 200,
    headers: dict[str, str] | None = None,
    **shown: Any,  # whatever the template names; it fails where one is missing
) -> Response[str]:
    """`section`: the entry of the navigation that is current."""
    html = _environment().get_template(template).render(caller=caller, section=section, **shown)
    return Response(
        html,
        status_code=status_code,
        media_type="text/html",
        headers={**_PAGE_HEADERS, **(headers or {})},
    )


def see_other(path: str) -> Response[None]:
    """After a form was accepted: the browser asks for the page anew, and a reload repeats nothing."""
    headers = {"Location": path, "Cache-Control": "no-store"}
    return Response(None, status_code=303, media_type="text/plain", headers=headers)  # as JSON, nothing is `null`


def fragment(template: str, **shown: Any) -> str:  # as `page`
    """A part of a page by itself."""
    return _environment().get_template(template).render(**shown)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([_HERE / "templates", _HERE / "dashboard" / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = assets().url
    environment.globals["sections_for"] = sections_for
    environment.globals["status_words"] = STATUS_WORDS
    environment.globals["to_review"] = TO_REVIEW
    environment.globals["role_names"] = ROLE_NAMES
    environment.filters["clock"] = _clock
    environment.filters["date"] = _date
    environment.filters["day"] = _day
    environment.filters["moment"] = _moment
    environment.filters["iso"] = datetime.isoformat
    environment.filters["percent"] = _percent
    environment.filters["figure"] = figure
    environment.filters["distance"] = distance
    return environment


def _clock(moment: datetime, zone: str, *, seconds: bool = False) -> str:
    """`09:04`, where people read it."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S" if seconds else "%H:%M")


def _day(moment: datetime, zone: str, *, short: bool = False) -> str:
    """`Sunday 22 November 2026`, or `Sun 22 Nov 2026` in a table."""
    local = moment.astimezone(ZoneInfo(zone))
    return _date(local) if short else f"{local:%A} {local.day} {local:%B %Y}"


def _date(day: date) -> str:
    """`Sun 22 Nov 2026`, of a day that is counted already."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def _moment(moment: datetime, zone: str, *, time: bool = True) -> str:
    """`22 Nov 2026, 09:04:31`, or the day alone."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M:%S}" if time else f"{local.day} {local:%b %Y}"


def _percent(part: float, whole: float) -> str:
    """A dash where there is nothing to take a share of."""
    return f"{part / whole:.0%}" if whole else "–"


def figure(value: float) -> str:
    """`12.5`, `6,000,000` or `0.314`: as many places as say something."""
    return f"{value:,.3f}".rstrip("0").rstrip(".") if abs(value) < 10 else f"{value:,.1f}".removesuffix(".0")


def distance(value: float) -> str:
    """Between embeddings, with a place more than thresholds are told apart by."""
    return f"{value:.3f}"


def spoken(wait_s: float) -> str:
    """`20 seconds` or `12 minutes`, rather too long than too short."""
    count, unit = (wait_s, "second") if wait_s <= 90 else (wait_s / 60, "minute")
    whole = max(1, math.ceil(count))
    return f"{whole} {unit}{'' if whole == 1 else 's'}"
