"""The balancing account of every published month, from statements, awards and prices alone.

What went in is worked out again: revenue by day, what everybody was paid, the auctions' money by
the days of what was sold. Surplus and shortfall by constraint come from the month settled again.
Then each coordinator's share follows from its measured demand (rulebook 6.5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path

from simulator.verify.check import Check, Offence, judged
from simulator.verify.money import BALANCING, PAID, SETTLED, award_cost, settled_markets
from simulator.verify.resettle import Sums, sums_of
from simulator.verify.settled_month import SettledMonth
from simulator.verify.table import Row, read_rows
from simulator.verify.tolerances import PRINTED

CENT, NOTHING = Decimal("0.01"), Decimal("0.00")
ACCOUNT = ("Entry", "TradingDay", "Period", "AmountUSD", "BalanceUSD")
CONSTRAINTS = (
    *("Constraint", "RevenueUSD", "NotionalValueUSD", "DeficitUSD", "GivenBackUSD"),
    *("ResidualUSD", "UnborneUSD"),
)
DEMAND = ("Owner", "DemandMWh", "ExcludedMWh", "AmountUSD")
RIGHTS, AUCTION, SHARED = "CONGESTION_REVERSAL", "AUCTION", "MEASURED_DEMAND"
MONTHS_OF_SEASON = 3
Postings = dict[tuple[str, str], Decimal]  # by entry and trading day, or product period


def verify_balancing(folder: Path, statements: Sequence[Row]) -> list[Check]:
    """The account's postings, its constraints and its shares, of every month that is published."""
    cases = sorted(path for path in (folder / "published/settlement").glob("*") if path.is_dir())
    posted: list[Offence] = []
    left: list[Offence] = []
    shared: list[Offence] = []
    looked_at = [0, 0, 0]
    for case in cases:
        month = SettledMonth(case)
        rows = read_rows(case / "balancing_account.csv", ACCOUNT)
        own = [row for row in statements if _in_month(row, case.name)]
        posted += _posted(folder / "published", case, month, rows, own)
        residuals = read_rows(case / "balancing_constraints.csv", CONSTRAINTS)
        left += _left(case.name, residuals, sums_of(month), rows, len(own))
        shares = _operators(folder, case.name)
        shared += _shares(case.name, shares, rows, own)
        looked_at = [
            n + len(of) for n, of in zip(looked_at, (rows, residuals, shares), strict=True)
        ]
    return [
        judged("balancing account", "what was collected, paid and sold", posted, looked_at[0]),
        judged("balancing account by constraint", "the month settled", left, looked_at[1]),
        judged("shares of measured demand", "in proportion, to the cent", shared, looked_at[2]),
    ]


def _posted(
    published: Path, case: Path, month: SettledMonth, rows: Sequence[Row], own: Sequence[Row]
) -> list[Offence]:
    """Every posting is the one that files give, and the balance adds them up."""
    offences, found, balance = [], defaultdict[tuple[str, str], Decimal](Decimal), NOTHING
    at_once = False
    for row in rows:
        entry, amount = row.text("Entry"), row.decimal("AmountUSD")
        by_period = entry == AUCTION
        at_once |= by_period and not row.text("Period")
        entry = "HOLDERS" if entry == "TRUE_UP" else entry  # one charge code on the last day
        found[entry, row.text("Period" if by_period else "TradingDay")] += amount
        balance += amount
        if row.decimal("BalanceUSD") != balance:
            offences.append(Offence(1.0, row.where, f"balance {balance} by then"))
    right = _congestion(month, own) | _auctions(published, month.clock.true_up, at_once)
    if any(row.text("ChargeCode") == BALANCING for row in own):
        right[SHARED, str(month.clock.true_up)] = -sum(right.values(), NOTHING)
    for key in sorted({*found, *right}):
        amount, expected = found.get(key, NOTHING), right.get(key, NOTHING)
        if amount != expected:
            said = f"{amount} instead of {expected}"
            offences.append(Offence(float(abs(amount - expected)), f"{case.name} {key}", said))
    return offences


def _congestion(month: SettledMonth, own: Iterable[Row]) -> Postings:
    """Revenue in, by day, and everybody's lines out; what existing rights got is apart."""
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (start, _), revenue in month.revenue.items():
        found["CONGESTION_REVENUE", str(month.clock.day_and_tou(start)[0])] += revenue
    for row in own:
        code = row.text("ChargeCode")
        if code in PAID:
            entry = "EXISTING_RIGHTS" if code == RIGHTS else "HOLDERS"
            found[entry, row.text("TradingDay")] -= row.decimal("AmountUSD")
    return {key: amount.quantize(CENT, ROUND_HALF_UP) for key, amount in found.items()}


def _auctions(published: Path, last: date, at_once: bool) -> Postings:
    """The month's part of what auctions settled by `last` brought, by product period."""
    settled = [
        row
        for path in sorted((published / "settlement").glob("*/auction_awards.csv"))
        for row in read_rows(path, SETTLED)
        if date.fromisoformat(row.text("TradingDay")) <= last
    ]
    first = last.replace(day=1)
    if at_once:
        own = [row for row in settled if date.fromisoformat(row.text("TradingDay")) >= first]
        return {(AUCTION, ""): sum((award_cost(row, "MW") for row in own), NOTHING)}
    money: defaultdict[str, Decimal] = defaultdict(Decimal)
    for market in settled_markets(published, settled):
        for path in sorted(market.glob("*/awards.csv")):
            for row in read_rows(path, ("Period", "TransactionType", "AwardedMW", "ClearingPrice")):
                if row.decimal("AwardedMW") > 0:
                    money[row.text("Period")] += award_cost(row, "AwardedMW")
    return {
        (AUCTION, period): _due(usd, period, _after(first)) - _due(usd, period, first)
        for period, usd in money.items()
        if _first_day(period) < _after(first) and first < _end(period)
    }


