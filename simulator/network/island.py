"""Connected parts of a network and the reference bus of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


def label_islands(
    bus_count: int, from_index: IntArray, to_index: IntArray, in_service: BoolArray
) -> IntArray:
    """Island of every bus (nb,), numbered 0, 1, ... by the first bus of each in bus order."""
    ends = from_index[in_service], to_index[in_service]
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(bus_count, bus_count))
    _, label = connected_components(graph.tocsr(), directed=False)
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return np.asarray(order[inverse], dtype=np.int64)


def choose_references(island: IntArray, number: IntArray, preferred: BoolArray) -> IntArray:
    """Bus index of the reference of each island, in island order.

    It is the preferred bus (swing, or reference so far) of lowest number, else the bus of lowest
    number; star points, which have negative numbers, come last.
    """
    order = np.lexsort((np.abs(number), number < 0, ~preferred))
    _, first = np.unique(island[order], return_index=True)
    return np.asarray(order[first], dtype=np.int64)


def find_bridges(
    bus_count: int, from_index: IntArray, to_index: IntArray, in_service: BoolArray
) -> BoolArray:
    """Which branches (nl,) split their island when they alone open; parallels never do.

    A depth-first walk: a branch is a bridge when nothing beyond it reaches back past it.
    """
    at: list[list[tuple[int, int]]] = [[] for _ in range(bus_count)]
    for branch in np.flatnonzero(in_service).tolist():
        a, b = int(from_index[branch]), int(to_index[branch])
        at[a].append((b, branch))
        at[b].append((a, branch))
    bridge = np.zeros(len(from_index), dtype=bool)
    order = [-1] * bus_count  # when a bus was reached
    lowest = [0] * bus_count  # the earliest bus that it or what lies beyond it reaches
    clock = 0
    for root in range(bus_count):
        if order[root] >= 0:
            continue
        order[root] = lowest[root] = clock
        clock += 1
        path = [(root, -1, iter(at[root]))]
        while path:
            bus, came_by, onward = path[-1]
            for other, branch in onward:
                if branch == came_by:
                    continue
                if order[other] < 0:
                    order[other] = lowest[other] = clock
                    clock += 1
                    path.append((other, branch, iter(at[other])))
                    break
                lowest[bus] = min(lowest[bus], order[other])
            else:
                path.pop()
                if path:
                    before = path[-1][0]
                    lowest[before] = min(lowest[before], lowest[bus])
                    bridge[came_by] = lowest[bus] > order[before]
    return bridge
