"""The linear program of one hour, kept from hour to hour so that the next one starts warm.

Columns are the blocks of the offers, then load shed and output spilled at each bus that has load
or must-take output. Rows are the balance of each island, then the security limits that some hour of
this program has needed. A limit enters when a solution exceeds it and then stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from simulator.clearing.dispatch_flows import Array, Positions
from simulator.clearing.dispatch_limits import Limits
from simulator.domain import Finding, Refused

VIOLATION_MW = 1e-4  # a flow this far above its limit brings the limit into the program
WORST_PER_ELEMENT = 2  # cases of one element that enter in one round
MOST_ROUNDS = 60
UNLIMITED_MW = 1e12  # stands for no limit where limits are compared
SAME_FACTOR = 1e-9  # two limits whose factors and MW differ by less say the same
DUAL_ZERO = 1e-7  # USD/MWh: a shadow price below the solver's dual tolerance is none

PENALTY_STEP_USD_PER_MWH = 1e-4  # from bus to bus: of equal buses the first one sheds first

SOLVER_OPTIONS: dict[str, bool | int | str] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "parallel": "off",
    "solver": "simplex",
    "presolve": "off",  # it would throw the warm start away
}


@dataclass(frozen=True)
class Solution:
    """Columns and duals of one hour; `limit_dual` is positive where a forward limit binds."""

    block_mw: Array
    shed_mw: Array
    spill_mw: Array
    balance_usd_per_mwh: Array
    enforced: tuple[tuple[int, int], ...]
    limit_dual: Array
    cost_usd: float
    rounds: int


class Program:
    """Holds the solver; one instance is used for a chain of hours, in their order."""

    def __init__(self, limits: Limits, island: Positions, bus: Positions, price: Array) -> None:
        """`bus` (n,) are the bus indices of the blocks and `price` (n,) their USD per MWh."""
        self._limits = limits
        self._island = island
        self._blocks = len(bus)
        buses = np.arange(len(island))
        self._column_bus = np.concatenate([bus, buses, buses]).astype(np.int64)
        self._sign = np.concatenate([np.ones(len(bus) + len(buses)), -np.ones(len(buses))])
        self._enforced: dict[tuple[int, int], int] = {}
        self._offset_mw: list[float] = []
        self._factors = np.zeros((0, len(island)))
        self._solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in SOLVER_OPTIONS.items():
            self._solver.setOptionValue(name, value)
        self._add_columns(price)
        self._add_balance_rows()

    def _add_columns(self, price: Array) -> None:
        count = len(self._column_bus)
        cost = np.zeros(count)
        cost[: self._blocks] = price
        none = np.zeros(0, dtype=np.int32)
        zero = np.zeros(count)
        self._solver.addCols(count, cost, zero, zero, 0, none, none, np.zeros(0))

    def _add_balance_rows(self) -> None:
        column_island = self._island[self._column_bus]
        for island in range(int(self._island.max()) + 1):
            columns = np.flatnonzero(column_island == island).astype(np.int32)
            self._solver.addRow(0.0, 0.0, len(columns), columns, self._sign[columns])
        self._islands = int(self._island.max()) + 1

    def solve(
        self,
        min_mw: Array,
        max_mw: Array,
        load_mw: Array,
        fixed_mw: Array,
        penalty_usd_per_mwh: float,
    ) -> Solution:
        """Least cost of serving `load_mw` (nb,) beside the must-take output `fixed_mw` (nb,).

        `min_mw` and `max_mw` (n,) bound the blocks. Load can be shed down to nothing and must-take
        output spilled, each at the penalty. Raises `Refused` when not even that helps.
        """
        demand = load_mw - fixed_mw
        self._set_columns(min_mw, max_mw, load_mw, fixed_mw, penalty_usd_per_mwh)
        self._set_rows(demand)
        for rounds in range(1, MOST_ROUNDS + 1):
            self._run()
            injection = self._injection() - demand
            violated = self._violated(self._limits.excess(injection))
            if not violated:
                return self._solution(rounds)
            self._enforce(violated, demand, min_mw, max_mw)
        raise AssertionError(f"limits still enter after {MOST_ROUNDS} rounds")

    def _set_columns(
        self, min_mw: Array, max_mw: Array, load_mw: Array, fixed_mw: Array, penalty: float
    ) -> None:
        must_take = np.maximum(fixed_mw, 0.0)
        np.add.at(must_take, self._column_bus[: self._blocks], np.maximum(min_mw, 0.0))
        nothing = np.zeros(len(load_mw))
        lower = np.concatenate([min_mw, nothing, nothing])
        upper = np.concatenate([max_mw, np.maximum(load_mw, 0.0), must_take])
        index = np.arange(len(lower), dtype=np.int32)
        self._solver.changeColsBounds(len(index), index, lower, upper)
        slack = index[self._blocks :]
        cost = penalty + PENALTY_STEP_USD_PER_MWH * np.arange(len(load_mw))
        self._solver.changeColsCost(len(slack), slack, np.concatenate([cost, cost]))

    def _set_rows(self, demand: Array) -> None:
        balance = np.bincount(self._island, weights=demand, minlength=self._islands)
        lower, upper = self._row_bounds(demand)
        lows = np.concatenate([balance, lower]).tolist()
        highs = np.concatenate([balance, upper]).tolist()
        for row, bounds in enumerate(zip(lows, highs, strict=True)):
            self._solver.changeRowBounds(row, *bounds)

    def _row_bounds(self, demand: Array) -> tuple[Array, Array]:
        """What the enforced limits leave to the columns once demand has taken its flow."""
        if not self._enforced:
            return np.zeros(0), np.zeros(0)
        element, case = np.array(list(self._enforced)).T
        at_rest = np.array(self._offset_mw) - self._factors @ demand
        lower = -self._limits.reverse_mw[element, case] - at_rest
        return lower, self._limits.forward_mw[element, case] - at_rest

    def _run(self) -> None:
        self._solver.run()
        status = self._solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise Refused(
                [
                    Finding(
                        "DISPATCH_INFEASIBLE",
                        "no dispatch exists, not even with all load shed",
                        found=self._solver.modelStatusToString(status),
                        allowed="limits that the flows of an empty network keep",
                        remedy="check phase shifters and the limits of the day-ahead model",
                    )
                ]
            )
        self._values = np.array(self._solver.getSolution().col_value)

    def _injection(self) -> Array:
        at_bus: Array = np.zeros(len(self._island))
        np.add.at(at_bus, self._column_bus, self._values * self._sign)
        return at_bus

    def _violated(self, excess: Array) -> list[tuple[int, int]]:
        """The worst cases of each element beyond its limit, unless enforced already."""
        for element, case in self._enforced:
            excess[element, case] = 0.0
        found = []
        for element in np.flatnonzero((excess > VIOLATION_MW).any(axis=1)).tolist():
            worst = np.argsort(-np.round(excess[element], 6), kind="stable")[:WORST_PER_ELEMENT]
            found += [(element, int(c)) for c in worst if excess[element, c] > VIOLATION_MW]
        return found

    def _enforce(
        self, violated: list[tuple[int, int]], demand: Array, min_mw: Array, max_mw: Array
    ) -> None:
        """Add the limits, but of those that say the same only the first.

        Sections of one line in series have equal flows and often equal ratings. With both in the
        program their shadow prices could be shared out in any way; now the first one has all.
        """
        matters = demand != 0.0
        matters[self._column_bus[: self._blocks][(min_mw != 0.0) | (max_mw != 0.0)]] = True
        added = np.zeros((0, int(matters.sum()) + 2))
        for element, case in violated:
            factors, offset = self._limits.response.row(element, case)
            reverse = float(self._limits.reverse_mw[element, case])
            forward = float(self._limits.forward_mw[element, case])
            says = np.array([*factors[matters], forward - offset, reverse + offset])
            says = np.nan_to_num(says, posinf=UNLIMITED_MW)
            reversed_ = np.array([*-says[:-2], says[-1], says[-2]])
            if any(
                (np.abs(added - way) < SAME_FACTOR).all(axis=1).any() for way in (says, reversed_)
            ):
                continue
            added = np.vstack([added, says])
            self._add_row((element, case), factors, offset, demand)

    def _add_row(
        self, limit: tuple[int, int], factors: Array, offset_mw: float, demand: Array
    ) -> None:
        self._enforced[limit] = len(self._enforced)
        self._offset_mw.append(offset_mw)
        self._factors = np.vstack([self._factors, factors])
        at_rest = offset_mw - float(factors @ demand)
        values = factors[self._column_bus] * self._sign
        columns = np.flatnonzero(values).astype(np.int32)
        self._solver.addRow(
            -float(self._limits.reverse_mw[limit]) - at_rest,
            float(self._limits.forward_mw[limit]) - at_rest,
            len(columns),
            columns,
            values[columns],
        )

    def _solution(self, rounds: int) -> Solution:
        dual = np.array(self._solver.getSolution().row_dual)
        limit_dual = -dual[self._islands :]
        limit_dual[np.abs(limit_dual) < DUAL_ZERO] = 0.0
        buses = len(self._island)
        block, shed, spill = np.split(self._values, [self._blocks, self._blocks + buses])
        return Solution(
            block_mw=block,
            shed_mw=shed,
            spill_mw=spill,
            balance_usd_per_mwh=dual[: self._islands],
            enforced=tuple(self._enforced),
            limit_dual=limit_dual,
            cost_usd=float(self._solver.getObjectiveValue()),
            rounds=rounds,
        )
