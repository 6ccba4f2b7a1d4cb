"""The price map: locations at their place, coloured by price, binding branches picked out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import quantiles
from typing import NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, to_hex
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from simulator.domain import BindingConstraint, LocationPrice
from simulator.publish.plots_style import ACCENT, INK, STYLE, figure, svg
from simulator.publish.report_view import MapLocation, NetworkMap

COLOURS = "coolwarm"
HUB = "TH"
SIZES = {HUB: 70.0, "LAP": 46.0, "SP": 30.0}
SMALL = 20.0
STEPS = 9
MARGIN = 0.05

Place = tuple[float, float]


class Mark(NamedTuple):
    """One location as it is drawn."""

    size: float
    name: str
    place: Place
    price: float


@dataclass(frozen=True)
class PriceScale:
    """Colours run from `-top` to `top` USD per MW; prices beyond take the end colour."""

    top: float

    def colour(self, price: float) -> str:
        """Hexadecimal colour of a price."""
        position = Normalize(-self.top, self.top, clip=True)(price)
        return to_hex(mpl.colormaps[COLOURS](position))

    @property
    def stops(self) -> tuple[str, ...]:
        """Colours from the lowest to the highest price, for a legend."""
        return tuple(self.colour(self.top * (2 * step / (STEPS - 1) - 1)) for step in range(STEPS))


def price_scale(prices: Iterable[Decimal]) -> PriceScale:
    """A scale around zero that the outermost tenth of the prices may exceed.

    One weakly connected node must not wash out all the others.
    """
    sizes = sorted(abs(float(price)) for price in prices)
    if not sizes:
        return PriceScale(1.0)
    top = quantiles(sizes, n=10, method="inclusive")[-1] if len(sizes) > 1 else sizes[0]
    return PriceScale(top or sizes[-1] or 1.0)


def price_map(
    network: NetworkMap,
    prices: Sequence[LocationPrice],
    binding: Sequence[BindingConstraint],
    scale: PriceScale,
    label: str,
) -> str:
    """One product's prices on the network as inline SVG; "" when nothing has a place."""
    at = {
        bus.bus: (bus.longitude, bus.latitude)
        for bus in sorted(network.buses, key=lambda bus: bus.bus)
    }
    if not at:
        return ""
    middle = math.radians(sum(latitude for _, latitude in at.values()) / len(at))
    at = {bus: (x * math.cos(middle), y) for bus, (x, y) in at.items()}
    marks = _marks(network.locations, prices, at)
    left, right, bottom, top = _frame([mark.place for mark in marks] or list(at.values()))
    with mpl.rc_context(STYLE):
        made = figure(5.2, min(7.5, max(3.0, 5.2 * (top - bottom) / (right - left))))
        axes = made.add_subplot()
        axes.set_aspect("equal", adjustable="box")
        axes.set_axis_off()
        lines = sorted((item.from_bus, item.to_bus) for item in network.branches)
        _lines(axes, [pair for pair in lines if _drawn(pair, at)], at, INK, 0.5, 0.35)
        tight = sorted({(item.from_bus, item.to_bus) for item in binding})
        _lines(axes, [pair for pair in tight if _drawn(pair, at)], at, ACCENT, 2.8, 1.0)
        _places(axes, marks, scale)
        axes.set_xlim(left, right)
        axes.set_ylim(bottom, top)
        return svg(made, label)


def _frame(places: Sequence[Place]) -> tuple[float, float, float, float]:
    """Left, right, bottom and top around `places`: what has a price fills the picture."""
    across = [x for x, _ in places]
    along = [y for _, y in places]
    margin = MARGIN * max(max(across) - min(across), max(along) - min(along), 0.1)
    return (
        min(across) - margin,
        max(across) + margin,
        min(along) - margin,
        max(along) + margin,
    )


def _drawn(pair: tuple[int, int], at: Mapping[int, Place]) -> bool:
    return pair[0] in at and pair[1] in at


def _lines(
    axes: Axes,
    pairs: Sequence[tuple[int, int]],
    at: Mapping[int, Place],
    colour: str,
    width: float,
    strength: float,
) -> None:
    """All lines as one outline: a map of hundreds of them stays small."""
    if not pairs:
        return
    corners = [at[bus] for pair in pairs for bus in pair]
    codes = [Outline.MOVETO, Outline.LINETO] * len(pairs)
    outline = PathPatch(
        Outline(corners, codes), fill=False, edgecolor=colour, linewidth=width, alpha=strength
    )
    axes.add_patch(outline)


def _marks(
    locations: Sequence[MapLocation], prices: Sequence[LocationPrice], at: Mapping[int, Place]
) -> list[Mark]:
    """Every location with a price and a place; small ones first, hubs drawn over them."""
    price = {item.location: float(item.price_usd_per_mw) for item in prices}
    marks = []
    for location in locations:
        place = _middle(location, at)
        if place is not None and location.name in price:
            size = SIZES.get(location.type, SMALL)
            marks.append(Mark(size, location.name, place, price[location.name]))
    return sorted(marks)


def _places(axes: Axes, marks: Sequence[Mark], scale: PriceScale) -> None:
    if marks:
        axes.scatter(
            [mark.place[0] for mark in marks],
            [mark.place[1] for mark in marks],
            s=[mark.size for mark in marks],
            c=[scale.colour(mark.price) for mark in marks],
            edgecolors=INK,
            linewidths=0.4,
            zorder=3,
        )
    for mark in marks:
        if mark.size == SIZES[HUB]:
            axes.annotate(
                mark.name, mark.place, (7, 5), textcoords="offset points", fontsize=8, zorder=4
            )


def _middle(location: MapLocation, at: Mapping[int, Place]) -> Place | None:
    """The average place of a location's buses, weighted by their factors."""
    known = [(at[bus], share) for bus, share in sorted(location.factors) if bus in at]
    weight = sum(share for _, share in known)
    if not known or weight <= 0:
        return None
    return (
        sum(place[0] * share for place, share in known) / weight,
        sum(place[1] * share for place, share in known) / weight,
    )
