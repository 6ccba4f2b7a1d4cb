"""Why rights were paid what they were: the sold model beside the day-ahead market's.

Each constraint's offset (revenue - notional value) of an hour is split without a remainder:

    schedules   shadow price x (flow that revenue was collected on - day-ahead limit)
    derate      shadow price x (day-ahead limit - limit of the CRR model)
    unsold      shadow price x (limit of the CRR model - flow of the rights in the CRR model)
    topology    shadow price x (their flow in the CRR model - their flow with day-ahead factors)
    existing    - what was given back to schedules under existing rights

Revenue is what the market collected, before anything is given back. Negative parts are shortfalls:
a derate, rights sold beyond the limit, an outage that the CRR model did not have. An option counts
where its spread with the same factors is above zero.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from simulator.clearing.dispatch_limits import Limits, security_limits
from simulator.domain import Direction, MarketTerm, Period, Product, Tou
from simulator.domain.table import csv_text
from simulator.market.facilities import as_built
from simulator.market.left_out import rows_of_days
from simulator.market.model_data import PeriodModel, period_model
from simulator.market.rerun import spec_as_run
from simulator.market.world import World
from simulator.publish.adequacy_view import AdequacyMonth, AdequacyRow, CutOffRow
from simulator.settlement import SettlementCase, SettlementResult, adequacy, cut_off_lens, settle
from simulator.settlement.report import six
from simulator.store import Transaction, tables

# Shift factors below each of them count as 0, in turn.
CUT_OFFS = tuple(map(Decimal, ("0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1")))
SEPARATOR = "|"  # of the element, the contingency and the direction in a constraint's name
HEADER = (
    *("Constraint", "PricedHours", "SoldFlowMW", "CRRFlowMW", "DayAheadFlowMW"),
    *("RevenueUSD", "NotionalValueUSD", "OffsetUSD"),
    *("SchedulesUSD", "DerateUSD", "UnsoldUSD", "TopologyUSD", "ExistingRightsUSD"),
    *("UnrecoveredUSD", "FundedShare", "DayAheadOutages"),
)
LENS_HEADER = ("CutOff", "CRRID", "Owner", "WithoutCutOffUSD", "PaymentUSD", "ChangesSign")


@dataclass
class Parts:
    """The parts of one constraint's month, in USD; their sum is the offset."""

    schedules: float = 0.0
    derate: float = 0.0
    unsold: float = 0.0
    topology: float = 0.0
    existing: float = 0.0
    sold: float = 0.0
    price: float = 0.0
    outages: set[str] = field(default_factory=set)


def adequacy_month(
    tx: Transaction, world: World, case: SettlementCase, result: SettlementResult
) -> AdequacyMonth:
    """The whole view of a settled month: its constraints, and what cut-offs would change."""
    world = as_built(tx, world)
    return AdequacyMonth(
        case.calendar.month.name,
        tuple(_rows(tx, world, case, result)),
        CUT_OFFS,
        tuple(
            CutOffRow(
                Decimal(repr(effect.cut_off)),
                effect.crr_id,
                effect.owner,
                _six(effect.without_cut_off_usd),
                _six(effect.payment_usd),
                effect.changes_sign,
            )
            for effect in cut_off_lens(case, tuple(map(float, CUT_OFFS)))
        ),
        rows_of_days(tx, world, [day.day for day in result.days]),
    )


def adequacy_files(month: AdequacyMonth) -> Iterator[tuple[str, str]]:
    """`revenue_adequacy.csv` and `cut_off_lens.csv` of a settled month."""
    yield "revenue_adequacy.csv", csv_text(HEADER, map(_csv_row, month.constraints))
    yield (
        "cut_off_lens.csv",
        csv_text(
            LENS_HEADER,
            (
                (
                    *(row.cut_off, row.crr_id, row.owner),
                    *(row.without_usd, row.payment_usd),
                    "YES" if row.changes_sign else "NO",
                )
                for row in month.lens
            ),
        ),
    )


def attribution(
    tx: Transaction, world: World, case: SettlementCase, result: SettlementResult
) -> dict[str, Parts]:
    """The parts of every constraint's offset over the month."""
    month = case.calendar.month
    sold = {tou: SoldModel(world, month, tou) for tou in Tou}
    on_sold_model = settle(
        replace(
            case,
            right_schedules=(),
            constraint_hours=tuple(
                replace(row, shift_factors=sold[row.hour.tou].factors(row.constraint))
                for row in case.constraint_hours
            ),
        )
    )
    limits, given_back = _day_ahead_limits(tx, result), _given_back(result)
    parts: dict[str, Parts] = defaultdict(Parts)
    for day, sold_day in zip(result.days, on_sold_model.days, strict=True):
        outages = _only_day_ahead(tx, world, day.day, sold[Tou.ON].model)
        for hour, sold_hour in zip(day.hours, sold_day.hours, strict=True):
            for k, row in enumerate(hour.rows):
                of, price = parts[row.constraint], float(row.shadow_price_usd_per_mwh)
                existing = given_back.get((row.hour.start, row.constraint), 0.0)
                revenue = float(row.revenue_usd) + existing
                of.existing -= existing
                if not price:
                    of.schedules += revenue - float(hour.notional[k])
                    continue
                limit = limits[row.hour.start, row.constraint] or revenue / price
                sold_limit = sold[row.hour.tou].limit_mw(row.constraint)
                of.schedules += revenue - price * limit
                of.derate += price * (limit - sold_limit)
                of.unsold += price * sold_limit - float(sold_hour.notional[k])
                of.topology += float(sold_hour.notional[k] - hour.notional[k])
                of.sold += float(sold_hour.notional[k])
                of.price += price
                of.outages |= outages
    return dict(sorted(parts.items()))


