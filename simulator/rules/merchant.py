"""Rights of sponsors who build transmission at their own cost (rulebook 7.4; C17)."""

from __future__ import annotations

from datetime import date

from simulator.rules.figure import Figure, Quantity, figure, mw_figure

TERM_YEARS_MAX = 30


def increment(feasible_with_mw: Quantity, feasible_without_mw: Quantity) -> Figure:
    """What the upgrade adds: feasible with it, less what was feasible without (7.4).

    Both are simultaneous feasibility tests of the elected pair, over the same encumbrances. A new
    line need not add anything: then the increment is 0.
    """
    after = figure("feasible with the upgrade", feasible_with_mw)
    before = figure("feasible without it", feasible_without_mw)
    formula = "feasible with the upgrade - feasible without it"
    return mw_figure("increment", after.value - before.value, formula, (after, before), "7.4")


def term_end(start: date, life_years: int) -> date:
    """The first day after the term: the facility's life, thirty years at most (7.4).

    ValueError when the life is not at least a year.
    """
    if life_years < 1:
        raise ValueError(f"a facility of {life_years} years has no term")
    year = start.year + min(life_years, TERM_YEARS_MAX)
    leap_day = (start.month, start.day) == (2, 29)
    return date(year, 3, 1) if leap_day else start.replace(year=year)
