"""The figures of this process, for Prometheus. Where several processes serve, each is asked at its own address."""

from __future__ import annotations

from litestar import Controller, MediaType, Response, get
from litestar.di import NamedDependency

from adapters.http.operation import allowed_to
from adapters.http.services import Services

_EXPOSITION = "text/plain; version=0.0.4"


class MetricsController(Controller):
    path = "/metrics"
    tags = ("metrics",)

    @get(
        operation_id="getMetrics",
        summary="What this process has measured since its start, in Prometheus's text format",
        opt=allowed_to("analyst", "admin"),
        media_type=MediaType.TEXT,
    )
    async def exposition(self, services: NamedDependency[Services]) -> Response[str]:
        return Response(await services.exposition.text(), media_type=_EXPOSITION)