class SoldModel:
    """The month's CRR model in one time of use: its factors and limits of day-ahead constraints."""

    def __init__(self, world: World, month: Period, tou: Tou) -> None:
        settings = world.settings.clearing
        as_of = month.start - timedelta(days=settings.source_sink_v1_days)
        self.model: PeriodModel = period_model(
            world, MarketTerm.MONTHLY, Product(month, tou), 1, as_of
        )
        folder = world.folder.model
        self._limits: Limits = security_limits(
            self.model.network,
            folder.contingencies,
            folder.monitored,
            folder.interfaces,
            settings.base_rating,
            settings.contingency_rating,
            settings.monthly_limit_scale,
        )
        self._element = {element.name: m for m, element in enumerate(self._limits.elements)}
        self._case = {name: c for c, name in enumerate(self._limits.case_names)}
        self._names = world.day_ahead_market.locations
        self._places = world.day_ahead_market.place_factors[tou]
        self._known: dict[str, Mapping[str, float]] = {}

    def factors(self, constraint: str) -> Mapping[str, float]:
        """By location, in the constraint's direction; none when the model has it out."""
        if constraint not in self._known:
            at = self._at(constraint)
            found: Mapping[str, float] = {}
            if at is not None:
                element, case, sign = at
                row = sign * self._limits.response.row(element, case)[0]
                found = dict(zip(self._names, (self._places @ row).tolist(), strict=True))
            self._known[constraint] = found
        return self._known[constraint]

    def limit_mw(self, constraint: str) -> float:
        """What the model released on the constraint; 0 when it has it out."""
        at = self._at(constraint)
        if at is None:
            return 0.0
        element, case, sign = at
        side = self._limits.forward_mw if sign > 0 else self._limits.reverse_mw
        limit = float(side[element, case])
        assert np.isfinite(limit), f"{constraint} binds day-ahead and has no limit in the CRR model"
        return limit

    def _at(self, constraint: str) -> tuple[int, int, int] | None:
        name, contingency, direction = constraint.rsplit(SEPARATOR, 2)
        element, case = self._element.get(name), self._case.get(contingency)
        if element is None or case is None:
            return None
        return element, case, 1 if direction == Direction.FROM_TO else -1


def _only_day_ahead(tx: Transaction, world: World, day: date, model: PeriodModel) -> set[str]:
    """Branches that the day-ahead market has out on a day and the CRR model has not."""
    sold = {branch.undirected for branch in model.outages}
    out = (branch.undirected for branch in spec_as_run(tx, world, day).outages)
    return {str(branch) for branch in out if branch not in sold}


def _day_ahead_limits(tx: Transaction, result: SettlementResult) -> dict[tuple[int, str], float]:
    hours = tuple(hour.hour.start for day in result.days for hour in day.hours)
    return {
        (row["hour"], row["constraint"]): float(row["limit_mw"])
        for row in tx.rows(tables.day_ahead_constraint, hour=hours)
    }


def _given_back(result: SettlementResult) -> dict[tuple[int, str], float]:
    """By hour and constraint, in USD: what existing rights got back."""
    found: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for item in result.reversals:
        found[item.row.hour.start, item.row.constraint] += item.amount_usd
    return {key: float(amount) for key, amount in found.items()}


def _rows(
    tx: Transaction, world: World, case: SettlementCase, result: SettlementResult
) -> Iterator[AdequacyRow]:
    parts = attribution(tx, world, case, result)
    for row in adequacy(result):
        of = parts[row.constraint]
        yield AdequacyRow(
            constraint=row.constraint,
            hours=row.priced_hours,
            sold_flow_mw=_six(of.sold / of.price if of.price else 0.0),
            crr_flow_mw=_six(row.crr_flow_mw),
            day_ahead_flow_mw=_six(row.day_ahead_flow_mw),
            revenue_usd=_six(row.revenue_usd),
            notional_usd=_six(row.notional_usd),
            schedules_usd=_six(of.schedules),
            derate_usd=_six(of.derate),
            unsold_usd=_six(of.unsold),
            topology_usd=_six(of.topology),
            unrecovered_usd=_six(row.unrecovered_usd),
            funded_share=_six(row.funded_share),
            outages=tuple(sorted(of.outages)),
            existing_usd=_six(of.existing),
        )


def _csv_row(row: AdequacyRow) -> tuple[object, ...]:
    return (
        *(row.constraint, row.hours, row.sold_flow_mw, row.crr_flow_mw, row.day_ahead_flow_mw),
        *(row.revenue_usd, row.notional_usd, row.offset_usd),
        *(row.schedules_usd, row.derate_usd, row.unsold_usd, row.topology_usd, row.existing_usd),
        *(row.unrecovered_usd, row.funded_share, "; ".join(row.outages)),
    )


def _six(value: float) -> Decimal:
    return Decimal(six(value))
