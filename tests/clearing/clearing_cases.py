"""Small networks and random cases for the tests of the clearing room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import numpy as np

from simulator.clearing.case import ClearingCase, FixedCrr
from simulator.domain import Bid, CurvePoint, Hedge, Nomination, Tou, TransactionType
from simulator.network.branch import BranchKey
from simulator.network.dc import DcNetwork
from simulator.network.island import choose_references, label_islands
from simulator.network.machine import MachineKey
from simulator.network.model import Contingency, Interface

PERIOD = "2024_M09"
Line = tuple[int, int, float, float]  # from, to, reactance, limit in MW (0: none)


def grid(
    lines: Sequence[tuple],
    buses: Sequence[int] | None = None,
    swing: int | None = None,
    machines: Mapping[tuple[int, str], float] | None = None,
):
    """A DC network of lines (from, to, x, limit[, emergency limit]); circuits are numbered.

    `machines` are PMax by (bus, identifier).
    """
    numbers = np.array(buses or sorted({n for line in lines for n in line[:2]}), dtype=np.int64)
    place = {int(number): k for k, number in enumerate(numbers)}
    seen: dict[tuple[int, int], int] = {}
    keys = []
    for line in lines:
        pair = tuple(sorted(line[:2]))
        seen[pair] = seen.get(pair, 0) + 1
        keys.append(BranchKey(line[0], line[1], str(seen[pair])))
    start = np.array([place[line[0]] for line in lines], dtype=np.int64)
    end = np.array([place[line[1]] for line in lines], dtype=np.int64)
    live = np.ones(len(lines), dtype=bool)
    island = label_islands(len(numbers), start, end, live)
    rating = np.array([[line[3], line[4] if len(line) > 4 else 0, 0] for line in lines], float)
    return DcNetwork(
        bus=numbers,
        bus_name=tuple(str(number) for number in numbers),
        base_kv=np.full(len(numbers), 230.0),
        isolated=np.zeros(len(numbers), dtype=bool),
        injection_mw=np.zeros(len(numbers)),
        island=island,
        reference=choose_references(island, numbers, numbers == swing),
        key=tuple(keys),
        from_index=start,
        to_index=end,
        susceptance_mw_per_rad=np.array([100.0 / line[2] for line in lines]),
        shift_rad=np.zeros(len(lines)),
        rating_mw=rating,
        in_service=live,
        is_transformer=np.zeros(len(lines), dtype=bool),
        groups=MappingProxyType({}),
        machine_mw={MachineKey(*name): mw for name, mw in (machines or {}).items()},
    )


def bid(
    name: str,
    source: int,
    sink: int,
    *points: tuple[object, object],
    hedge: Hedge = Hedge.OBL,
    sells: str = "",
    participant: str = "P",
    tou: Tou = Tou.ON,
) -> Bid:
    """A bid by its points; `sells` names the CRR that a SELL gives up."""
    return Bid(
        name,
        participant,
        TransactionType.SELL if sells else TransactionType.BUY,
        hedge,
        str(source),
        str(sink),
        tou,
        PERIOD,
        tuple(CurvePoint(Decimal(str(mw)), Decimal(str(price))) for mw, price in points),
        sells,
    )


def flat(name: str, source: int, sink: int, mw: object, price: object, **more: object) -> Bid:
    """A bid of one price."""
    return bid(name, source, sink, (0, price), (mw, price), **more)


def held(name: str, source: int, sink: int, mw: object, hedge: Hedge = Hedge.OBL) -> FixedCrr:
    return FixedCrr(name, "P", str(source), str(sink), hedge, Tou.ON, PERIOD, Decimal(str(mw)))


def nomination(name: str, source: int, sink: int, mw: object) -> Nomination:
    return Nomination(name, "P", str(source), str(sink), Tou.ON, PERIOD, Decimal(str(mw)))


def auction(network: DcNetwork, *bids: Bid, **more: object) -> ClearingCase:
    return ClearingCase("T", "auction", "bid_value", network, bids=bids, **more)


def allocation(network: DcNetwork, *nominations: Nomination, **more: object) -> ClearingCase:
    objective = more.pop("objective", "weighted_least_squares")
    return ClearingCase("T", "allocation", objective, network, nominations=nominations, **more)


def triangle(limit_12: float = 0, limit_13: float = 0, limit_23: float = 0) -> DcNetwork:
    """C1's three buses: lines 1-2, 1-3, 2-3, all of the same reactance."""
    return grid([(1, 2, 0.1, limit_12), (1, 3, 0.1, limit_13), (2, 3, 0.1, limit_23)])


