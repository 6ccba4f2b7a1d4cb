"""Pictures of revenue adequacy: where shortfalls come from, and what a cut-off turns over."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.ticker import FuncFormatter, MaxNLocator

from simulator.publish.adequacy_view import AdequacyRow, CutOffSum
from simulator.publish.plots_bars import MOST_TICKS, bare, thousands
from simulator.publish.plots_style import ACCENT, INK, STYLE, figure, svg

MOST_CONSTRAINTS = 12
LONGEST_NAME = 34
PARTS = (  # what an offset is made of, in the order in which it is stacked
    ("derate_usd", "Derate", "#b45309"),
    ("topology_usd", "Outage, other factors", "#7c3aed"),
    ("unsold_usd", "Not sold, or oversold", "#0369a1"),
    ("schedules_usd", "Schedules off the limit", "#64748b"),
    ("existing_usd", "Existing rights", "#be123c"),
)


def offset_bars(rows: Sequence[AdequacyRow], label: str) -> str:
    """One bar a constraint, surplus to the right, its parts stacked, a mark at their sum.

    "" without rows; at most `MOST_CONSTRAINTS`, in the order given, the first on top.
    """
    chosen = list(rows[:MOST_CONSTRAINTS])[::-1]
    if not chosen:
        return ""
    with mpl.rc_context(STYLE):
        made = figure(7.4, 1.1 + 0.27 * len(chosen))
        axes = made.add_subplot()
        reached = {True: [0.0] * len(chosen), False: [0.0] * len(chosen)}
        for name, words, colour in PARTS:
            widths = [float(getattr(row, name)) for row in chosen]
            lefts = [reached[width >= 0][k] for k, width in enumerate(widths)]
            axes.barh(
                range(len(chosen)), widths, left=lefts, color=colour, height=0.66, label=words
            )
            for k, width in enumerate(widths):
                reached[width >= 0][k] += width
        sums = [float(row.offset_usd) for row in chosen]
        axes.plot(sums, range(len(chosen)), "D", color=INK, ms=4, label="Collected less owed")
        axes.set_yticks(range(len(chosen)), [shortened(row.constraint) for row in chosen])
        axes.set_ylim(-0.6, len(chosen) - 0.4)
        axes.axvline(0, color=INK, linewidth=0.6)
        axes.xaxis.set_major_locator(MaxNLocator(MOST_TICKS))
        axes.xaxis.set_major_formatter(FuncFormatter(thousands))
        made.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=7.5)
        bare(axes)
        return svg(made, label)


def cut_off_bars(sums: Sequence[CutOffSum], label: str) -> str:
    """How many rights change sign at each cut-off; "" when none does at any."""
    if not any(row.change_sign for row in sums):
        return ""
    with mpl.rc_context(STYLE):
        made = figure(6.2, 1.9)
        axes = made.add_subplot()
        axes.bar(range(len(sums)), [row.change_sign for row in sums], color=ACCENT, width=0.6)
        axes.set_xticks(
            range(len(sums)), [f"{(100 * row.cut_off).normalize():f} %" for row in sums]
        )
        axes.yaxis.set_major_locator(MaxNLocator(MOST_TICKS, integer=True))
        bare(axes)
        return svg(made, label)


def shortened(constraint: str) -> str:
    """A constraint's name that leaves room for its bar."""
    if len(constraint) <= LONGEST_NAME:
        return constraint
    return f"{constraint[: LONGEST_NAME - 1]}…"
