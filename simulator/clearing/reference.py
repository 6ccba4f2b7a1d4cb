"""The whole market written out plainly, for reading and for any solver that Pyomo knows.

Nothing is clever here: every constraint of every outage is there from the start, bids are
variables piece by piece, options load each direction by their positive part. `clear` must agree
with it (objective to 1e-6 relative); it is meant for networks of some tens of buses.

    maximise   sum of values of what is bought less what is sold
    such that  flow of obligations + sum of positive parts of options <= limit
               for every element, direction, and outage (none included)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simulator.clearing.case import ClearingCase, FixedCrr
from simulator.clearing.curves import pieces
from simulator.clearing.interior import SolverFailed
from simulator.clearing.problem import Entry, all_entries, entry_id, is_sale
from simulator.domain import Bid, Hedge, Nomination, Tou
from simulator.network.dc import DcNetwork
from simulator.network.factors import Factors
from simulator.network.machine import MachineKey

HIGHS_OPTIONS = {"qp_regularization_value": 0.0, "threads": 1}


@dataclass(frozen=True)
class ReferenceAnswer:
    """The optimum of one product: the market's own objective and MW by id."""

    objective: float
    award_mw: dict[str, float]


def solve_reference(
    case: ClearingCase, period: str, tou: Tou, solver: str = "highs"
) -> ReferenceAnswer:
    """Build the model of one (period, time of use), solve it, read it.

    Raises `SolverFailed` where the solver gives no optimum: HiGHS's QP method calls some bounded
    problems unbounded, which is why `clear` does not rest on it.
    """
    import pyomo.environ as pyo
    from pyomo.contrib.solver.common.factory import SolverFactory
    from pyomo.contrib.solver.common.results import SolutionStatus

    model = reference_model(case, period, tou)
    found = SolverFactory(solver).solve(
        model,
        load_solutions=False,
        raise_exception_on_nonoptimal_result=False,
        solver_options=HIGHS_OPTIONS if solver == "highs" else {},
    )
    if found.solution_status != SolutionStatus.optimal:
        raise SolverFailed(f"{solver} ended with {found.termination_condition}")
    found.solution_loader.load_vars()
    award = {
        name: sum(pyo.value(model.x[n, k]) for n, k in model.piece if n == name)
        for name in model.entry
    }
    return ReferenceAnswer(float(pyo.value(model.objective)), award)


def reference_model(case: ClearingCase, period: str, tou: Tou) -> Any:
    """A Pyomo model: sets `entry`, `piece`, `limit`; variable `x`; constraint `secure`."""
    import pyomo.environ as pyo

    entries = {entry_id(e): e for e in all_entries(case) if (e.period, e.tou) == (period, tou)}
    parts = {
        (name, k): part
        for name, entry in sorted(entries.items())
        for k, part in enumerate(_pieces(case, entry))
    }
    fixed = [crr for crr in case.fixed_crrs if (crr.period, crr.tou) == (period, tou)]
    limits = list(_limits(case, tou))

    model = pyo.ConcreteModel()
    model.entry = pyo.Set(initialize=sorted(entries))
    model.piece = pyo.Set(dimen=2, initialize=list(parts))
    model.limit = pyo.RangeSet(0, len(limits) - 1)
    model.x = pyo.Var(model.piece, bounds=lambda _, n, k: (0, float(parts[n, k][0])))

    def value(n: str, k: int) -> Any:
        """Area under one piece: price falls (or rises) in a straight line over its width."""
        width, first, last = (float(figure) for figure in parts[n, k])
        x = model.x[n, k]
        area = first * x + (last - first) / (2 * width) * x * x
        return -area if is_sale(entries[n]) else area

    def secure(_: Any, row: int) -> Any:
        """Held rights stay as they are, a sale takes its own flow away again."""
        factor, limit_mw = limits[row]
        held = sum(float(crr.mw) * _loading(factor, crr) for crr in fixed)
        new = sum(
            (-1 if is_sale(entries[n]) else 1) * _loading(factor, entries[n]) * model.x[n, k]
            for n, k in model.piece
        )
        if isinstance(new, int):
            return pyo.Constraint.Feasible
        return new <= max(limit_mw - held, 0.0)

    total = sum(value(n, k) for n, k in model.piece)
    if case.objective == "weighted_least_squares":
        total = -sum(
            (float(e.mw) - sum(model.x[n, k] for m, k in model.piece if m == n)) ** 2 / float(e.mw)
            for n, e in entries.items()
            if e.mw > 0
        )
    model.worth = pyo.Objective(expr=total, sense=pyo.maximize)
    sign = -1 if case.objective == "weighted_least_squares" else 1
    model.objective = pyo.Expression(expr=sign * total)
    model.secure = pyo.Constraint(model.limit, rule=secure)
    return model


