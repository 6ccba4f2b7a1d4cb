"""What clearing a case leaves: awards, prices, limits, and the proof that they belong together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from simulator.clearing.tolerances import NOISE_DECIMALS
from simulator.domain import (
    Award,
    BindingConstraint,
    Direction,
    LocationPrice,
    RelaxedConstraint,
    Tou,
)

Json = dict[str, Any]


@dataclass(frozen=True)
class ProblemSummary:
    """One (period, time of use): figures of the unrounded optimum and of its awards.

    `objective` and `dual_objective` meet at the optimum; `max_violation_mw` is of the rounded
    awards over every base and contingency constraint. `seconds` are {} without a clock.
    """

    period: str
    tou: Tou
    bids: int
    objective: float
    dual_objective: float
    relative_gap: float
    max_violation_mw: float
    constraints_screened: int
    constraints_in_final_problem: int
    binding: int
    rounds: int
    awarded_value: float
    awarded_mw: Decimal
    unique_prices: bool
    ranges_not_sought: int
    complementary_slackness: float
    fully_awarded: int
    partly_awarded: int
    not_awarded: int
    seconds: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> Json:
        """The keys of the outer contract, then ours; figures rounded for publication."""
        return {
            "period": self.period,
            "tou": str(self.tou),
            "bids": self.bids,
            "objective": figure(self.objective),
            "dual_objective": figure(self.dual_objective),
            "relative_gap": small(self.relative_gap),
            "max_violation_mw": figure(self.max_violation_mw),
            "constraints_screened": self.constraints_screened,
            "constraints_in_final_problem": self.constraints_in_final_problem,
            "binding": self.binding,
            "rounds": self.rounds,
            "awarded_value": figure(self.awarded_value),
            "awarded_mw": float(self.awarded_mw),
            "unique_prices": self.unique_prices,
            "ranges_not_sought": self.ranges_not_sought,
            "complementary_slackness": small(self.complementary_slackness),
            "fully_awarded": self.fully_awarded,
            "partly_awarded": self.partly_awarded,
            "not_awarded": self.not_awarded,
            **(
                {"seconds": {k: round(v, 4) for k, v in self.seconds.items()}}
                if self.seconds
                else {}
            ),
        }


@dataclass(frozen=True)
class ShadowPriceRange:
    """A limit whose shadow price could be another at the same optimum, in USD per MW.

    One more MW of it is worth the least, one MW less would cost the greatest (None: no bound).
    """

    name: str
    device_type: str
    from_bus: int
    to_bus: int
    circuit: str
    contingency: str
    direction: Direction
    tou: Tou
    period: str
    shadow_price_usd_per_mw: Decimal
    least_usd_per_mw: Decimal
    greatest_usd_per_mw: Decimal | None


@dataclass(frozen=True)
class ClearingResult:
    """The answer of a case; tables sorted by their keys."""

    name: str
    kind: str
    status: str
    awards: tuple[Award, ...]
    prices: tuple[LocationPrice, ...]
    binding: tuple[BindingConstraint, ...]
    relaxed: tuple[RelaxedConstraint, ...]
    problems: tuple[ProblemSummary, ...]
    solver: str
    versions: dict[str, str]
    ranges: tuple[ShadowPriceRange, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def objective(self) -> float:
        """Sum of the problems' objectives."""
        return sum(problem.objective for problem in self.problems)

    def summary(self) -> Json:
        """`summary.json` of the outer contract."""
        return {
            "name": self.name,
            "kind": self.kind,
            "status": self.status,
            "objective": figure(self.objective),
            "awarded_value": figure(sum(problem.awarded_value for problem in self.problems)),
            "awarded_mw": float(sum((p.awarded_mw for p in self.problems), Decimal(0))),
            "problems": [problem.as_json() for problem in self.problems],
            "solver": self.solver,
            "versions": self.versions,
            "warnings": list(self.warnings),
        }

    def without_seconds(self) -> ClearingResult:
        """The same answer without how long it took: equal inputs give an equal value."""
        return replace(
            self, problems=tuple(replace(problem, seconds={}) for problem in self.problems)
        )


def figure(value: float) -> float:
    """A published objective: 6 decimals, no negative zero.

    Noise is rounded away first: what is exactly between two printed digits goes one way.
    """
    return round(round(value, 6 + NOISE_DECIMALS), 6) + 0.0


def small(value: float) -> float:
    """A published residual: what lies below 1e-9 is the noise of the machine, and reads 0."""
    return 0.0 if abs(value) < 1e-9 else float(f"{value:.1e}")
