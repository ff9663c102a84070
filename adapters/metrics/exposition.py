"""A process's figures as Prometheus text: those that were counted, and those that are read when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from adapters.database import Database
from adapters.live.figures import FeedFigures
from adapters.metrics.metrics import Metrics, Reading
from adapters.metrics.projection_lag import Lag, projection_lags
from domain.matching import Thresholds


class Queue(Protocol):
    """What the inference worker says of itself."""

    @property
    def waiting(self) -> int: ...

    @property
    def ready(self) -> bool: ...

    @property
    def thresholds(self) -> Thresholds: ...


class Answered(Protocol):
    """What the HTTP door says of one answer."""

    @property
    def method(self) -> str: ...

    @property
    def route(self) -> str: ...

    @property
    def status(self) -> int: ...

    @property
    def duration_ms(self) -> float: ...

    @property
    def problem(self) -> str | None: ...

    @property
    def station(self) -> UUID | None: ...


class Exposition:
    """Owned by the server's event loop. `in_flight`: how many check-ins are being judged now."""

    def __init__(
        self, metrics: Metrics, database: Database, queue: Queue, figures: FeedFigures, in_flight: Callable[[], int]
    ) -> None:
        self.metrics = metrics
        self._database = database
        self._lags: list[Lag] = []
        self._read_server(queue, in_flight)
        self._read_record()
        self._read_feed(figures)

    def observe(self, answer: Answered) -> None:
        """One HTTP request is over."""
        seconds = answer.duration_ms / 1e3
        self.metrics.http_request.labels(answer.method, answer.route, str(answer.status)).observe(seconds)
        if answer.problem is not None:
            self.metrics.problems.labels(answer.problem).inc()
        if answer.station is not None:
            self.metrics.station_heard.labels(str(answer.station)).set_to_current_time()

    async def text(self) -> str:
        self._lags = await projection_lags(self._database)
        return self.metrics.text()

    def _read_server(self, queue: Queue, in_flight: Callable[[], int]) -> None:
        read = self.metrics.read
        read("facecheckin_queue_requests", "Requests that wait for the models now", lambda: {(): queue.waiting})
        read("facecheckin_models_warm", "1 where the models take requests", lambda: {(): float(queue.ready)})
        read(
            "facecheckin_model_info",
            "1 for the identity model's version in use",
            lambda: {(queue.thresholds.model,): 1.0},
            ("identity",),
        )
        read("facecheckin_checkins_in_flight", "Check-ins and readings under way now", lambda: {(): in_flight()})
        read(
            "facecheckin_database_connections",
            "Connections of the pool for short queries: idle, in_use, most",
            lambda: {(state,): float(count) for state, count in self._database.figures.items()},
            ("state",),
        )

    def _read_record(self) -> None:
        read = self.metrics.read
        label = ("read_model",)
        read(
            "facecheckin_projection_positions_behind",
            "Positions between the end of the record and what a read model has",
            lambda: {(lag.read_model,): float(lag.positions) for lag in self._lags},
            label,
        )
        read(
            "facecheckin_projection_seconds_behind",
            "For how long the first event that a read model lacks has been recorded",
            lambda: {(lag.read_model,): lag.seconds for lag in self._lags},
            label,
        )
        read(
            "facecheckin_projection_parked_events",
            "Events that a read model could not take",
            lambda: {(lag.read_model,): float(lag.parked) for lag in self._lags},
            label,
        )

    def _read_feed(self, figures: FeedFigures) -> None:
        read = self.metrics.read

        def clients() -> Reading:
            return {("own",): float(figures.watchers_own), ("staff",): float(figures.watchers_staff)}

        def ended() -> Reading:
            return {("slow",): float(figures.ended_slow), ("unauthorised",): float(figures.ended_unauthorised)}

        read("facecheckin_feed_clients", "Open live feeds of this process", clients, ("kind",))
        read("facecheckin_feed_ended_clients", "Live feeds that the server ended since its start", ended, ("why",))
        read("facecheckin_feed_delivered", "Updates told since the start", lambda: {(): float(figures.delivered)})
        read("facecheckin_feed_reconnects", "Lost database connections of the feed", lambda: {(): figures.reconnects})
        read(
            "facecheckin_feed_lag_seconds",
            "From the commit of the event that was told last until it was told",
            lambda: {(): figures.lag_s},
        )
