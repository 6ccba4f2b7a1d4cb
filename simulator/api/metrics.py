"""Prometheus metrics of one server process: requests by operation and status, and their times."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 15.0)


class Metrics:
    """Counts what is served; labels are operations and statuses, never a participant's doings."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "crr_requests",
            "Requests answered",
            ("service", "operation", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "crr_request_seconds",
            "Time from the last byte of the head to the answer",
            ("service", "operation"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._times: dict[tuple[str, str], Histogram] = {}

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """A figure that is asked for whenever the page is made."""
        Gauge(name, meaning, registry=self._registry).set_function(value)

    def observe(self, service: str, operation: str, status: int, seconds: float) -> None:
        """One more answer."""
        counted = self._counters.get((service, operation, status))
        if counted is None:  # finding a label's child costs more than counting
            counted = self._requests.labels(service, operation, str(status))
            self._counters[service, operation, status] = counted
        timed = self._times.get((service, operation))
        if timed is None:
            timed = self._times[service, operation] = self._seconds.labels(service, operation)
        counted.inc()
        timed.observe(seconds)

    def page(self) -> bytes:
        """All of it in the text format."""
        return generate_latest(self._registry)
