"""What a market answered: the published files of contract section 3, figures as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

from simulator.verify.question import Question
from simulator.verify.submission import Problem
from simulator.verify.table import Row, read_json, read_rows, unreadable

PLACE = (
    *("ConstraintName", "DeviceType", "FromBus", "ToBus", "Circuit"),
    *("ContingencyName", "Direction", "TOU", "Period"),
)
FIGURES = (
    *("bids", "objective", "dual_objective", "relative_gap", "max_violation_mw"),
    *("constraints_screened", "constraints_in_final_problem", "binding", "rounds"),
)
INTERFACE = "INTERFACE"
BRANCH = "BRANCH"
DIRECTION = {"FROM_TO": 1, "TO_FROM": -1}


@dataclass(frozen=True, order=True)
class Spot:
    """One constraint: an element (`Elements` row), a contingency and a direction, +1 or -1."""

    element: int
    contingency: str
    direction: int


@dataclass(frozen=True)
class Awarded:
    """One row of awards.csv."""

    submission_id: str
    row: Row
    mw: Decimal
    price: Decimal | None


@dataclass(frozen=True)
class Bound:
    """One row of binding_constraints.csv."""

    spot: Spot
    problem: Problem
    flow_mw: float
    limit_mw: float
    shadow: Decimal
    where: str


@dataclass(frozen=True)
class Lifted:
    """One row of relaxed_constraints.csv."""

    spot: Spot
    problem: Problem
    original_mw: float
    limit_mw: float
    fixed_mw: float
    where: str


@dataclass(frozen=True)
class Answer:
    """All published results of one market."""

    awards: tuple[Awarded, ...]
    prices: Mapping[tuple[str, Problem], Decimal]
    bound: tuple[Bound, ...]
    lifted: tuple[Lifted, ...]
    summary: Mapping[str, Any]
    certificate: Mapping[str, Any]

    def award_mw(self) -> dict[str, Decimal]:
        """Awarded MW by submission."""
        return {award.submission_id: award.mw for award in self.awards}


class Elements:
    """What is watched: the wires of the case that have to be, then its interfaces."""

    def __init__(self, question: Question) -> None:
        grid, watched = question.grid, question.watched
        self.wires = tuple(
            position
            for position, wire in enumerate(grid.wires)
            if any(wire.rating_mw) and (watched is None or position in watched)
        )
        self.ties = question.ties
        self.grid = grid
        self._row = {position: row for row, position in enumerate(self.wires)}
        self._tie = {tie.name: len(self.wires) + row for row, tie in enumerate(self.ties)}

    def __len__(self) -> int:
        return len(self.wires) + len(self.ties)

    def terms(self, element: int) -> tuple[tuple[int, float], ...]:
        """The wires of an element and their weights."""
        if element < len(self.wires):
            return ((self.wires[element], 1.0),)
        return self.ties[element - len(self.wires)].terms

    def name(self, spot: Spot) -> str:
        """A constraint in words."""
        arrow = "forward" if spot.direction > 0 else "reverse"
        if spot.element < len(self.wires):
            what = str(self.grid.wires[self.wires[spot.element]])
        else:
            what = self.ties[spot.element - len(self.wires)].name
        return f"{what} {arrow}, {spot.contingency}"

    def spot(self, row: Row) -> Spot:
        """The constraint that a row of a result file means; `Refused` when there is none such."""
        direction = DIRECTION.get(row.text("Direction"))
        if direction is None:
            raise unreadable(row.where, row.text("Direction"), "FROM_TO or TO_FROM")
        contingency = row.text("ContingencyName")
        if row.text("DeviceType") == INTERFACE:
            buses = "".join(row.text(column) for column in ("FromBus", "ToBus", "Circuit"))
            if buses:
                raise unreadable(row.where, buses, "an interface without buses and circuit")
            element = self._tie.get(row.text("ConstraintName"))
            sign = 1.0
        else:
            element, sign = self._wire(row)
        if element is None:
            raise unreadable(row.where, row.text("ConstraintName"), "an enforced element")
        return Spot(element, contingency, direction * int(sign))

    def _wire(self, row: Row) -> tuple[int | None, float]:
        try:
            position, sign = self.grid.find(
                row.whole("FromBus"), row.whole("ToBus"), row.text("Circuit")
            )
        except KeyError:
            return None, 1.0
        own = f"{row.text('FromBus')}-{row.text('ToBus')}-{row.text('Circuit')}"
        if row.text("DeviceType") != BRANCH or row.text("ConstraintName") != own:
            return None, 1.0
        return self._row.get(position), sign


def read_answer(folder: Path, question: Question, elements: Elements) -> Answer:
    """The outputs in `folder`; an allocation has no prices."""
    auction = question.rules.auction
    id_column = "BidID" if auction else "NominationID"
    own = ("TransactionType", "ClearingPrice") if auction else ("NominatedMW",)
    award_columns = (id_column, "Participant", "Source", "Sink", "TOU", "Period", "AwardedMW", *own)
    awards = tuple(
        Awarded(
            row.text(id_column),
            row,
            row.decimal("AwardedMW"),
            row.decimal("ClearingPrice") if auction else None,
        )
        for row in read_rows(folder / "awards.csv", award_columns)
    )
    price_columns = ("SourceSink", "TOU", "Period", "ClearingPrice")
    prices = read_rows(folder / "clearing_prices.csv", price_columns, optional=not auction)
    bound_columns = (*PLACE, "FlowMW", "LimitMW", "ShadowPrice")
    lifted_columns = (*PLACE, "OriginalLimitMW", "LimitMW", "FixedFlowMW")
    return Answer(
        awards=awards,
        prices={
            (row.text("SourceSink"), _problem(row)): row.decimal("ClearingPrice") for row in prices
        },
        bound=tuple(
            Bound(
                elements.spot(row),
                _problem(row),
                row.number("FlowMW"),
                row.number("LimitMW"),
                row.decimal("ShadowPrice"),
                row.where,
            )
            for row in read_rows(folder / "binding_constraints.csv", bound_columns)
        ),
        lifted=tuple(
            Lifted(
                elements.spot(row),
                _problem(row),
                row.number("OriginalLimitMW"),
                row.number("LimitMW"),
                row.number("FixedFlowMW"),
                row.where,
            )
            for row in read_rows(folder / "relaxed_constraints.csv", lifted_columns)
        ),
        summary=_summary(folder / "summary.json"),
        certificate=read_json(folder / "certificate.json"),
    )


def _summary(path: Path) -> dict[str, Any]:
    """`summary.json` with the contract's figures in every problem; `Refused` without them."""
    summary = read_json(path)
    problems = summary.get("problems")
    if not isinstance(problems, list) or not all(isinstance(item, dict) for item in problems):
        raise unreadable(str(path), "no list of problems", "one object for each problem")
    for item in problems:
        for key in (*FIGURES, "complementary_slackness"):
            value = item.get(key, None if key in FIGURES else 0.0)
            if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
                raise unreadable(f"{path.name} {key}", repr(value), "a finite number")
    return summary


def _problem(row: Row) -> Problem:
    return Problem(row.text("Period"), row.text("TOU"))
