"""The first page: whoever is signed in goes to theirs, everybody else to the sign-in."""

from __future__ import annotations

from litestar import Request, Response, get
from litestar.datastructures import State

from adapters.http.access_tokens import ROLES
from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.web.navigation import start_of
from adapters.web.rendering import see_other


@get("/", opt=allowed_to(*ROLES), include_in_schema=False)
async def landing(request: Request[object, object, State]) -> Response[None]:
    return see_other(start_of(caller_of(request).role))