def _due(usd: Decimal, period: str, until: date) -> Decimal:
    """What of a period's money has come by a day: its share of the days, to the cent."""
    start, end = _first_day(period), _end(period)
    days = (min(max(until, start), end) - start).days
    return (usd * days / (end - start).days).quantize(CENT, ROUND_HALF_UP)


def _first_day(period: str) -> date:
    year, kind, number = int(period[:4]), period[5], int(period[6:])
    month = number if kind == "M" else MONTHS_OF_SEASON * (number - 1) + 1
    return date(year, month, 1)


def _end(period: str) -> date:
    """The first day after the period."""
    day = _first_day(period)
    for _ in range(1 if period[5] == "M" else MONTHS_OF_SEASON):
        day = _after(day)
    return day


def _after(first: date) -> date:
    """The first day of the next month."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _left(
    name: str, rows: Sequence[Row], sums: Sums, account: Sequence[Row], lines: int
) -> list[Offence]:
    """What each constraint left is its surplus less what it gave back; cents explain the rest."""
    owed: defaultdict[str, float] = defaultdict(float)
    for (_, constraint), usd in sums.by_constraint.items():
        owed[constraint] += usd
    offences, stated = [], {row.text("Constraint"): row for row in rows}
    for constraint in sorted({*stated, *sums.revenue}):
        back = min(sums.surplus.get(constraint, 0.0), owed[constraint])
        right = {
            "RevenueUSD": sums.revenue.get(constraint, 0.0),
            "NotionalValueUSD": sums.notional.get(constraint, 0.0),
            "DeficitUSD": owed[constraint],
            "GivenBackUSD": back,
            "ResidualUSD": sums.surplus.get(constraint, 0.0) - back,
            "UnborneUSD": sums.unborne.get(constraint, 0.0),
        }
        for column, expected in right.items():
            row = stated.get(constraint)
            amount = 0.0 if row is None else row.number(column)
            if row is None or abs(amount - expected) > PRINTED:
                where, said = f"{name} {constraint} {column}", f"{amount}, not {expected}"
                offences.append(Offence(abs(amount - expected), where, said))
    explained = sum(
        (row.decimal("ResidualUSD") - row.decimal("UnborneUSD") for row in rows), NOTHING
    )
    money = sum(
        (row.decimal("AmountUSD") for row in account if row.text("Entry") not in (AUCTION, SHARED)),
        NOTHING,
    )
    rounding = abs(money - explained)
    if rounding > lines * CENT / 2 + 2 * len(rows) * Decimal(str(PRINTED)):
        said = f"{money} of congestion, {explained} by constraint: more than cents of {lines} lines"
        offences.append(Offence(float(rounding), f"{name} balancing_constraints.csv", said))
    return offences


def _operators(folder: Path, month: str) -> Sequence[Row]:
    """The list of who gets what of measured demand; none where nobody's is metered."""
    path = folder / "private/OPERATOR/settlement" / month / "measured_demand.csv"
    return read_rows(path, DEMAND, optional=True)


def _shares(
    name: str, shares: Sequence[Row], account: Sequence[Row], own: Sequence[Row]
) -> list[Offence]:
    """Everybody's share, cut down to cents, the cents left to the largest remainders."""
    stated: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in own:
        if row.text("ChargeCode") == BALANCING:
            stated[row.text("Owner")] += row.decimal("AmountUSD")
    balance = -sum(
        (row.decimal("AmountUSD") for row in account if row.text("Entry") == SHARED), NOTHING
    )
    right = _in_proportion(
        balance,
        {
            row.text("Owner"): row.decimal("DemandMWh") - row.decimal("ExcludedMWh")
            for row in shares
        },
    )
    listed = {row.text("Owner"): row.decimal("AmountUSD") for row in shares}
    return [
        Offence(1.0, f"{name} {owner}", f"{found.get(owner, NOTHING)} instead of {amount}")
        for found in (stated, listed)
        for owner in sorted({*right, *found})
        for amount in [right.get(owner, NOTHING)]
        if found.get(owner, NOTHING) != amount
    ]


def _in_proportion(balance: Decimal, mwh: Mapping[str, Decimal]) -> dict[str, Decimal]:
    total = sum(mwh.values(), Decimal(0))
    if not total:
        return {}
    exact = {owner: balance * demand / total for owner, demand in mwh.items()}
    cut = {owner: amount.quantize(CENT, ROUND_FLOOR) for owner, amount in exact.items()}
    left = int((balance - sum(cut.values(), NOTHING)) / CENT)
    for owner in sorted(cut, key=lambda name: (cut[name] - exact[name], name))[:left]:
        cut[owner] += CENT
    return cut


def _in_month(row: Row, month: str) -> bool:
    day = row.text("TradingDay")
    return f"{day[:4]}_M{day[5:7]}" == month
