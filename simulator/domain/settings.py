"""Every number of the rules that a scenario may change, with its default, source and confidence.

A scenario file sets them under `[settings.<group>]`; what it leaves out keeps the default here.
`source` cites the section of the rulebook or of the wire contract; `confidence` is how sure that
rule is: "sourced" when a public document states it, "high", "medium" or "low" when it is general
knowledge, "own" when it is a choice of this simulator.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


def _setting(default: Any, unit: str, source: str, confidence: str) -> Any:
    return field(
        default=default, metadata={"unit": unit, "source": source, "confidence": confidence}
    )


@dataclass(frozen=True)
class CalendarSettings:
    """Time: where, and which days do not count."""

    timezone: str = _setting("America/Los_Angeles", "IANA name", "rulebook 1.6", "sourced")
    bank_holidays: tuple[str, ...] = _setting(
        (), "ISO dates; empty: the US federal bank holidays", "rulebook 6.6", "high"
    )
    on_peak_first_hour_ending: int = _setting(7, "hour ending", "rulebook 1.4", "high")
    on_peak_last_hour_ending: int = _setting(22, "hour ending", "rulebook 1.4", "high")


@dataclass(frozen=True)
class EligibilitySettings:
    """Load metric, eligible quantities and tier caps."""

    exceedance_share: float = _setting(0.005, "share of hours", "rulebook 2.2", "high")
    seasonal_eligible_share: float = _setting(0.75, "share of ALM", "rulebook 2.4", "high")
    priority_share: float = _setting(2 / 3, "share of SEQ", "rulebook 2.4", "high")
    long_term_share: float = _setting(0.50, "share of ALM", "rulebook 2.4", "medium")
    forecast_tolerance: float = _setting(0.05, "share of CEC load", "rulebook 2.5", "sourced")
    set_aside_share: float = _setting(0.50, "share of residual", "rulebook 2.8", "medium")
    wheeling_charge_usd_per_mwh: float = _setting(12.0, "USD per MWh", "rulebook 2.7", "own")


@dataclass(frozen=True)
class ClearingSettings:
    """What capacity a market releases and how its answer is rounded."""

    annual_limit_scale: float = _setting(0.65, "share of limits", "rulebook 3.2", "sourced")
    long_term_limit_scale: float = _setting(0.60, "share of limits", "rulebook 3.2", "low")
    monthly_limit_scale: float = _setting(1.00, "share of limits", "rulebook 3.2", "medium")
    base_rating: str = _setting("A", "A, B or C", "rulebook 3.2", "high")
    contingency_rating: str = _setting("B", "A, B or C", "rulebook 3.2", "high")
    infeasible_base: str = _setting("relax", "relax or refuse", "rulebook 3.6", "high")
    curve: str = _setting("linear", "linear or step", "rulebook 4.4", "high")
    allocation_objective: str = _setting(
        "weighted_least_squares", "or max_mw", "rulebook 4.3", "medium"
    )
    outage_long_days: int = _setting(30, "days", "rulebook 3.5", "sourced")
    outage_report_days: int = _setting(30, "days before the month", "rulebook 3.5", "sourced")
    source_sink_v0_days: int = _setting(38, "days before the period", "rulebook 8.2", "low")
    source_sink_v1_days: int = _setting(
        24, "days before the period: list v1 with the auction's model", "rulebook 8.2", "low"
    )
    partial_outage_derate: str = _setting("weighted", "weighted or minimum", "rulebook 3.5", "low")
    largest_shift_factor: float = _setting(
        25.0,
        "MW per MW between any two buses; a contingency that exceeds it is not enforced, "
        "on a branch that does so before any it is",
        "none",
        "own",
    )


@dataclass(frozen=True)
class BiddingSettings:
    """What a bid or offer may look like and which pairs of location classes may be bought."""

    curve_points_max: int = _setting(20, "points", "rulebook 4.4", "sourced")
    curve_direction: str = _setting(
        "economic", "economic (buys fall, sells rise), reversed or any", "rulebook 4.4", "high"
    )
    buy_hedges: tuple[str, ...] = _setting(("OBL",), "hedge types", "rulebook 1.1", "sourced")
    biddable_pairs: tuple[str, ...] = _setting(
        ("GEN>LAP", "GEN>TH", "GEN>SP", "TH>LAP", "TH>SP", "SP>LAP", "SP>TH", "SP>SP"),
        "source class>sink class",
        "rulebook 4.4",
        "medium",
    )


@dataclass(frozen=True)
class CreditSettings:
    """What a participant must put up."""

    monthly_floor_usd: float = _setting(100_000, "USD", "rulebook 5.1", "sourced")
    annual_floor_usd: float = _setting(500_000, "USD", "rulebook 5.1", "sourced")
    margin_percentile: float = _setting(5.0, "percentile of history", "rulebook 5.2", "medium")


@dataclass(frozen=True)
class DayAheadSettings:
    """The day-ahead market that the CRRs settle on; it differs from the CRR model on purpose."""

    history_days: int = _setting(7, "days of the month before", "rulebook 5.2", "own")
    load_noise: float = _setting(0.03, "standard deviation, share", "none", "own")
    rating_scale: float = _setting(0.97, "share of ratings", "rulebook 6", "own")
    right_schedule_share: float = _setting(
        1.0, "share of an existing right's MW", "rulebook 2.3", "own"
    )


@dataclass(frozen=True)
class SettlementSettings:
    """When statements come out and how shortfalls are shared."""

    statement_offset_business_days: int = _setting(3, "business days", "rulebook 6.6", "sourced")
    netting_level: str = _setting("owner", "owner", "rulebook 6.2", "high")
    recalculations: tuple[str, ...] = _setting(
        ("12B", "55B", "9M", "18M", "35M", "36M"),
        "business days (B) or months (M) after the trading day",
        "rulebook 6.6",
        "sourced",
    )
    virtual_clawback_threshold: float = _setting(0.10, "share of limit", "rulebook 6.3", "medium")
    intertie_clawback_threshold: float = _setting(
        0.10, "share of capacity", "rulebook 6.3", "sourced"
    )
    auction_revenue_spread: str = _setting("period", "period or at_once", "rulebook 6.5", "medium")


@dataclass(frozen=True)
class PublicationSettings:
    """When the public hears of what was secret."""

    bid_delay_days: int = _setting(
        90, "days from a monthly auction's close to its bids", "rulebook 4.6", "sourced"
    )


@dataclass(frozen=True)
class PopulationSettings:
    """How many synthetic participants there are and how busy they are."""

    participants: int = _setting(24, "participants", "none", "own")
    bids_per_trader: int = _setting(40, "bids per market", "rulebook 4.4", "own")
    forecast_noise: float = _setting(0.35, "standard deviation, share", "none", "own")
    careless_share: float = _setting(0.15, "share of submissions", "none", "own")


@dataclass(frozen=True)
class WireSettings:
    """Where the published contract of the web services contradicts itself."""

    conversion_approval_window: str = _setting(
        "ConversionApprovalWindow",
        "ConversionApprovalWindow or conversionApprovalWindow",
        "wire contract 11",
        "sourced",
    )


@dataclass(frozen=True)
class Settings:
    """All groups; the defaults are the rulebook's."""

    calendar: CalendarSettings = CalendarSettings()
    eligibility: EligibilitySettings = EligibilitySettings()
    clearing: ClearingSettings = ClearingSettings()
    bidding: BiddingSettings = BiddingSettings()
    credit: CreditSettings = CreditSettings()
    day_ahead: DayAheadSettings = DayAheadSettings()
    settlement: SettlementSettings = SettlementSettings()
    publication: PublicationSettings = PublicationSettings()
    population: PopulationSettings = PopulationSettings()
    wire: WireSettings = WireSettings()

    @staticmethod
    def groups() -> tuple[str, ...]:
        """Names of the groups, as a scenario file writes them."""
        return tuple(item.name for item in fields(Settings))
