"""The policy over HTTP: what holds, changing it, and what other thresholds would do."""

from __future__ import annotations

import math
from typing import Annotated

from litestar import Controller, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from adapters.http.answer_deadline import AT_LENGTH
from adapters.http.auditing import tells_itself
from adapters.http.auth import caller_of
from adapters.http.json_request import JsonRequest
from adapters.http.operation import allowed_to
from adapters.http.policy_schemas import PolicyDetails, PolicyRequest, asked_for, details_of
from adapters.http.problem_document import FieldError, HttpProblem, ProblemFacts
from adapters.http.services import Services
from application.preview_thresholds import MOST_DECISIONS, ThresholdPreview
from domain.policy import PolicyImpossible

_LAST = 1_000
Proposed = Annotated[
    float | None, QueryParameter(ge=0, le=10, description="a distance; as it is in force where it is not given")
]
Last = Annotated[int, QueryParameter(ge=1, le=MOST_DECISIONS, description="of how many decisions at most")]


class PolicyController(Controller):
    path = "/api/policy"
    tags = ("policy",)

    @get(operation_id="getPolicy", summary="The policy that holds now", opt=allowed_to("admin"))
    async def told(self, services: NamedDependency[Services]) -> PolicyDetails:
        return details_of(await services.policy.policies.newest(), services.policy.recogniser.thresholds)

    @put(
        operation_id="changePolicy",
        summary="Set all of the policy: every process follows it within a second",
        opt={**allowed_to("admin", problems=("policy-impossible", "contention")), **tells_itself()},
    )
    async def change(
        self, data: JSONBody[PolicyRequest], request: JsonRequest, services: NamedDependency[Services]
    ) -> PolicyDetails:
        calibrated = services.policy.recogniser.thresholds
        outcome = await services.policy.manage(
            lambda policy: asked_for(data, policy, calibrated.model), by=caller_of(request).subject
        )
        if isinstance(outcome, PolicyImpossible):
            raise HttpProblem(policy_problem(outcome))
        return details_of(outcome, calibrated)

    @get(
        "/preview",
        operation_id="previewThresholds",
        summary="What the last decisions would have been at other thresholds, and how often these are wrong",
        opt={**allowed_to("admin"), **AT_LENGTH},
    )
    async def preview(
        self,
        services: NamedDependency[Services],
        identify: Proposed = None,
        verify: Proposed = None,
        margin: Proposed = None,
        last: Last = _LAST,
    ) -> ThresholdPreview:
        for name, value in (("identify", identify), ("verify", verify), ("margin", margin)):
            if value is not None and not math.isfinite(value):
                wrong = FieldError(message="it is a number", parameter=name)
                raise HttpProblem(ProblemFacts(code="request-malformed", detail=wrong.message, errors=[wrong]))
        return await services.policy.preview(verify=verify, identify=identify, margin=margin, last=last)


def policy_problem(refused: PolicyImpossible) -> ProblemFacts:
    nearest = refused.low if refused.value < refused.low else refused.high
    message = f"{refused.field} is {refused.value:g}; it is from {refused.low:g} to {refused.high:g}: {refused.reason}"
    days = refused.field in ("templates_days", "people_days")
    pointer = f"/{refused.field}" if days else f"/thresholds/{refused.field}"
    return ProblemFacts(
        code="policy-impossible",
        detail=message,
        value=refused.value,
        limit=nearest,
        unit="days" if days else "distance",
        errors=[FieldError(message=message, pointer=pointer)],
    )
