"""The page of metrics, read by Prometheus' own parser."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from simulator.api.metrics import SECONDS, Metrics


def samples(metrics):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(metrics.page().decode())
        for sample in family.samples
    }


def test_answers_are_counted_by_status_and_their_times_add_up_in_buckets():
    metrics = Metrics()
    times = [0.0, *SECONDS, 99.0]  # a time that is a bucket's bound is in that bucket
    for seconds in times:
        metrics.observe("auction", "getPortfolio", 200, seconds)
    metrics.observe("auction", "getPortfolio", 400, 0.25)
    metrics.observe('a "b"\\\n', "", 404, 1.0)
    found = samples(metrics)
    labels = ("operation", "getPortfolio"), ("service", "auction")
    assert found["crr_requests_total", *labels, ("status", "200")] == len(times)
    assert found["crr_requests_total", *labels, ("status", "400")] == 1
    assert found["crr_request_seconds_count", *labels] == len(times) + 1
    assert found["crr_request_seconds_sum", *labels] == sum(times) + 0.25
    for bound in SECONDS:
        below = sum(seconds <= bound for seconds in [*times, 0.25])
        assert found["crr_request_seconds_bucket", ("le", str(bound)), *labels] == below
    assert found["crr_request_seconds_bucket", ("le", "+Inf"), *labels] == len(times) + 1
    assert found["crr_request_seconds_count", ("operation", ""), ("service", 'a "b"\\\n')] == 1


def test_a_figure_is_asked_for_whenever_somebody_looks():
    metrics, figures = Metrics(), iter([1, 2])
    metrics.watch("crr_something", "Something", lambda: next(figures))
    assert [samples(metrics)["crr_something",] for _ in range(2)] == [1, 2]
