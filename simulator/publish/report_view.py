"""The plain data of the run's report: what `simulator.publish.report.render` draws, and no more.

The market room fills a `ReportView`; the report sums, sorts and formats, but knows no rule and
fetches nothing. Everything is text, `Decimal`, whole numbers or nouns of the domain. Times are
texts already in local time ("2024-04-02 17:00"), for the report has no clock and no time zone;
dates are ISO dates. Order does not matter, the report sorts.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from simulator.domain import (
    Award,
    BindingConstraint,
    LocationPrice,
    Participant,
    RelaxedConstraint,
    Tou,
)
from simulator.publish.adequacy_view import AdequacyMonth

DONE, PENDING, REFUSED, FAILED = "done", "pending", "refused", "failed"


@dataclass(frozen=True)
class EventRow:
    """One event of the calendar and what came of it.

    `status` is `done`, `pending`, `refused` or `failed`; `outcome` says in a few words what
    happened ("41 portfolios submitted, 5 refused"), or why not; `about` says what the event was
    about where the market does not ("FCST_LOAD_2024_M04 open").
    """

    event_id: str
    at: str
    kind: str
    market: str
    status: str
    outcome: str = ""
    about: str = ""


@dataclass(frozen=True)
class DayCell:
    """One cell of the slide's table: `weekday` is "Monday".."Friday", `says` the slide's words."""

    weekday: str
    date: str
    says: tuple[str, ...] = ()
    events: tuple[EventRow, ...] = ()


@dataclass(frozen=True)
class WeekRow:
    """One row of the slide's table; a day without a cell is drawn empty."""

    number: int
    days: tuple[DayCell, ...]


@dataclass(frozen=True)
class MapBus:
    """Where a bus is drawn, in degrees; `base_kv` decides how heavy it is drawn."""

    bus: int
    name: str
    latitude: float
    longitude: float
    base_kv: float = 0.0


@dataclass(frozen=True)
class MapBranch:
    """A line between two buses; endpoints without coordinates are left out of the drawing."""

    from_bus: int
    to_bus: int
    circuit: str


@dataclass(frozen=True)
class MapLocation:
    """A priced location and the buses it stands on (bus number, factor), drawn at their middle."""

    name: str
    type: str  # GEN, LAP, TH, SP, PNODE ...
    factors: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class NetworkMap:
    """The drawing of the network that every price map is laid over."""

    buses: tuple[MapBus, ...] = ()
    branches: tuple[MapBranch, ...] = ()
    locations: tuple[MapLocation, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class ProductRow:
    """How one (period, time of use) of a market cleared; counts as in `summary.json`."""

    period: str
    tou: Tou
    submissions: int
    submitted_mw: Decimal
    awarded_mw: Decimal
    objective: Decimal
    relative_gap: float
    max_violation_mw: float
    constraints_screened: int
    binding: int


@dataclass(frozen=True)
class MarketSection:
    """One market: `kind` is ALLOCATION or AUCTION, `status` PREP, OPEN, CLOSED or POSTED.

    `awards` holds every submission that took part, also those that got 0 MW, of all
    participants. An allocation has no `prices`. `verified` is what the independent check of the
    published files said, "" when it did not run.
    """

    name: str
    title: str
    kind: str
    status: str
    limit_scale: Decimal
    products: tuple[ProductRow, ...] = ()
    awards: tuple[Award, ...] = ()
    prices: tuple[LocationPrice, ...] = ()
    binding: tuple[BindingConstraint, ...] = ()
    relaxed: tuple[RelaxedConstraint, ...] = ()
    verified: str = ""


@dataclass(frozen=True)
class RefusalRow:
    """One finding of a refused submission, in the words its participant read."""

    at: str
    participant: str
    market: str
    portfolio: str
    code: str
    message: str
    where: str = ""
    found: str = ""
    allowed: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class EligibilityRow:
    """One figure of one load-serving entity: `quantity` is LM, ALM, SEQ, MEQ, UPPER_BOUND ..."""

    participant: str
    sink: str
    period: str
    tou: Tou
    quantity: str
    mw: Decimal
    formula: str = ""


@dataclass(frozen=True)
class CreditRow:
    """Collateral of one participant against what one auction asked of it."""

    market: str
    participant: str
    required_usd: Decimal
    available_usd: Decimal
    passed: bool
    reason: str = ""


@dataclass(frozen=True)
class ParticipantMoney:
    """One holder's settlement of the whole run; positive where the holder is paid.

    `notional_usd` is before, `adjustment_usd` (not above zero) the constraint-by-constraint
    reduction, `give_back_usd` what the month's surplus returned, `auction_usd` what buying cost
    (negative) or selling brought, `demand_usd` the share of the balancing account that measured
    demand got, `reversal_usd` day-ahead congestion given back to the holder of existing rights.
    """

    participant: str
    crrs: int
    notional_usd: Decimal
    adjustment_usd: Decimal
    give_back_usd: Decimal
    auction_usd: Decimal
    demand_usd: Decimal = Decimal(0)
    reversal_usd: Decimal = Decimal(0)

    @property
    def net_usd(self) -> Decimal:
        """All of it together: the sum of the participant's statement lines."""
        rights = self.notional_usd + self.adjustment_usd + self.give_back_usd
        return rights + self.auction_usd + self.demand_usd + self.reversal_usd


@dataclass(frozen=True)
class ConstraintMoney:
    """One day-ahead constraint over the run: what it collected and what the CRRs on it claim."""

    constraint: str
    hours: int
    congestion_revenue_usd: Decimal
    notional_usd: Decimal
    deficit_usd: Decimal
    give_back_usd: Decimal
    to_balancing_usd: Decimal


@dataclass(frozen=True)
class StatementRow:
    """One statement day: what was published for which trading day."""

    trading_day: str
    statement_date: str
    statements: int
    amount_usd: Decimal
    status: str = DONE


@dataclass(frozen=True)
class SettlementSection:
    """Money of the run; the sums are those of `summary.json` (contract section 4).

    `to_measured_demand_usd` is the part of the balancing account that statements shared out.
    """

    congestion_revenue_usd: Decimal
    auction_net_usd: Decimal
    paid_to_holders_usd: Decimal
    balancing_account_usd: Decimal
    residual_usd: Decimal
    participants: tuple[ParticipantMoney, ...] = ()
    constraints: tuple[ConstraintMoney, ...] = ()
    statements: tuple[StatementRow, ...] = ()
    to_measured_demand_usd: Decimal = Decimal(0)
    adequacy: tuple[AdequacyMonth, ...] = ()

    @property
    def kept_usd(self) -> Decimal:
        """What stays in the balancing account for periods to come."""
        return self.balancing_account_usd - self.to_measured_demand_usd


@dataclass(frozen=True)
class ReportView:
    """Everything on the page. `known_limits` says in sentences what the simulator does not do."""

    title: str
    scenario: str
    seed: int
    simulated_from: str
    simulated_to: str
    state_digest: str
    journal_digest: str
    weeks: tuple[WeekRow, ...] = ()
    network: NetworkMap = NetworkMap()
    participants: tuple[Participant, ...] = ()
    markets: tuple[MarketSection, ...] = ()
    refusals: tuple[RefusalRow, ...] = ()
    eligibility: tuple[EligibilityRow, ...] = ()
    credit: tuple[CreditRow, ...] = ()
    settlement: SettlementSection | None = None
    known_limits: tuple[str, ...] = ()
