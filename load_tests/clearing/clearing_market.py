"""Markets of any size for the benchmark: bids over all buses of a network, single outages.

Everything is drawn from a seed. Limits are those of the network at `LIMIT_SCALE`, as an ISO
releases a share of its capacity; every bus is a location; MW have three decimals, prices two. Bids
get smaller with the square root of their number, so that flows, which partly cancel, stay as large.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np

from simulator.clearing.case import ClearingCase
from simulator.domain import Bid, CurvePoint, Hedge, Tou, TransactionType
from simulator.network.case import Bus, Case, Line
from simulator.network.dc import DcNetwork, dc_network
from simulator.network.factors import Factors
from simulator.network.model import Contingency
from simulator.network.read import read_case

REPOSITORY = Path(__file__).resolve().parents[2]
CATS = REPOSITORY / "../shared/data/cats/cats.v30.raw"
SHIPPED = REPOSITORY / "fixtures/california/network.raw"
PERIOD = "2024_M09"
LIMIT_SCALE = 0.75
MADE_LIMIT_SCALE = 0.2
"""Of made networks, whose limits do not come from their load: tight enough to bind at any size."""
PARTICIPANTS = 80
MOST_MW = 8.0
BIDS_OF_MOST_MW = 33_000
HIGHEST_USD_PER_MW = 900.0


def largest_network() -> tuple[Path, DcNetwork]:
    """The California Test System where it is at hand, else the shipped network."""
    path = CATS if CATS.exists() else SHIPPED
    return path, dc_network(read_case(path))


def made_network(buses: int) -> Case:
    """A ring with a chord for every bus: every line is rated, no single outage splits it."""
    random = np.random.default_rng(buses)
    pairs = [(n, n % buses + 1) for n in range(1, buses + 1)]
    reach = random.integers(2, max(3, buses // 10), buses)
    pairs += [(n, (n + int(r) - 1) % buses + 1) for n, r in enumerate(reach, 1)]
    lines = tuple(
        Line(
            a,
            b,
            str(k + 1),
            x_pu=round(float(random.uniform(0.01, 0.1)), 4),
            rate_a_mva=float(random.integers(60, 300)),
        )
        for k, (a, b) in enumerate(pairs)
    )
    numbers = range(1, buses + 1)
    return Case(100.0, tuple(Bus(n, type=3 if n == 1 else 1) for n in numbers), lines=lines)


def outages(network: DcNetwork, count: int | None = None) -> tuple[Contingency, ...]:
    """The single outages that split nothing, those of the highest flow in the file first."""
    factors = Factors(network)
    flow = np.abs(factors.flows(network.injection_mw))
    meshed = np.flatnonzero(network.in_service & ~factors.bridges)
    chosen = meshed[np.argsort(-flow[meshed], kind="stable")][:count]
    return tuple(Contingency(f"C{k:05d}", (network.key[k],)) for k in chosen)


def bids(network: DcNetwork, count: int, slope: float = 0.0, seed: int = 1) -> tuple[Bid, ...]:
    """Bids between random buses; with `slope` the price falls by that share over the MW."""
    random = np.random.default_rng(seed)
    largest_mw = MOST_MW * (BIDS_OF_MOST_MW / count) ** 0.5
    numbers = network.bus[(network.bus > 0) & ~network.isolated]
    ends = random.choice(numbers, (count, 2))
    ends[:, 1] = np.where(ends[:, 0] == ends[:, 1], numbers[0], ends[:, 1])
    ends = np.where((ends[:, 0] == ends[:, 1])[:, None], [numbers[1], numbers[0]], ends)
    mw = np.round(random.uniform(0.05, 1.0, count) * largest_mw, 3)
    price = np.round(random.uniform(0.01, HIGHEST_USD_PER_MW, count), 2)
    return tuple(
        Bid(
            f"B{k:06d}", f"P{k % PARTICIPANTS:02d}", TransactionType.BUY, Hedge.OBL,
            str(source), str(sink), Tou.ON, PERIOD, _curve(mw[k], price[k], slope),
        )
        for k, (source, sink) in enumerate(ends.tolist())
    )  # fmt: skip


def _curve(mw: float, price: float, slope: float) -> Sequence[CurvePoint]:
    last = round(price * (1.0 - slope), 2)
    return (
        CurvePoint(Decimal(0), Decimal(str(price))),
        CurvePoint(Decimal(str(mw)), Decimal(str(last))),
    )


def market(
    network: DcNetwork,
    bid_count: int,
    outage_count: int | None,
    slope: float = 0.0,
    limit_scale: float = LIMIT_SCALE,
) -> ClearingCase:
    """An auction on the network."""
    return ClearingCase(
        "LOAD",
        "auction",
        "bid_value",
        network,
        bids=bids(network, bid_count, slope),
        contingencies=outages(network, outage_count),
        limit_scale=limit_scale,
    )
