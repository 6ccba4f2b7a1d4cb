"""Electrical distance: the least sum of |reactance| along branches in service (rulebook 3.7)."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from simulator.network.dc import DcNetwork, FloatArray

TIE_DIGITS = 12  # distances that agree so far are equal


def electrical_distance(network: DcNetwork, bus: int) -> FloatArray:
    """Distance from a bus (its number) to every bus (nb,), inf where it is not connected.

    In rad per MW, as the network's susceptances are in MW per rad.
    """
    live = np.flatnonzero(network.in_service)
    ends = np.sort(np.stack([network.from_index[live], network.to_index[live]]), axis=0)
    reactance = 1.0 / np.abs(network.susceptance_mw_per_rad[live])
    order = np.lexsort((reactance, ends[1], ends[0]))
    pairs, first = np.unique(ends[:, order], axis=1, return_index=True)  # the least of parallels
    shape = (network.bus_count, network.bus_count)
    graph = coo_array((reactance[order][first], (pairs[0], pairs[1])), shape=shape).tocsr()
    distance = dijkstra(graph, directed=False, indices=network.bus_index(bus))
    return np.asarray(distance, dtype=np.float64)
