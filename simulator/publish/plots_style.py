"""Figures as SVG text: the same bytes every time, readable on light and on dark.

Ink is drawn in one marker colour that becomes the page's own text colour, so that a figure
follows the reader's theme. Text stays text.
"""

from __future__ import annotations

import io
import re
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK = "#010203"  # becomes `currentColor`
ACCENT = "#d97706"  # binding limits, charges
GOOD = "#0f766e"  # payments
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "market-sim-report",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "path.simplify": False,
}


def figure(width_in: float, height_in: float) -> Figure:
    """An empty figure in the report's style, outside of any global state."""
    with mpl.rc_context(STYLE):
        made = Figure(figsize=(width_in, height_in), layout="constrained")
        FigureCanvasSVG(made)
        return made


def svg(made: Figure, label: str) -> str:
    """The figure as an inline `<svg>` that scales with the page and says what it shows."""
    text = io.StringIO()
    with mpl.rc_context(STYLE):
        made.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    drawn = text.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", drawn, count=1)
    drawn = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", drawn, count=1)
    drawn = re.sub(r'<g id="[^"]*"', "<g", drawn)  # one page has many figures
    drawn = re.sub(r"<[^>]*>", _to_hundredths, drawn)
    drawn = drawn.replace("<svg", f'<svg role="img" aria-label="{_attribute(label)}"', 1)
    return drawn.replace(INK, "currentColor").strip()


def _to_hundredths(tag: re.Match[str]) -> str:
    """Coordinates to a hundredth of a point, which is enough; what is written stays as it is."""
    return re.sub(r"(\d\.\d\d)\d+", r"\1", tag[0])


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
