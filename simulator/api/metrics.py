"""Prometheus metrics of one server process: requests by operation and status, and their times."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 15.0)
_UP_TO = (*map(str, SECONDS), "+Inf")


class Metrics:
    """Counts what is served; labels are operations and statuses, never a participant's doings."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Requests()
        self._registry.register(self._requests)
        self.observe = self._requests.observe

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """A figure that is asked for whenever the page is made."""
        Gauge(name, meaning, registry=self._registry).set_function(value)

    def page(self) -> bytes:
        """All of it in the text format."""
        return generate_latest(self._registry)


class Requests(Collector):
    """Counted by one thread in plain numbers, and made into metrics when somebody looks."""

    def __init__(self) -> None:
        self._answers: Counter[tuple[str, str, int]] = Counter()
        self._times: dict[tuple[str, str], _Times] = {}

    def observe(self, service: str, operation: str, status: int, seconds: float) -> None:
        """One more answer."""
        self._answers[service, operation, status] += 1
        times = self._times.get((service, operation))
        if times is None:
            times = self._times[service, operation] = _Times()
        times.seconds += seconds
        times.counts[bisect_left(SECONDS, seconds)] += 1

    def collect(self) -> Iterator[Metric]:
        """The numbers as they are now."""
        answered = CounterMetricFamily(
            "crr_requests", "Requests answered", labels=("service", "operation", "status")
        )
        for (service, operation, status), count in self._answers.items():
            answered.add_metric((service, operation, str(status)), count)
        yield answered
        taken = HistogramMetricFamily(
            "crr_request_seconds",
            "Time from the last byte of the head to the answer",
            labels=("service", "operation"),
        )
        for labels, times in self._times.items():
            buckets = list(zip(_UP_TO, accumulate(times.counts), strict=True))
            taken.add_metric(labels, buckets, times.seconds)
        yield taken


class _Times:
    """How many requests took how long, and how long all of them together."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * len(_UP_TO)
        self.seconds = 0.0
