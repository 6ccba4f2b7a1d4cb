"""Where each amount comes from: its formula and its inputs, enough to recompute it by hand.

One JSON object per line. Inputs that many amounts share (shift factors, rights, hours) stand once
and are named by their id; every statement line, adjustment rate and account figure refers to them.
Unrounded numbers keep every digit; amounts of money and MW that are exact are texts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from simulator.domain import ChargeCode, Crr, StatementLine, Tou
from simulator.settlement.case import ConstraintHour
from simulator.settlement.day import DaySettlement, HourSettlement
from simulator.settlement.lineage_later import (
    Record,
    clawback_records,
    distribution_records,
    reversal_records,
    statement_record,
)
from simulator.settlement.settle import SettlementResult
from simulator.timeline.hours import local

ROUNDING = "cents(x): x read to 8 decimals, then rounded half up (away from zero) to 0.01"
FLOW = (
    "net_flow_mw(constraint) = sum over rights of mw * (factor(source) - factor(sink)), a factor "
    "that is not listed is 0; an option counts only when mw * (mcc(sink) - mcc(source)) is above 0 "
    "to 9 decimals, with mcc(n) = -sum over constraints of shadow_price * factor(n)"
)
RATE = (
    "deficit_rate = -offset / bearing where offset < 0 and bearing > 0, else 0; "
    "offset = revenue - notional; notional = sum over owners of net_flow_mw * shadow_price; "
    "bearing = the sum of the positive ones, 0 when it is 0 to 9 decimals; offsets to 9 decimals"
)
HOURLY = "cents(sum over hours and constraints of net_flow_mw * shadow_price)"
DEFICIT = (
    "-cents(sum over hours and constraints of deficit_rate * max(0, net_flow_mw * shadow_price))"
)
GIVE_BACK = "give_back_rate = min(1, surplus / deficit), 0 without a deficit"
TRUE_UP = "cents(sum over constraints of deficit * (give_back_rate - 1)) - posted"
AUCTION = "sum over awards of cents(mw * clearing_price), minus for BUY and plus for SELL"
ACCOUNT = "congestion_revenue + auction_net - paid_to_holders"


def lineage(result: SettlementResult) -> Iterator[Record]:
    """Every record, shared inputs before the amounts that use them."""
    yield {"formulas": {"cents": ROUNDING, "net_flow_mw": FLOW, "deficit_rate": RATE}}
    shared = _Shared(result)
    for day in result.days:
        for hour in day.hours:
            yield from shared.hour(hour)
        yield from shared.rights(day.day)
    yield from true_up_records(result)
    yield from _statement_records(result, shared)
    account = result.account
    yield {
        "amount": "balancing_account",
        "amount_usd": str(account.balance_usd),
        "formula": ACCOUNT,
        "inputs": {
            "congestion_revenue_usd": str(account.congestion_revenue_usd),
            "auction_net_usd": str(account.auction_net_usd),
            "paid_to_holders_usd": str(account.paid_to_holders_usd),
        },
    }


def true_up_records(result: SettlementResult) -> Iterator[Record]:
    """The give-back rates of the month, then its true-up lines."""
    for month in result.month.constraints:
        yield {
            "amount": "give_back_rate",
            "constraint": month.constraint,
            "value": month.give_back_rate,
            "formula": GIVE_BACK,
            "inputs": {"surplus_usd": month.surplus_usd, "deficit_usd": month.deficit_usd},
        }
    inputs = _true_up_inputs(result)
    for line in result.month.lines:
        yield statement_record(line, TRUE_UP, inputs[line.owner])


class _Shared:
    """Names the inputs that many amounts share, by their content and in a fixed order."""

    def __init__(self, result: SettlementResult) -> None:
        self._zone = result.case.calendar.calendar.timezone
        crrs = sorted(result.case.crrs, key=lambda crr: (crr.crr_id, crr.start))
        self._places = {place for crr in crrs for place in (crr.source, crr.sink)}
        held: dict[tuple[str, Tou], list[Crr]] = {}
        for crr in crrs:
            held.setdefault((crr.owner, crr.tou), []).append(crr)
        self._held = dict(sorted(held.items()))
        # What an owner holds only changes on the days on which one of its rights starts or ends.
        self._edges = {
            key: sorted({day for crr in rights for day in (crr.start, crr.end)})
            for key, rights in self._held.items()
        }
        self._factor_ids: dict[tuple[tuple[str, float], ...], str] = {}
        self._known_factors: dict[int, str] = {}
        self._right_ids: dict[tuple[str, Tou, int], str] = {}
        self.rights_of: dict[tuple[str, date], dict[str, str]] = {}

    def hour(self, settled: HourSettlement) -> Iterator[Record]:
        """The hour's congestion, after the shift factors that are new in it."""
        constraints = []
        for k, row in enumerate(settled.rows):
            factor_id, record = self._factors(row)
            yield from record
            offset, bearing = float(settled.offset[k]), float(settled.bearing[k])
            constraints.append(
                {
                    "constraint": row.constraint,
                    "shadow_price": str(row.shadow_price_usd_per_mwh),
                    "revenue_usd": str(row.revenue_usd),
                    "factors": factor_id,
                    "notional_usd": float(settled.notional[k]),
                    "bearing_usd": bearing,
                    "offset_usd": offset,
                    "deficit_rate": -offset / bearing if offset < 0 < bearing else 0.0,
                }
            )
        yield {
            "input": "hour",
            "id": self.hour_id(settled),
            "tou": settled.hour.tou.value,
            "formula": "deficit_rate",
            "constraints": constraints,
        }

    def hour_id(self, settled: HourSettlement) -> str:
        """The hour's start in local time."""
        return local(settled.hour.start, self._zone).isoformat()

    def rights(self, day: date) -> Iterator[Record]:
        """The rights in force on `day`, where they are not the same as before."""
        for (owner, tou), held in self._held.items():
            stretch = (owner, tou, bisect_right(self._edges[owner, tou], day))
            if stretch not in self._right_ids:
                in_force = [_crr(crr) for crr in held if crr.effective_on(day)]
                self._right_ids[stretch] = f"R{len(self._right_ids) + 1}" if in_force else ""
                if in_force:
                    yield {
                        "input": "rights",
                        "id": self._right_ids[stretch],
                        "owner": owner,
                        "tou": tou.value,
                        "crrs": in_force,
                    }
            if self._right_ids[stretch]:
                of_day = self.rights_of.setdefault((owner, day), {})
                of_day[tou.value] = self._right_ids[stretch]

    def _factors(self, row: ConstraintHour) -> tuple[str, list[Record]]:
        known = self._known_factors.get(id(row.shift_factors))
        if known is not None:
            return known, []
        content = _content(row.shift_factors, self._places)
        records = []
        if content not in self._factor_ids:
            self._factor_ids[content] = f"F{len(self._factor_ids) + 1}"
            factor_id = self._factor_ids[content]
            records = [{"input": "factors", "id": factor_id, "shift_factors": dict(content)}]
        self._known_factors[id(row.shift_factors)] = self._factor_ids[content]
        return self._factor_ids[content], records


