"""The reasons for an award as a waterfall: what each limit adds to the clearing price."""

from __future__ import annotations

import io
from typing import Any

Json = dict[str, Any]

ADDS, TAKES, TOTAL = "#c1440e", "#2a7f62", "#444444"


def waterfall_svg(reason: Json) -> bytes:
    """The reasons of one bid as SVG; the same bytes for the same reasons.

    Bars go from the sum of the limits before to the sum with this one, in USD per MW; the last one
    is the clearing price. A nomination has no price: its bars are the limits' use in MW x price.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    priced = "clearing_price" in reason
    amounts = [_amount(part, priced) for part in reason["limits"]]
    total = reason["clearing_price"] if priced else sum(amounts)
    names = [f"{p['constraint']} {p['direction']}\n{p['contingency']}" for p in reason["limits"]]
    with rc_context({"svg.hashsalt": "waterfall", "svg.fonttype": "none"}):
        figure = Figure(figsize=(8, 1.6 + 0.5 * len(amounts)), layout="constrained")
        axis = figure.subplots()
        before = 0.0
        for row, amount in enumerate(amounts):
            axis.barh(row, amount, left=before, color=ADDS if amount > 0 else TAKES)
            before += amount
            _label(axis, f"{amount:+.2f}", before, row, amount < 0)
        axis.barh(len(amounts), total, color=TOTAL)
        _label(axis, f"{total:.2f}", total, len(amounts), total < 0)
        axis.set_yticks(range(len(amounts) + 1), [*names, "clearing price" if priced else "sum"])
        axis.tick_params(labelsize=8)
        axis.use_sticky_edges = False  # room on both sides: figures stand beside their bars
        axis.margins(x=0.15)
        axis.invert_yaxis()
        axis.axvline(0.0, color=TOTAL, linewidth=0.8)
        axis.set_xlabel("USD per MW" if priced else "shift factor x shadow price")
        axis.set_title(
            f"{reason['id']}: {reason['source']} to {reason['sink']}, {reason['period']} "
            f"{reason['tou']}; {reason['awarded_mw']:.3f} of {reason['submitted_mw']:.3f} MW",
            fontsize=9,
        )
        out = io.BytesIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _label(axis: Any, text: str, x: float, row: int, left: bool) -> None:
    """A figure beside the end of its bar."""
    axis.annotate(text, (x, row), textcoords="offset points", xytext=(-4 if left else 4, 0),
                  ha="right" if left else "left", va="center", fontsize=8)  # fmt: skip


def _amount(part: Json, priced: bool) -> float:
    return float(part["usd_per_mw"] if priced else part["shift_factor"] * part["shadow_price"])
