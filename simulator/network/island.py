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
