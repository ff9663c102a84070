"""The ASGI application: the contract's resources over the services that the wiring hands in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from litestar import Litestar, Response, get
from litestar.di import Provide

from adapters.http.auth import role_guard
from adapters.http.bearer import by_bearer_token
from adapters.http.errors import EXCEPTION_HANDLERS
from adapters.http.json_request import JsonRequest, json_only
from adapters.http.openapi import openapi_document
from adapters.http.operation import public
from adapters.http.resources import CONTROLLERS
from adapters.http.services import Services
from adapters.http.timing import Timing

_UNLESS_DECLARED_BYTES = 65_536


def create_app(services: Services) -> Litestar:
    """Ready to be served. Guards run in this order, before a body is read: who asks, their role, media type."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for hook in services.lifespan:
                await stack.enter_async_context(hook())
            yield

    app = Litestar(
        [*CONTROLLERS, _contract],
        dependencies={"services": Provide(lambda: services, sync_to_thread=False)},
        exception_handlers=EXCEPTION_HANDLERS,
        guards=[role_guard([by_bearer_token(services.tokens)]), json_only],
        lifespan=[lifespan],
        logging_config=None,
        openapi_config=None,
        request_class=JsonRequest,
        request_max_body_size=_UNLESS_DECLARED_BYTES,
    )
    app.asgi_handler = Timing(app.asgi_handler)
    return app


@get("/openapi.json", opt=public(), include_in_schema=False, sync_to_thread=False)
def _contract() -> Response[bytes]:
    return Response(openapi_document(), media_type="application/json")
