"""Bars of money: who is paid and who pays, and what each statement day brought."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from simulator.publish.plots_style import ACCENT, GOOD, INK, STYLE, figure, svg

MOST_BARS = 30
MOST_TICKS = 5


def money_bars(rows: Sequence[tuple[str, Decimal]], label: str) -> str:
    """Horizontal bars, the most paid on top; "" without rows. At most `MOST_BARS`, by size."""
    largest = sorted(rows, key=lambda row: (-abs(row[1]), row[0]))[:MOST_BARS]
    chosen = sorted(largest, key=lambda row: (row[1], row[0]))
    if not chosen:
        return ""
    with mpl.rc_context(STYLE):
        made = figure(6.2, 0.7 + 0.21 * len(chosen))
        axes = made.add_subplot()
        axes.barh(
            range(len(chosen)),
            [float(amount) for _, amount in chosen],
            color=_colours([amount for _, amount in chosen]),
            height=0.72,
        )
        axes.set_yticks(range(len(chosen)), [name for name, _ in chosen])
        axes.set_ylim(-0.6, len(chosen) - 0.4)
        axes.axvline(0, color=INK, linewidth=0.6)
        axes.xaxis.set_major_locator(MaxNLocator(MOST_TICKS))
        axes.xaxis.set_major_formatter(FuncFormatter(thousands))
        bare(axes)
        return svg(made, label)


def day_bars(rows: Sequence[tuple[str, Decimal]], label: str) -> str:
    """Vertical bars by day, in the order of the days; "" without rows."""
    chosen = sorted(rows)
    if not chosen:
        return ""
    with mpl.rc_context(STYLE):
        made = figure(6.2, 2.3)
        axes = made.add_subplot()
        axes.bar(
            range(len(chosen)),
            [float(amount) for _, amount in chosen],
            color=_colours([amount for _, amount in chosen]),
            width=0.72,
        )
        every = max(1, len(chosen) // 10)
        axes.set_xticks(
            range(0, len(chosen), every), [day[5:] for day, _ in chosen[::every]], rotation=0
        )
        axes.axhline(0, color=INK, linewidth=0.6)
        axes.yaxis.set_major_locator(MaxNLocator(MOST_TICKS))
        axes.yaxis.set_major_formatter(FuncFormatter(thousands))
        bare(axes)
        return svg(made, label)


def _colours(amounts: Sequence[Decimal]) -> list[str]:
    return [GOOD if amount >= 0 else ACCENT for amount in amounts]


def bare(axes: Axes) -> None:
    """Axes without a frame or tick marks."""
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)


def thousands(value: float, _position: int) -> str:
    """A tick's amount, thousands separated."""
    return f"{value:,.0f}".replace("-", "\N{MINUS SIGN}")