def _pieces(case: ClearingCase, entry: Entry) -> list[tuple[Any, Any, Any]]:
    if isinstance(entry, Nomination):
        return [(entry.mw, 1, 1)] if entry.mw > 0 else []
    return list(pieces(entry.curve, case.curve))


def _loading(factor: dict[str, float], item: Bid | Nomination | FixedCrr) -> float:
    """MW of directed flow per MW of a right; an option never relieves (rulebook 4.2)."""
    flow = factor[item.source] - factor[item.sink]
    option = not isinstance(item, Nomination) and item.hedge is Hedge.OPT
    return max(flow, 0.0) if option else flow


def _limits(case: ClearingCase, tou: Tou) -> Any:
    """(directed shift factor of every location, limit in MW) of every constraint there is."""
    network = replace(case.network, shift_rad=np.zeros_like(case.network.shift_rad))
    factors = Factors(network)
    watched = [network.branch_index(key)[0] for key in case.monitored or network.key]
    watched = sorted({k for k in watched if network.in_service[k]})
    for branch in watched:
        limit = _rating(case, branch, case.base_rating)
        if limit > 0:
            yield from _both(case, tou, factors.shift_factors([branch])[0], limit, limit)
    for interface in case.interfaces:
        row = np.zeros(network.bus_count)
        for key, weight in interface.terms:
            branch, sign = network.branch_index(key)
            row += weight * sign * factors.shift_factors([branch])[0]
        forward, reverse = (
            None if limit is None else limit * case.limit_scale
            for limit in (interface.forward_limit_mw, interface.reverse_limit_mw)
        )
        yield from _both(case, tou, row, forward, reverse)
    for contingency in case.contingencies:
        lost = [network.branch_index(key)[0] for key in contingency.branches]
        left = network.without_branches(lost)
        after = Factors(left)
        for branch in watched:
            limit = _rating(case, branch, case.contingency_rating)
            if branch not in lost and limit > 0:
                row = _made_up(left, after.shift_factors([branch])[0], contingency.machines)
                row = _without_machines(network, row, contingency.machines)
                yield from _both(case, tou, row, limit, limit)


def _made_up(network: DcNetwork, row: Any, lost: tuple[MachineKey, ...]) -> Any:
    """Shift factors (nb,) where the machines of each island, by PMax, or else all its buses alike
    make up for what is injected there; none are `lost`.
    """
    after = row.copy()
    for island in range(len(network.reference)):
        here = np.flatnonzero(network.island == island).tolist()
        weight = dict.fromkeys(here, 0.0)
        for machine, mw in network.machine_mw.items():
            bus = network.bus_index(machine.bus)
            if bus in weight and machine not in lost:
                weight[bus] += mw
        if not any(weight.values()):
            weight = dict.fromkeys(here, 1.0)
        after[here] -= sum(weight[k] * row[k] for k in here) / sum(weight.values())
    return after


def _without_machines(network: DcNetwork, row: Any, lost: tuple[MachineKey, ...]) -> Any:
    """Shift factors (nb,) where others inject, by PMax, what the lost machines did (rulebook 3.1).

    Each machine of a bus injects its share, by PMax, of what the bus does.
    """
    after = row.copy()
    for bus in sorted({machine.bus for machine in lost}):
        here = network.bus_index(bus)
        others = {
            machine: mw
            for machine, mw in network.machine_mw.items()
            if machine not in lost
            and network.island[network.bus_index(machine.bus)] == network.island[here]
        }
        made_up = sum(mw * row[network.bus_index(m.bus)] for m, mw in others.items())
        for machine, mw in network.machine_mw.items():
            if machine in lost and machine.bus == bus and others:
                share = mw / sum(m for k, m in network.machine_mw.items() if k.bus == bus)
                after[here] += share * (made_up / sum(others.values()) - row[here])
    return after


def _rating(case: ClearingCase, branch: int, letter: str) -> float:
    """The rating that a letter means; A where it is 0; 0 is no limit."""
    ratings = case.network.rating_mw[branch]
    return float(ratings["ABC".index(letter)] or ratings[0]) * case.limit_scale


def _both(
    case: ClearingCase, tou: Tou, row: Any, forward: float | None, reverse: float | None
) -> Any:
    for sign, limit in ((1.0, forward), (-1.0, reverse)):
        if limit is not None:
            yield _at_locations(case, tou, sign * row), limit


def _at_locations(case: ClearingCase, tou: Tou, row: Any) -> dict[str, float]:
    """The row at every location; a right held from one island to another is made up for in each
    by all its buses alike.
    """
    network = case.network
    row = _made_up(replace(network, machine_mw={}), row, ())
    if case.locations is None:
        return {str(number): float(row[k]) for k, number in enumerate(network.bus.tolist())}
    return {
        name: sum(s * float(row[network.bus_index(bus)]) for bus, s in item.factors.get(tou, ()))
        for name, item in case.locations.items()
    }
