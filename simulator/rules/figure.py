"""A number that can say how it came about: participants see each figure with its derivation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from simulator.domain import mw, usd

ZERO = Decimal(0)


@dataclass(frozen=True)
class Figure:
    """`value` in `unit`, computed by `formula` from `inputs`; a given figure has no formula.

    `rule` cites the rulebook's section that the formula carries.
    """

    name: str
    value: Decimal
    unit: str
    formula: str = ""
    inputs: tuple[Figure, ...] = ()
    rule: str = ""

    def lines(self, depth: int = 0) -> Iterator[str]:
        """The figure and, indented under it, everything it was made of."""
        how = f" = {self.formula}" if self.formula else ""
        source = f" (rulebook {self.rule})" if self.rule else ""
        yield f"{'  ' * depth}{self.name} {self.value:f} {self.unit}{how}{source}"
        for item in self.inputs:
            yield from item.lines(depth + 1)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data, for JSON; the value as a string, so that it stays exact."""
        return {
            "name": self.name,
            "value": f"{self.value:f}",
            "unit": self.unit,
            "formula": self.formula,
            "rule": self.rule,
            "inputs": [item.as_dict() for item in self.inputs],
        }

    def __str__(self) -> str:
        return "\n".join(self.lines())


Quantity = Figure | Decimal | int


def figure(name: str, quantity: Quantity, unit: str = "MW") -> Figure:
    """`quantity` as a figure: one that is already a figure keeps its name and its derivation."""
    return quantity if isinstance(quantity, Figure) else Figure(name, Decimal(quantity), unit)


def figure_from(data: Mapping[str, Any]) -> Figure:
    """The figure that `as_dict` made plain."""
    return Figure(
        data["name"],
        Decimal(data["value"]),
        data["unit"],
        data["formula"],
        tuple(figure_from(item) for item in data["inputs"]),
        data["rule"],
    )


def mw_figure(
    name: str, value: Decimal, formula: str, inputs: Iterable[Figure], rule: str
) -> Figure:
    """A figure in MW, rounded half up to 0.001 MW and never below zero."""
    return Figure(name, mw(max(value, ZERO)), "MW", formula, tuple(inputs), rule)


def usd_figure(
    name: str, value: Decimal, formula: str, inputs: Iterable[Figure], rule: str
) -> Figure:
    """A figure in USD, rounded half up to the cent."""
    return Figure(name, usd(value), "USD", formula, tuple(inputs), rule)


def share(value: float) -> Decimal:
    """A setting's share as the decimal that its author wrote (0.005, not its binary neighbour)."""
    return Decimal(str(value))
