"""Rights of sponsors who build transmission at their own cost (rulebook 7.4; C17)."""

from __future__ import annotations

from simulator.rules.figure import Figure, Quantity, figure, mw_figure


def increment(feasible_with_mw: Quantity, feasible_without_mw: Quantity) -> Figure:
    """What the upgrade adds: feasible with it, less what was feasible without (7.4).

    Both are simultaneous feasibility tests of the elected pair, over the same encumbrances. A new
    line need not add anything: then the increment is 0.
    """
    after = figure("feasible with the upgrade", feasible_with_mw)
    before = figure("feasible without it", feasible_without_mw)
    formula = "feasible with the upgrade - feasible without it"
    return mw_figure("increment", after.value - before.value, formula, (after, before), "7.4")
