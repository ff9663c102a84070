"""What the pages of the settings share: their frame, a question before what cannot be undone, a secret shown once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response

from adapters.http.auth import caller_of
from adapters.http.problem_document import HttpProblem
from adapters.http.qr_code import qr_picture
from adapters.http.services import Services
from adapters.web.dashboard.notices import Notice
from adapters.web.forms import read_form, typed_fields
from adapters.web.rendering import page

AnyRequest = Request[Any, Any, Any]  # a page's request is typed by nobody
Form = TypeVar("Form", bound=msgspec.Struct)
TABS: tuple[tuple[str, str], ...] = (
    ("Policy", "/settings/"),
    ("Recognition", "/settings/recognition/"),
    ("Stations", "/settings/stations/"),
    ("Accounts", "/settings/accounts/"),
    ("Audit", "/settings/audit/"),
)


def settings_page(
    template: str,
    request: AnyRequest,
    services: Services,
    tab: str,
    *,
    notice: Notice | None = None,
    **shown: Any,  # whatever the template names
) -> Response[str]:
    return page(
        template,
        caller=caller_of(request),
        section="Settings",
        status_code=200 if notice is None else notice.status_code,
        zone=services.zone,
        tabs=TABS,
        tab=tab,
        notice=notice,
        **shown,
    )


def question(
    request: AnyRequest,
    services: Services,
    tab: str,
    *,
    title: str,
    what_happens: list[str],
    action: str,
    button: str,
    back: str,
    fields: Mapping[str, str] | None = None,
) -> Response[str]:
    """A page of its own before something that cannot simply be taken back."""
    return settings_page(
        "settings_question.html",
        request,
        services,
        tab,
        title=title,
        what_happens=what_happens,
        action=action,
        button=button,
        back=back,
        fields=fields or {},
    )


def shown_once(
    request: AnyRequest,
    services: Services,
    tab: str,
    *,
    title: str,
    secret: str,
    words: list[str],
    back: str,
    link: str | None = None,
    expires_at: datetime | None = None,
) -> Response[str]:
    """The answer of the form itself, so that it has no address, and nobody finds it in a history."""
    return settings_page(
        "settings_secret.html",
        request,
        services,
        tab,
        title=title,
        secret=secret,
        words=words,
        back=back,
        link=link,
        picture=None if link is None else qr_picture(link),
        expires_at=expires_at,
    )


async def typed(request: AnyRequest, declared: type[Form]) -> tuple[Form | None, dict[str, str], Notice | None]:
    """The form, or what was typed and what is wrong with it, for the page to show both again."""
    fields = dict(await typed_fields(request))
    try:
        return await read_form(request, declared), fields, None
    except HttpProblem as problem:
        if problem.facts.code != "request-malformed":
            raise
        wrong = next(iter(problem.facts.errors or ()), None)
        place = "" if wrong is None or not wrong.pointer else f" ({wrong.pointer.strip('/').replace('_', ' ')})"
        words = f"That cannot be taken{place}: {problem.facts.detail or 'a field is not as it should be'}."
        return None, fields, Notice(kind="bad", words=words, status_code=422)