def random_network(rng: np.random.Generator, buses: int) -> DcNetwork:
    """A spanning tree, some loops and parallels; most lines rated, some with emergency limits.

    A machine stands at every bus, at some a second one.
    """
    lines = []
    for number in range(2, buses + 1):
        lines.append((int(rng.integers(1, number)), number))
    for _ in range(int(rng.integers(buses // 2, buses + 3))):
        a, b = rng.choice(np.arange(1, buses + 1), 2, replace=False)
        lines.append((int(a), int(b)))
    return grid(
        [
            (
                a,
                b,
                round(float(rng.uniform(0.02, 0.3)), 4),
                float(rng.integers(20, 120)) if rng.random() < 0.8 else 0.0,
                float(rng.integers(30, 150)) if rng.random() < 0.5 else 0.0,
            )
            for a, b in lines
        ],
        swing=int(rng.integers(1, buses + 1)),
        machines={
            (bus, str(number)): float(rng.integers(1, 100))
            for bus in range(1, buses + 1)
            for number in range(1, 2 + int(rng.random() < 0.3))
        },
    )


def random_curve(rng: np.random.Generator, sells: bool, top: int) -> tuple[tuple, ...]:
    """Falling (or, to sell, rising) prices; flat stretches, slopes and vertical steps."""
    mw, price = 0, int(rng.integers(-20, 60))
    points = [(0, price)]
    for _ in range(int(rng.integers(1, 4))):
        mw += int(rng.integers(1, max(2, top // 3 + 1)))
        if rng.random() < 0.5:
            price += int(rng.integers(0, 15)) * (1 if sells else -1)
        points.append((min(mw, top), price))
        if rng.random() < 0.3:
            price += int(rng.integers(1, 10)) * (1 if sells else -1)
            points.append((min(mw, top), price))
    return tuple(points)


def random_case(seed: int, kind: str) -> ClearingCase:
    """`kind`: linear, step, weighted_least_squares or max_mw; everything else by chance."""
    rng = np.random.default_rng([seed, len(kind)])
    buses = int(rng.integers(4, 11))
    network = random_network(rng, buses)
    keys = network.key

    def ends() -> tuple[int, int]:
        a, b = rng.choice(np.arange(1, buses + 1), 2, replace=False)
        return int(a), int(b)

    contingencies = []
    for k in range(int(rng.integers(0, 8))):
        machines = _some(rng, network.machine_mw)
        branches = rng.choice(len(keys), int(rng.integers(0 if machines else 1, 3)), False)
        contingencies.append(Contingency(f"C{k}", tuple(keys[int(i)] for i in branches), machines))
    interfaces = tuple(
        Interface(
            f"I{k}",
            tuple(
                (keys[int(i)], float(rng.choice([1.0, -1.0, 0.5])))
                for i in rng.choice(len(keys), 2, False)
            ),
            float(rng.integers(20, 150)) if rng.random() < 0.8 else None,
            float(rng.integers(20, 150)) if rng.random() < 0.5 else None,
        )
        for k in range(int(rng.integers(0, 3)))
    )
    fixed = tuple(
        held(
            f"R{k}", *ends(), int(rng.integers(3, 60)),
            Hedge.OPT if rng.random() < 0.3 else Hedge.OBL,
        )
        for k in range(int(rng.integers(0, 6)))
    )  # fmt: skip
    shared = {
        "contingencies": tuple(contingencies),
        "interfaces": interfaces,
        "fixed_crrs": fixed,
        "limit_scale": float(rng.choice([1.0, 0.65])),
    }
    if kind in ("linear", "step"):
        return replace(auction(network, *_random_bids(rng, ends, fixed), **shared), curve=kind)
    nominations = [
        nomination(f"N{k:02d}", *ends(), int(rng.integers(0, 80)))
        for k in range(int(rng.integers(1, 16)))
    ]
    return allocation(network, *nominations, objective=kind, **shared)


def _some(rng: np.random.Generator, machines: Mapping[MachineKey, float]) -> tuple:
    """None half of the time, else one to three of them."""
    if rng.random() < 0.5:
        return ()
    names = sorted(machines)
    return tuple(names[int(i)] for i in rng.choice(len(names), int(rng.integers(1, 4)), False))


def _random_bids(rng: np.random.Generator, ends, fixed: Sequence[FixedCrr]) -> list[Bid]:
    bids = []
    for k in range(int(rng.integers(1, 18))):
        hedge = Hedge.OPT if rng.random() < 0.25 else Hedge.OBL
        curve = random_curve(rng, False, 100)
        where = ends()
        bids.append(bid(f"B{k:02d}", *where, *curve, hedge=hedge))
        if rng.random() < 0.3:  # an equal bid: a tie
            bids.append(bid(f"T{k:02d}", *where, *curve, hedge=hedge))
    for crr in fixed:
        if rng.random() < 0.6:
            curve = random_curve(rng, True, int(crr.mw))
            name = f"S{crr.crr_id}"
            bids.append(
                bid(name, int(crr.source), int(crr.sink), *curve, hedge=crr.hedge, sells=crr.crr_id)
            )
    return bids


def made_up_for(after: DcNetwork, mw: np.ndarray, lost: tuple = ()) -> np.ndarray:
    """Each island's own machines that are left, or else all its buses, take up what is too much."""
    balanced = mw.copy()
    for island in range(len(after.reference)):
        here = after.island == island
        weight = np.zeros(after.bus_count)
        for machine, capacity_mw in after.machine_mw.items():
            if machine not in lost and here[after.bus_index(machine.bus)]:
                weight[after.bus_index(machine.bus)] += capacity_mw
        weight = weight if weight.any() else here.astype(float)
        balanced -= weight / weight.sum() * mw[here].sum()
    return balanced


def matpower_text(network: DcNetwork) -> str:
    """The network as a MATPOWER case, for tests of folders."""
    swing = set(network.bus[network.reference].tolist())
    buses = "\n".join(
        f"\t{n}\t{3 if n in swing else 1}\t0\t0\t0\t0\t1\t1\t0\t230\t1\t1.1\t0.9;"
        for n in network.bus.tolist()
    )
    capacity = network.machine_mw or {MachineKey(number, "1"): 0 for number in sorted(swing)}
    gens = "\n".join(
        f"\t{key.bus}\t0\t0\t0\t0\t1\t100\t1\t{mw}\t0;" for key, mw in sorted(capacity.items())
    )
    branches = "\n".join(
        f"\t{key.from_bus}\t{key.to_bus}\t0\t{100 / b!r}\t0\t{r[0]}\t{r[1]}\t{r[2]}"
        "\t0\t0\t1\t-360\t360;"
        for key, b, r in zip(
            network.key, network.susceptance_mw_per_rad.tolist(), network.rating_mw, strict=True
        )
    )
    return (
        "function mpc = small\nmpc.version = '2';\nmpc.baseMVA = 100;\n"
        f"mpc.bus = [\n{buses}\n];\nmpc.gen = [\n{gens}\n];\nmpc.branch = [\n{branches}\n];\n"
    )
