"""The pages on which somebody signs in, or sets the password of a new account."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from adapters.http.operation import public
from adapters.http.services import Services
from adapters.web.rendering import page
from adapters.web.sign_in import own_path

Next = Annotated[str, QueryParameter(max_length=500, description="a path of ours to go on to")]


@get("/sign-in/", opt=public(), include_in_schema=False)
async def sign_in_page(services: NamedDependency[Services], next: Next = "") -> Response[str]:
    provider = services.accounts.provider is not None
    return page("sign_in.html", next=own_path(next) or "", provider=provider, name="", refused=None)


@get("/set-password/", opt=public(), include_in_schema=False)
async def set_password_page() -> Response[str]:
    return page("set_password.html", code="", refused=None)
