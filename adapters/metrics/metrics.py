"""Every figure that is measured while the server works: its name, its labels, and what it means.

No label holds what a caller sent: a route is its template, a code comes from the catalogue, a station is one that was
let in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_REQUEST_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
_STAGE_S = (0.0001, 0.0003, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 1.0)
_LAG_S = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
Reading = Mapping[tuple[str, ...], float]
"""A figure's values by the values of its labels."""


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """One figure as docs/monitoring.md tells it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    documentation: str


class Metrics:
    """Of one process, in a registry of its own. Any thread may count."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.described: list[Described] = []
        ProcessCollector(registry=self.registry)
        self.http_request = self._histogram(
            "facecheckin_http_request_seconds",
            "From the first byte of a request to the last of its answer; status 499 where the caller left",
            ("method", "route", "status"),
            buckets=_REQUEST_S,
        )
        self.problems = self._counter("facecheckin_problems", "Problem documents answered, by code", ("code",))
        self.inference_stage = self._histogram(
            "facecheckin_inference_stage_seconds",
            "One stage of one look at a frame, or of one reading of a burst",
            ("operation", "stage"),
            buckets=_STAGE_S,
        )
        self.inference_queue = self._histogram(
            "facecheckin_inference_queue_seconds",
            "How long a request that was served had waited for the models",
            ("operation",),
            buckets=_STAGE_S,
        )
        self.append = self._histogram(
            "facecheckin_append_seconds",
            "From handing events to the event store until they are committed, waiting for other saves included",
            buckets=_REQUEST_S,
        )
        self.projection = self._histogram(
            "facecheckin_projection_seconds",
            "From the commit of an event of this process until a read model has it, as this process hears of both",
            ("read_model",),
            buckets=_LAG_S,
        )
        self.events = self._counter("facecheckin_events_appended", "Events committed")
        self.decisions = self._counter(
            "facecheckin_decisions",
            "Check-ins decided: match, unknown, ambiguous, mismatch, refused, other_route",
            ("kind",),
        )
        self.refusals = self._counter("facecheckin_refusals", "Captures that could not be judged, by code", ("code",))
        self.emotions = self._counter("facecheckin_emotions", "Bursts: recognised, refused, declined", ("outcome",))
        self.push = self._counter(
            "facecheckin_push_messages",
            "Push messages: sent to a push service, gone with their browser, failed; one that is put off counts once",
            ("outcome",),
        )
        self.station_heard = self._gauge(
            "facecheckin_station_heard_timestamp_seconds",
            "When this process last answered a station; one series for each station that was let in since its start",
            ("station",),
        )

    def read(self, name: str, documentation: str, read: Callable[[], Reading], labels: tuple[str, ...] = ()) -> None:
        """A figure that is read when it is asked for, and never kept."""
        self._describe(name, "gauge", documentation, labels)
        self.registry.register(_ReadWhenAsked(name, documentation, labels, read))

    def text(self) -> str:
        """The exposition format, version 0.0.4."""
        return generate_latest(self.registry).decode()

    def _histogram(
        self, name: str, documentation: str, labels: tuple[str, ...] = (), *, buckets: tuple[float, ...]
    ) -> Histogram:
        self._describe(name, "histogram", documentation, labels)
        return Histogram(name, documentation, labels, buckets=buckets, registry=self.registry)

    def _counter(self, name: str, documentation: str, labels: tuple[str, ...] = ()) -> Counter:
        self._describe(f"{name}_total", "counter", documentation, labels)
        return Counter(name, documentation, labels, registry=self.registry)

    def _gauge(self, name: str, documentation: str, labels: tuple[str, ...] = ()) -> Gauge:
        self._describe(name, "gauge", documentation, labels)
        return Gauge(name, documentation, labels, registry=self.registry)

    def _describe(self, name: str, kind: str, documentation: str, labels: tuple[str, ...]) -> None:
        self.described.append(Described(name=name, kind=kind, labels=labels, documentation=documentation))


class _ReadWhenAsked(Collector):
    def __init__(self, name: str, documentation: str, labels: tuple[str, ...], read: Callable[[], Reading]) -> None:
        self._name = name
        self._documentation = documentation
        self._labels = labels
        self._read = read

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Without reading anything: it is asked for when the figure is registered."""
        yield GaugeMetricFamily(self._name, self._documentation, labels=self._labels)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        family = GaugeMetricFamily(self._name, self._documentation, labels=self._labels)
        for values, figure in self._read().items():
            family.add_metric(values, figure)
        yield family
