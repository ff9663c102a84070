"""Who changed what, and who signed in or was refused: for admins, a page at a time."""

from __future__ import annotations

from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from adapters.http.account_schemas import AuditPage, SignInPage
from adapters.http.operation import allowed_to
from adapters.http.services import Services

_LAST = 2**53 - 1
Before = Annotated[int, QueryParameter(ge=1, le=_LAST, description="only what is older; `before` of the last page")]
Limit = Annotated[int, QueryParameter(ge=1, le=500, description="how many at most")]


class AuditController(Controller):
    path = "/api/audit"
    tags = ("audit",)

    @get(operation_id="listAudit", summary="Who changed what, the newest first", opt=allowed_to("admin"))
    async def changes(
        self, services: NamedDependency[Services], before: Before = _LAST, limit: Limit = 100
    ) -> AuditPage:
        entries = list(await services.accounts.audit.page(before=before, limit=limit))
        return AuditPage(entries=entries, before=entries[-1].position if len(entries) == limit else None)

    @get(
        "/sign-ins",
        operation_id="listSignIns",
        summary="Who signed in or was refused in the last 90 days, the newest first",
        opt=allowed_to("admin"),
    )
    async def sign_ins(
        self, services: NamedDependency[Services], before: Before = _LAST, limit: Limit = 100
    ) -> SignInPage:
        entries = list(await services.accounts.log.page(before=before, limit=limit))
        return SignInPage(entries=entries, before=entries[-1].id if len(entries) == limit else None)
