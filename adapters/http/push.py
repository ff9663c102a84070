"""Push messages to a person's own browsers: subscribing one, what is subscribed, and ending it."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from adapters.http.auditing import tells_itself
from adapters.http.auth import caller_of
from adapters.http.json_request import JsonRequest
from adapters.http.operation import allowed_to
from adapters.http.problem_document import FieldError, HttpProblem, ProblemFacts
from adapters.http.push_schemas import (
    KeptPushSubscription,
    MyPushSubscription,
    MyPushSubscriptions,
    PushSubscriptionRequest,
)
from adapters.http.services import Services
from adapters.push.push import Push
from adapters.push.subscription import Unusable, subscription_of
from adapters.push.subscriptions import MOST


class PushController(Controller):
    path = "/api/me/push-subscriptions"
    tags = ("push messages",)

    @get(
        operation_id="listMyPushSubscriptions",
        summary="Which of my browsers are told of my check-ins, and the key to subscribe another to",
        opt=allowed_to("person", problems=("push-off",)),
    )
    async def all(self, request: JsonRequest, services: NamedDependency[Services]) -> MyPushSubscriptions:
        push = _push(services)
        kept = await push.subscriptions.of(caller_of(request).subject)
        return MyPushSubscriptions(
            public_key=push.public_key,
            most=MOST,
            subscriptions=[MyPushSubscription(id=one.id, created_at=one.created_at) for one in kept],
        )

    @post(
        operation_id="keepMyPushSubscription",
        summary="Tell a browser of mine of my check-ins; of more than five the oldest goes",
        opt={**allowed_to("person", problems=("push-off", "push-unusable", "person-not-found")), **tells_itself()},
    )
    async def keep(
        self, data: JSONBody[PushSubscriptionRequest], request: JsonRequest, services: NamedDependency[Services]
    ) -> KeptPushSubscription:
        push = _push(services)
        subscription = subscription_of(
            endpoint=data.endpoint, p256dh=data.keys.p256dh, auth=data.keys.auth, language=data.language
        )
        if isinstance(subscription, Unusable):
            raise _unusable(subscription)
        trouble = await push.trouble_with(subscription)
        if trouble is not None:
            raise _unusable(trouble)
        if not await push.subscriptions.keep(caller_of(request).subject, subscription):
            raise HttpProblem(ProblemFacts(code="person-not-found"))
        return KeptPushSubscription(id=subscription.id)

    @delete(
        "/{subscription_id:uuid}",
        operation_id="endMyPushSubscription",
        summary="Tell a browser of mine no more",
        opt={**allowed_to("person", problems=("push-off",)), **tells_itself()},
    )
    async def end(
        self, subscription_id: FromPath[UUID], request: JsonRequest, services: NamedDependency[Services]
    ) -> None:
        if not await _push(services).subscriptions.remove(caller_of(request).subject, subscription_id):
            raise HttpProblem(ProblemFacts(code="not-found", detail="there is no such subscription of yours"))


def _push(services: Services) -> Push:
    if services.push is None:
        raise HttpProblem(ProblemFacts(code="push-off"))
    return services.push


def _unusable(trouble: Unusable) -> HttpProblem:
    wrong = FieldError(message=trouble.reason, pointer=trouble.field)
    return HttpProblem(ProblemFacts(code="push-unusable", detail=trouble.reason, errors=[wrong]))
