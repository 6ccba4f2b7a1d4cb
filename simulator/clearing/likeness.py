"""Limits that are loaded alike: one line after outages that do not touch its flow.

A line far from an outage carries the same flow with and without it, so it is one limit under many
names, and its shadow price could be moved among them at will. What is like what is seen by a
probe: some MW on every path, different ones, so that other factors make another flow.
"""

from __future__ import annotations

import numpy as np

from simulator.clearing.flows import ElementFlows
from simulator.clearing.problem import Floats, Problem
from simulator.clearing.rows import Rows
from simulator.clearing.screen import Found
from simulator.clearing.tolerances import ALIKE_DECIMALS, NOISE_DECIMALS

TURN = 0.6180339887498949  # of the golden section: no two paths get the same MW

Likeness = tuple[int, int, float, float]


def unlike(problem: Problem, flows: ElementFlows, rows: Rows, found: Found) -> Found:
    """Of the limits found the first of each that are alike, and none that a row is like."""
    seen = set(_likeness(problem, flows, rows))
    fresh = []
    for place, likeness in enumerate(_likeness(problem, flows, found)):
        if likeness not in seen:
            seen.add(likeness)
            fresh.append(place)
    return found.take(np.array(fresh, dtype=np.int64))


def _likeness(problem: Problem, flows: ElementFlows, limits: Found | Rows) -> list[Likeness]:
    """Element, direction, the probe's flow for each path's MW, and the limit."""
    paths = len(problem.source)
    mw: Floats = 1.0 + np.arange(1.0, paths + 1) * TURN % 1.0
    probe = flows.transfer(_put_on(problem, mw)[:, None])
    flow = flows.net_at(probe, limits.element, limits.outage) / max(paths, 1)
    columns = (
        limits.element.tolist(),
        limits.direction.tolist(),
        _without_noise(flow),
        _without_noise(limits.limit_mw),
    )
    return list(zip(*columns, strict=True))


def _without_noise(mw: Floats) -> list[float]:
    """Rounded, what is exactly between two digits alike whatever its last ones."""
    finer = np.round(mw, ALIKE_DECIMALS + NOISE_DECIMALS)
    return list((np.round(finer, ALIKE_DECIMALS) + 0.0).tolist())


def _put_on(problem: Problem, mw: Floats) -> Floats:
    """(buses,) injections of MW on every path (P,), options too."""
    size = len(problem.locations)
    net = np.bincount(problem.source, mw, size) - np.bincount(problem.sink, mw, size)
    return np.asarray(net @ problem.location_factors)
