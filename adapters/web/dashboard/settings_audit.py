"""The audit as pages: who changed what, and who signed in or was refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from adapters.http.operation import allowed_to
from adapters.http.services import Services
from adapters.read_models.audit import AuditObject
from adapters.web.dashboard.audit_words import deed, paths_of
from adapters.web.dashboard.settings import AnyRequest, settings_page

_LAST = 2**53 - 1
_PAGE = 50
Before = Annotated[int, QueryParameter(ge=1, le=_LAST)]


@get("/settings/audit/", opt=allowed_to("admin"), include_in_schema=False)
async def audit_page(request: AnyRequest, services: NamedDependency[Services], before: Before = _LAST) -> Response[str]:
    entries = list(await services.accounts.audit.page(before=before, limit=_PAGE))
    paths = paths_of(request.app)
    deeds = [deed(entry.action, entry.object, paths) for entry in entries]
    called = await _called(services, [entry.object for entry in entries if entry.object is not None])
    return settings_page(
        "settings_audit.html",
        request,
        services,
        "Audit",
        entries=list(zip(entries, deeds, strict=True)),
        called=called,
        first=before == _LAST,
        older=entries[-1].position if len(entries) == _PAGE else None,
    )


async def _called(services: Services, ids: Sequence[UUID]) -> dict[UUID, AuditObject]:
    """By id; whoever was erased is not among them."""
    wanted = set(ids)
    people = {
        one.id: AuditObject(id=one.id, name=one.name, at=None)
        for one in await services.people.all()
        if one.id in wanted
    }
    return people | await services.accounts.audit.objects(list(wanted))


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
