"""The audit as pages: who changed what, and who signed in or was refused."""

from __future__ import annotations

import re
from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from adapters.http.operation import allowed_to
from adapters.http.services import Services
from adapters.web.dashboard.settings import AnyRequest, settings_page, short

_LAST = 2**53 - 1
_PAGE = 50
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_FORMS = {
    "/settings/stations/approve": "approve pairing",
    "/settings/stations/refuse": "refuse pairing",
    "/settings/stations/token": "make station token",
    "/settings/stations/{station_id}/move": "move station",
    "/settings/stations/{station_id}/settings": "change station settings",
    "/settings/stations/{station_id}/revoke": "revoke station",
}
Before = Annotated[int, QueryParameter(ge=1, le=_LAST)]


@get("/settings/audit/", opt=allowed_to("admin"), include_in_schema=False)
async def audit_page(request: AnyRequest, services: NamedDependency[Services], before: Before = _LAST) -> Response[str]:
    entries = list(await services.accounts.audit.page(before=before, limit=_PAGE))
    return settings_page(
        "settings_audit.html",
        request,
        services,
        "Audit",
        entries=[(entry, action_words(entry.action), entry.object and short(entry.object)) for entry in entries],
        first=before == _LAST,
        older=entries[-1].position if len(entries) == _PAGE else None,
    )


@get("/settings/audit/sign-ins/", opt=allowed_to("admin"), include_in_schema=False)
async def sign_ins_page(
    request: AnyRequest, services: NamedDependency[Services], before: Before = _LAST
) -> Response[str]:
    entries = list(await services.accounts.log.page(before=before, limit=_PAGE))
    names = {one.id: one.name for one in await services.accounts.accounts.all()}
    return settings_page(
        "settings_sign_ins.html",
        request,
        services,
        "Audit",
        entries=[(entry, None if entry.subject is None else names.get(entry.subject)) for entry in entries],
        first=before == _LAST,
        older=entries[-1].id if len(entries) == _PAGE else None,
    )


def action_words(action: str) -> str:
    """`changeRoster`, `account.role_changed.v1` and `POST /people/{person_id}/pin` as somebody would say them."""
    if " /" in action:
        method, path = action.split(" ", 1)
        if path.rstrip("/") in _FORMS:
            return _FORMS[path.rstrip("/")]
        named = [part.replace("-", " ") for part in path.split("/") if part and not part.startswith("{")]
        return " · ".join(named) if method == "POST" else f"{method.lower()} {' · '.join(named)}"
    if "." in action:
        kind, what, *_ = action.split(".")
        return f"{kind} {what.replace('_', ' ')}"
    return _CAPITAL.sub(" ", action).lower()
