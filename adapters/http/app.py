"""The ASGI application: the contract's resources over the services that the wiring hands in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from litestar import Litestar, Response, get
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from adapters.http.admission import Doorkeeper
from adapters.http.allowed_methods import AllowedMethods
from adapters.http.answer_deadline import AnswerDeadline
from adapters.http.auditing import record_change, remember_request
from adapters.http.auth import role_guard
from adapters.http.bearer import by_bearer_token
from adapters.http.cookie_sessions import by_cookie
from adapters.http.errors import EXCEPTION_HANDLERS
from adapters.http.head_requests import HeadRequests
from adapters.http.json_request import JsonRequest, json_only
from adapters.http.openapi import openapi_document
from adapters.http.operation import public
from adapters.http.policy_in_force import remember_policy
from adapters.http.rate_limits import rate_guard
from adapters.http.refused_requests import RefusedRequests
from adapters.http.resources import CONTROLLERS
from adapters.http.services import Services
from adapters.http.signed_requests import by_signature
from adapters.http.timing import Timing

_UNLESS_DECLARED_BYTES = 65_536


def create_app(services: Services, *, pages: Sequence[ControllerRouterHandler] = ()) -> Litestar:
    """Ready to be served, with `pages` beside the contract.

    Before a body is read, in this order: whether the models have room (a refusal must be cheap), who asks, their role,
    how often, media type.
    """

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for hook in services.lifespan:
                await stack.enter_async_context(hook())
            yield

    signed = by_signature(services.stations.find_signer, services.stations.nonces)
    accounts = services.accounts
    browsers = by_cookie(accounts.sign_ins, accounts.cookie, accounts.origin)
    audited = remember_request(accounts.record_action, accounts.clock)
    authenticators = [signed, by_bearer_token(services.tokens), browsers]
    app = Litestar(
        [*CONTROLLERS, _contract, *pages],
        after_request=record_change,
        dependencies={"services": Provide(lambda: services, sync_to_thread=False)},
        exception_handlers=EXCEPTION_HANDLERS,
        guards=[
            rate_guard(accounts.limits, role_guard(authenticators)),
            json_only,
            audited,
            remember_policy(services.policy.policies),
        ],
        lifespan=[lifespan],
        logging_config=None,
        openapi_config=None,
        request_class=JsonRequest,
        request_max_body_size=_UNLESS_DECLARED_BYTES,
    )
    timely = AnswerDeadline(AllowedMethods(app.asgi_handler, app.routes), services.answer_within_s)
    admitted = Doorkeeper(HeadRequests(timely), app.routes, services.admit)
    app.asgi_handler = Timing(RefusedRequests(admitted), services.exposition.observe)
    return app


@get("/openapi.json", opt=public(), include_in_schema=False, sync_to_thread=False)
def _contract() -> Response[bytes]:
    return Response(openapi_document(), media_type="application/json")
