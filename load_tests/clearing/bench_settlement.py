"""How long a month of settlement takes: 744 hours x 100,000 CRRs x 200 constraints.

    python load_tests/clearing/bench_settlement.py [--owners 200 1000] [--options 0 0.02]

Must: under 20 s and 4 GB on 2 cores, and at most 3 times one plain pass over the same arrays: the
hourly payment of every right in force from the locations' congestion components, every owner's
hourly notional value by constraint with the options that pay.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # small matrices: threads wait for each other

import argparse
import json
import platform
import resource
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from simulator.domain import Crr, CrrType, Hedge, Period, Tou
from simulator.settlement import (
    ConstraintHour,
    Rights,
    SettlementCalendar,
    SettlementCase,
    settle,
)
from simulator.timeline.hours import hours_of_period

MONTH = Period.month(2024, 7)  # 744 hours


def build_case(crrs: int, owners: int, locations: int, constraints: int, options: float):
    draw = np.random.default_rng(20240701)
    places = [f"NODE_{n:05d}" for n in range(locations)]
    source = draw.integers(0, locations, crrs)
    sink = (source + draw.integers(1, locations, crrs)) % locations
    owner, ticks = draw.integers(0, owners, crrs), draw.integers(1, 50_000, crrs)
    on_peak, option = draw.random(crrs) < 0.5, draw.random(crrs) < options
    rights = tuple(
        Crr(
            str(n),
            f"OWNER_{owner[n]:04d}",
            CrrType.AUC,
            Hedge.OPT if option[n] else Hedge.OBL,
            places[source[n]],
            places[sink[n]],
            Tou.ON if on_peak[n] else Tou.OFF,
            MONTH.start,
            MONTH.end,
            Decimal(int(ticks[n])).scaleb(-3),
            "BENCH",
        )
        for n in range(crrs)
    )
    names = [f"CONSTRAINT_{k:03d}" for k in range(constraints)]
    factors = [
        dict(zip(places, row, strict=True))
        for row in np.round(draw.uniform(-1, 1, (constraints, locations)), 5).tolist()
    ]
    hours = hours_of_period(MONTH)
    price = np.round(draw.exponential(20, (len(hours), constraints)), 2)
    revenue = np.round(price * draw.normal(0, 500, constraints), 2)
    congestion = tuple(
        ConstraintHour(
            hour,
            names[k],
            Decimal(str(price[h, k])),
            Decimal(str(revenue[h, k])),
            factors[k],
        )
        for h, hour in enumerate(hours)
        for k in range(constraints)
    )
    return SettlementCase(SettlementCalendar(MONTH), rights, congestion), price, factors


def plain_pass(case: SettlementCase, price, factors) -> float:
    """One pass over the same arrays, without adjustments, months or money.

    Each hour: every right in force is paid from the locations' congestion, an option only where
    that is above 0, and every owner's flow, with that of its paying options, is worth its price.
    """
    rights = Rights.of(case.crrs)
    table = np.array([[row[place] for place in rights.locations] for row in factors])
    books = {tou: Book.of(case, rights, table, tou) for tou in Tou}
    minus_mcc, total = price @ table, 0.0
    for hour, hour_price, row in zip(hours_of_period(MONTH), price, minus_mcc, strict=True):
        book = books[hour.tou]
        payment = book.mw * (row[book.source] - row[book.sink])
        unpaid = book.option & (payment <= 0)
        payment[unpaid] = 0.0
        flow = book.flow
        if len(book.option_flow):
            flow = flow + book.owner_of_option @ (book.option_flow * ~unpaid[book.option][:, None])
        notional = flow * hour_price
        total += float(np.bincount(book.owner, payment).sum() - notional.sum())
    return total


@dataclass
class Book:
    """The rights of one time of use: b of them, flows by constraint of owners and of options."""

    source: np.ndarray
    sink: np.ndarray
    mw: np.ndarray
    owner: np.ndarray
    option: np.ndarray
    flow: np.ndarray  # (owners, k) of obligations
    option_flow: np.ndarray  # (options, k)
    owner_of_option: csr_array  # (owners, options)

    @staticmethod
    def of(case: SettlementCase, rights: Rights, table: np.ndarray, tou: Tou) -> Book:
        """Works the flows out once: no hour changes them."""
        of_tou = np.array([crr.tou == tou for crr in case.crrs])
        hedged = np.array([crr.hedge == Hedge.OPT for crr in case.crrs])
        at, options = np.flatnonzero(of_tou), np.flatnonzero(of_tou & hedged)
        spread = table[:, rights.source[options]] - table[:, rights.sink[options]]
        owners, count = rights.owner[options], len(options)
        return Book(
            rights.source[at],
            rights.sink[at],
            rights.ticks[at] / 1000,
            rights.owner[at],
            hedged[at],
            rights.flow_mw(np.flatnonzero(of_tou & ~hedged), table),
            (spread * (rights.ticks[options] / 1000)).T,
            csr_array(
                (np.ones(count), (owners, np.arange(count))), shape=(len(rights.owners), count)
            ),
        )


def timed(function, *arguments, repeat: int):
    """The result, and the least CPU and wall seconds of `repeat` calls."""
    cpu, wall = [], []
    for _ in range(repeat):
        clocks = time.process_time(), time.perf_counter()
        result = function(*arguments)
        cpu.append(time.process_time() - clocks[0])
        wall.append(time.perf_counter() - clocks[1])
    return result, round(min(cpu), 2), round(min(wall), 2)


def measure(repeat: int, **size) -> dict:
    """One size of month: seconds, their ratio to the plain pass, and memory."""
    case, price, factors = build_case(**size)
    _, plain_cpu, plain_wall = timed(plain_pass, case, price, factors, repeat=repeat)
    result, cpu, wall = timed(settle, case, repeat=repeat)
    return {
        **size,
        "hours": len(hours_of_period(MONTH)),
        "settle_cpu_seconds": cpu,
        "settle_wall_seconds": wall,
        "plain_pass_cpu_seconds": plain_cpu,
        "plain_pass_wall_seconds": plain_wall,
        "ratio_of_cpu_seconds": round(cpu / plain_cpu, 2),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2),
        "statement_lines": len(result.lines),
        "residual_usd": str(result.account.residual_usd),
    }


def table(runs: list[dict]) -> str:
    """One line a month: what it is, its CPU seconds beside those of the plain pass, memory."""
    lines = [f"{'owners':>7}{'options':>9}{'settle s':>10}{'plain s':>9}{'ratio':>7}{'GB':>6}"]
    lines += [
        f"{run['owners']:7}{run['options']:9.0%}{run['settle_cpu_seconds']:10.2f}"
        f"{run['plain_pass_cpu_seconds']:9.2f}{run['ratio_of_cpu_seconds']:7.2f}{run['peak_gb']:6.2f}"
        for run in runs
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--crrs", type=int, default=100_000)
    parser.add_argument("--owners", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--locations", type=int, default=1500)
    parser.add_argument("--constraints", type=int, default=200)
    parser.add_argument("--options", type=float, nargs="+", default=[0.0, 0.02])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--out", type=Path, help="a JSON file for the figures")
    asked = parser.parse_args()
    runs = [
        measure(
            asked.repeat,
            crrs=asked.crrs,
            owners=owners,
            locations=asked.locations,
            constraints=asked.constraints,
            options=options,
        )
        for owners in asked.owners
        for options in asked.options
    ]
    report = {
        "command": "python load_tests/clearing/bench_settlement.py",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, one thread",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "must": {"seconds": 20, "gb": 4, "ratio": 3},
        "runs": runs,
    }
    print(table(runs))
    if asked.out is not None:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(f"{json.dumps(report, indent=1)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
