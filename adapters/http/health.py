"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

from typing import Literal

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from adapters.http.operation import public
from adapters.http.problem_document import FieldError, HttpProblem, ProblemFacts
from adapters.http.services import Services

_RETRY_AFTER_S = 2.0


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    status: Literal["live"]


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Each part by name; all of them are true, or the answer is a problem that names those that are not."""

    status: Literal["ready"]
    database: bool
    migrations: bool
    models: bool


class HealthController(Controller):
    path = "/health"
    tags = ("health",)

    @get("/live", operation_id="isAlive", summary="The process answers", opt=public(probe=True))
    async def live(self) -> Alive:
        return Alive(status="live")

    @get(
        "/ready",
        operation_id="isReady",
        summary="Every part can do its work; otherwise the problem says which cannot",
        opt=public(problems=("not-ready",), probe=True),
    )
    async def ready(self, services: NamedDependency[Services]) -> Ready:
        readiness = await services.ready()
        if readiness.missing:
            raise HttpProblem(
                ProblemFacts(
                    code="not-ready",
                    detail="not ready: " + ", ".join(readiness.missing),
                    errors=[FieldError(message="is not ready", pointer=f"/{part}") for part in readiness.missing],
                    retry_after_s=_RETRY_AFTER_S,
                )
            )
        return Ready(
            status="ready", database=readiness.database, migrations=readiness.migrations, models=readiness.models
        )
