"""How long check-ins took, by day and station: where a regression shows without any other tool."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from adapters.http.operation import allowed_to
from adapters.http.query_days import DATE, day_window, query_day
from adapters.http.services import Services
from application.ports.latency import LatencyGroup

LONGEST = timedelta(days=92)
UNLESS_ASKED = timedelta(days=6)


class LatencyReport(msgspec.Struct, frozen=True, kw_only=True):
    """The days that had check-ins, in order; of each day all stations together first.

    What happened before a burst reached the server (the camera, the outbox, the network) is not in it.
    """

    days: list[LatencyGroup]


class LatencyController(Controller):
    path = "/api/latency"
    tags = ("metrics",)

    @get(
        operation_id="getLatency",
        summary="Quantiles of each stage of a check-in, by day and station",
        opt=allowed_to("staff", "analyst", "admin", problems=("window-impossible",)),
    )
    async def latency(
        self,
        services: NamedDependency[Services],
        first: Annotated[
            str | None,
            QueryParameter(name="from", description="a UTC day; a week up to `to` if none", schema_extra=DATE),
        ] = None,
        last: Annotated[
            str | None, QueryParameter(name="to", description="a UTC day, included; today if none", schema_extra=DATE)
        ] = None,
        station: Annotated[UUID | None, QueryParameter(description="of this station alone")] = None,
    ) -> LatencyReport:
        today = datetime.now(UTC).date()
        begin, end = day_window(
            query_day("from", first), query_day("to", last), today=today, unless_asked=UNLESS_ASKED, longest=LONGEST
        )
        return LatencyReport(days=list(await services.latencies.between(begin, end, station)))
