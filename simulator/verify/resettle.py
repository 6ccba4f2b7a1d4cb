"""The published months settled once more, from the rulebook alone, against all statements.

Each hour (rulebook 6.1 and 6.2): a constraint's price times everybody's net flow over it is owed;
what its revenue lacks is shared pro rata to positive net values; what is left over of a month goes
back to those who bore its deficits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator.verify.check import Check, Offence, judged
from simulator.verify.settled_month import Right, SettledMonth
from simulator.verify.table import Row
from simulator.verify.tolerances import NOISE_USD

CENT = Decimal("0.01")
TIE_DECIMALS = 8  # a sum of doubles is read to these before cents are made of it
HOURLY, ADJUSTMENT, REVERSAL = "6700", "CRR_ADJUSTMENT", "CONGESTION_REVERSAL"
CODES = (HOURLY, ADJUSTMENT, REVERSAL, "CRR_CLAWBACK")
Line = tuple[str, str, str]  # owner, trading day, charge code
Floats = NDArray[np.float64]


@dataclass
class Sums:
    """What the hours of a month add up to, in USD."""

    paid: defaultdict[tuple[str, date], float] = field(default_factory=lambda: defaultdict(float))
    borne: defaultdict[tuple[str, date], float] = field(default_factory=lambda: defaultdict(float))
    by_constraint: defaultdict[tuple[str, str], float] = field(
        default_factory=lambda: defaultdict(float)
    )
    revenue: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    notional: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    surplus: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    unborne: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    reversed: defaultdict[tuple[str, date], Decimal] = field(
        default_factory=lambda: defaultdict(Decimal)
    )


def settled_again(published: Path, months: Iterable[str], statements: Sequence[Row]) -> Check:
    """Every line for holders of a published month is what its case settles to, to the cent."""
    stated: defaultdict[str, defaultdict[Line, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in statements:
        if row.text("ChargeCode") in CODES:
            day = row.text("TradingDay")
            line = row.text("Owner"), day, row.text("ChargeCode")
            stated[f"{day[:4]}_M{day[5:7]}"][line] += row.decimal("AmountUSD")
    offences, looked_at = [], 0
    for month in months:
        right = lines_of(SettledMonth(published / "settlement" / month))
        for line in sorted({*right, *stated[month]}):
            looked_at += 1
            found, amount = stated[month][line], right.get(line, Decimal(0))
            if found != amount:
                said = f"{found} stated, {amount} from the case"
                offences.append(Offence(float(abs(found - amount)), " ".join(line), said))
    return judged("statements settled again", "the same to the cent", offences, looked_at)


def lines_of(month: SettledMonth) -> dict[Line, Decimal]:
    """The month's lines of holders of CRRs and of existing rights, in USD to the cent."""
    sums = sums_of(month)
    lines = {(o, str(day), HOURLY): _cents(usd) for (o, day), usd in sums.paid.items()}
    taken: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (owner, day), usd in sums.borne.items():
        lines[owner, str(day), ADJUSTMENT] = -_cents(usd)
        taken[owner] += _cents(usd)
    for owner, usd in _adjustments(sums).items():
        true_up = owner, str(month.clock.true_up), ADJUSTMENT
        lines[true_up] = lines.get(true_up, Decimal(0)) + _cents(usd) + taken[owner]
    for (holder, day), exact in sums.reversed.items():
        lines[holder, str(day), REVERSAL] = exact.quantize(CENT, ROUND_HALF_UP)
    return lines


def sums_of(month: SettledMonth) -> Sums:
    """The hours of the month added up."""
    sums = Sums()
    in_force: dict[tuple[date, str], _Book] = {}
    for start, constraints in month.hours():
        key = month.clock.day_and_tou(start)
        if key not in in_force:
            in_force[key] = _Book(month.rights, *key)
        _add_hour(sums, month, start, constraints, key[0], in_force[key])
    return sums


class _Book:
    """The rights in force in the hours of one day and time of use, as arrays."""

    def __init__(self, rights: Sequence[Right], day: date, tou: str) -> None:
        own = [right for right in rights if right.tou == tou and right.first <= day <= right.last]
        self.owners = sorted({right.owner for right in own})
        at = {owner: number for number, owner in enumerate(self.owners)}
        self.owner = np.array([at[right.owner] for right in own], dtype=np.intp)
        self.mw = np.array([float(right.mw) for right in own])
        self.option = np.array([right.option for right in own], dtype=bool)
        self.ends = [(right.source, right.sink) for right in own]

    def flow(self, factors: Mapping[str, Decimal]) -> Floats:
        """MW of each right in the direction of the factors."""
        known = {place: float(factor) for place, factor in factors.items()}
        spread = [known.get(source, 0.0) - known.get(sink, 0.0) for source, sink in self.ends]
        flow_mw: Floats = self.mw * np.array(spread)
        return flow_mw

    def net(self, flow_mw: Floats) -> Floats:
        """The same by owner."""
        total = np.zeros(len(self.owners))
        np.add.at(total, self.owner, flow_mw)
        return total


def _add_hour(
    sums: Sums, month: SettledMonth, start: int, constraints: list[str], day: date, book: _Book
) -> None:
    """One hour; an option counts where its spread over all constraints is above zero."""
    factors = {name: month.factors(start, name) for name in constraints}
    price = {name: month.prices.get((start, name), Decimal(0)) for name in constraints}
    flows = {name: book.flow(factors[name]) for name in constraints}
    worth = sum((flows[name] * float(price[name]) for name in constraints), np.zeros(len(book.mw)))
    counts = ~book.option | (worth > NOISE_USD * book.mw)
    for name in constraints:
        revenue = month.revenue.get((start, name), Decimal(0))
        for row in month.schedules.get(start, ()):
            source, sink = (factors[name].get(row.text(end), 0) for end in ("Source", "Sink"))
            given_back = row.decimal("MW") * (source - sink) * price[name]
            sums.reversed[row.text("Holder"), day] += given_back
            revenue -= given_back
        value = book.net(flows[name] * counts) * float(price[name])
        for owner, usd in zip(book.owners, value.tolist(), strict=True):
            sums.paid[owner, day] += usd
        sums.revenue[name] += float(revenue)
        sums.notional[name] += float(value.sum())
        _share(sums, name, day, book.owners, value, float(revenue) - float(value.sum()))


def _share(
    sums: Sums, constraint: str, day: date, owners: list[str], value: Floats, offset: float
) -> None:
    """A shortfall pro rata to positive net values; a surplus is kept for the month's end."""
    if offset >= 0:
        sums.surplus[constraint] += offset
        return
    bearing = np.maximum(value, 0.0)
    if bearing.sum() <= NOISE_USD:
        sums.unborne[constraint] -= offset
    else:
        for owner, usd in zip(owners, (-offset * bearing / bearing.sum()).tolist(), strict=True):
            if usd:
                sums.borne[owner, day] += usd
                sums.by_constraint[owner, constraint] += usd


def _adjustments(sums: Sums) -> dict[str, float]:
    """By owner, what the month's deficits cost after what surplus of the constraint gave back."""
    owed: defaultdict[str, float] = defaultdict(float)
    for (_, constraint), usd in sums.by_constraint.items():
        owed[constraint] += usd
    left: defaultdict[str, float] = defaultdict(float)
    for (owner, constraint), usd in sums.by_constraint.items():
        rate = min(1.0, sums.surplus[constraint] / owed[constraint])
        left[owner] += usd * rate - usd
    return left


def _cents(usd: float) -> Decimal:
    return Decimal(repr(round(usd, TIE_DECIMALS))).quantize(CENT, ROUND_HALF_UP)