def _content(shift_factors: Mapping[str, float], places: set[str]) -> tuple[tuple[str, float], ...]:
    """The factors that matter: not zero, and of a location that some right uses."""
    return tuple(
        (place, float(factor))
        for place, factor in sorted(shift_factors.items())
        if factor and place in places
    )


def _crr(crr: Crr) -> Record:
    return {
        "crr_id": crr.crr_id,
        "hedge": crr.hedge.value,
        "source": crr.source,
        "sink": crr.sink,
        "mw": str(crr.mw),
    }


def _statement_records(result: SettlementResult, shared: _Shared) -> Iterator[Record]:
    for day in result.days:
        for line in day.lines:
            hourly = line.charge_code == ChargeCode.HOURLY
            inputs = _day_inputs(day, line, shared, hourly)
            yield statement_record(line, HOURLY if hourly else DEFICIT, inputs)
    for line in result.lines:
        if line.charge_code == ChargeCode.AUCTION:
            yield statement_record(line, AUCTION, _auction_inputs(result, line))
    yield from reversal_records(result)
    yield from clawback_records(result)
    yield from distribution_records(result)


def _day_inputs(day: DaySettlement, line: StatementLine, shared: _Shared, hourly: bool) -> Record:
    at = day.owners.index(line.owner)
    hours = [
        (hour, float((hour.owner_notional if hourly else hour.owner_deficit)[at]))
        for hour in day.hours
    ]
    return {
        "rights": shared.rights_of.get((line.owner, line.trading_day), {}),
        "hours": [{"hour": shared.hour_id(hour), "usd": usd} for hour, usd in hours if usd],
    }


def _true_up_inputs(result: SettlementResult) -> dict[str, Record]:
    """By owner: what its daily adjustment lines took, and its deficits with their rates."""
    posted: dict[str, Decimal] = {}
    for line in (line for day in result.days for line in day.lines):
        if line.charge_code == ChargeCode.ADJUSTMENT:
            posted[line.owner] = posted.get(line.owner, Decimal(0)) + line.amount_usd
    rates = {month.constraint: month.give_back_rate for month in result.month.constraints}
    inputs: dict[str, Record] = {}
    for row in result.month.adjustments:
        none = {"posted_usd": str(posted.get(row.owner, Decimal("0.00"))), "constraints": []}
        inputs.setdefault(row.owner, none)["constraints"].append(
            {
                "constraint": row.constraint,
                "deficit_usd": row.deficit_usd,
                "give_back_rate": rates[row.constraint],
            }
        )
    return inputs


def _auction_inputs(result: SettlementResult, line: StatementLine) -> Record:
    awards = sorted(
        (award.crr_id, award.transaction.value, award.mw, award.clearing_price_usd_per_mw)
        for award in result.case.auction_awards
        if award.owner == line.owner
        and line.trading_day == (award.trading_day or result.case.calendar.month.start)
    )
    return {
        "awards": [
            {"crr_id": crr_id, "transaction": side, "mw": str(mw), "clearing_price": str(price)}
            for crr_id, side, mw, price in awards
        ]
    }
