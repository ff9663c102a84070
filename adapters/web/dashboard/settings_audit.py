"""The audit as pages: who changed what, and who signed in or was refused."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from adapters.http.operation import allowed_to
from adapters.http.services import Services
from adapters.web.dashboard.audit_words import deed, paths_of
from adapters.web.dashboard.settings import AnyRequest, settings_page, short

_LAST = 2**53 - 1
_PAGE = 50
Before = Annotated[int, QueryParameter(ge=1, le=_LAST)]


@get("/settings/audit/", opt=allowed_to("admin"), include_in_schema=False)
async def audit_page(request: AnyRequest, services: NamedDependency[Services], before: Before = _LAST) -> Response[str]:
    entries = list(await services.accounts.audit.page(before=before, limit=_PAGE))
    paths = paths_of(request.app)
    return settings_page(
        "settings_audit.html",
        request,
        services,
        "Audit",
        entries=[
            (entry, deed(entry.action, entry.object, paths), None if entry.object is None else short(entry.object))
            for entry in entries
        ],
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
