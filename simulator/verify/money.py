"""The money of a run: what its summary says, against statements, revenue and auctions published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from simulator.verify.check import Check, Offence, judged
from simulator.verify.resettle import settled_again
from simulator.verify.table import Row, exact, read_rows

CENT = Decimal("0.01")
HOURLY, AUCTION, BALANCING = "6700", "6798", "CRR_BALANCING"
PAID = (HOURLY, "CRR_ADJUSTMENT", "CONGESTION_REVERSAL", "CRR_CLAWBACK")
STATEMENT = ("Owner", "TradingDay", "ChargeCode", "AmountUSD")
SETTLED = ("CRRID", "Owner", "TransactionType", "MW", "ClearingPrice", "TradingDay")
AWARD = ("Participant", "TransactionType", "AwardedMW", "ClearingPrice")
MONEY = (
    *("congestion_revenue_usd", "auction_net_usd", "paid_to_holders_usd"),
    *("balancing_account_usd", "residual_usd"),
)


def verify_money(folder: Path, settlement: Mapping[str, Any]) -> list[Check]:
    """The settlement of a run folder, from its files alone; `Refused` when one is unreadable.

    A month's case comes out with its true-up: revenue and auction money are summed when every
    month that has statements has its case; before, only the statements count.
    """
    lines = statements(folder)
    months = _Months(folder)
    settled = [
        row
        for month in months.published
        for row in read_rows(
            folder / "published/settlement" / month / "auction_awards.csv", SETTLED
        )
    ]
    return [
        _adds_up(settlement),
        _stated(lines, settlement),
        _revenue(folder, months, settlement),
        _auctions(folder / "published", settled, lines, months),
        _auction_money(settled, months, settlement),
        settled_again(folder / "published", months.published, lines),
    ]


class _Months:
    """Months by name: with statements, trued up, and with their case published."""

    def __init__(self, folder: Path) -> None:
        private = sorted((folder / "private").glob("*/settlement/*"))
        self.stated = sorted({path.name for path in private if path.is_dir()})
        self.trued_up = sorted(
            {path.name for path in private if (path / "kits" / "true_up_v1.zip").exists()}
            | {path.name for path in private if (path / "balancing_share.csv").exists()}
        )
        cases = (folder / "published/settlement").glob("*")
        self.published = sorted(path.name for path in cases if path.is_dir())

    @property
    def complete(self) -> bool:
        """Whether no month with statements waits for its true-up."""
        return set(self.stated) <= {*self.trued_up, *self.published}

    def missing(self) -> list[Offence]:
        """Months trued up whose case was not published."""
        return [
            Offence(1.0, f"published/settlement/{month}", "missing")
            for month in self.trued_up
            if month not in self.published
        ]


def statements(folder: Path) -> list[Row]:
    """Every statement line of every owner; a line of somebody else is not looked away from."""
    places = [
        *sorted((folder / "private").glob("*/settlement/*/statements.csv")),
        *sorted((folder / "private").glob("*/settlement/*/balancing_share.csv")),
    ]
    return [row for path in places for row in read_rows(path, STATEMENT)]


def _adds_up(settlement: Mapping[str, Any]) -> Check:
    """Money in is money out, to the cent (rulebook 6.5)."""
    revenue, auction, paid, account, residual = (exact(settlement.get(key)) for key in MONEY)
    left = revenue + auction - paid - account
    closes = left == residual == 0
    return Check("settlement adds up", closes, f"{left} USD left, {residual} stated", "0.00 USD")


def _stated(lines: Sequence[Row], settlement: Mapping[str, Any]) -> Check:
    """The summary's sums are those of the statements, by charge code, to the cent."""
    by_code: Counter[str] = Counter()
    sums = {code: Decimal(0) for code in (*PAID, AUCTION, BALANCING)}
    offences = []
    for row in lines:
        code = row.text("ChargeCode")
        by_code[code] += 1
        if code in sums:
            sums[code] += row.decimal("AmountUSD")
        else:
            offences.append(Offence(1.0, row.where, f"charge code {code!r}"))
    right = {
        "paid_to_holders_usd": sum((sums[code] for code in PAID), Decimal(0)),
        "auction_net_usd": -sums[AUCTION],
        "to_measured_demand_usd": sums[BALANCING],
        "statements": Decimal(len({(row.text("Owner"), row.text("TradingDay")) for row in lines})),
    }
    offences += _differ(settlement, right)
    return judged("statements sum to the summary", "0.00 USD", offences, len(lines))


def _revenue(folder: Path, months: _Months, settlement: Mapping[str, Any]) -> Check:
    """The revenue of every constraint and hour is what the summary collected."""
    offences = months.missing()
    rows: list[Row] = []
    for month in months.published:
        path = folder / "published/settlement" / month / "congestion_revenue.csv"
        rows += read_rows(path, ("Hour", "Constraint", "RevenueUSD"))
    if months.complete:
        collected = sum((row.decimal("RevenueUSD") for row in rows), Decimal(0))
        offences += _differ(
            settlement, {"congestion_revenue_usd": collected.quantize(CENT, ROUND_HALF_UP)}
        )
    return judged("congestion revenue published", "0.00 USD", offences, len(rows))


def _auction_money(settled: Sequence[Row], months: _Months, settlement: Mapping[str, Any]) -> Check:
    """What the settled awards cost, each to the cent half up, is what the summary took."""
    net = sum((award_cost(row, "MW") for row in settled), Decimal(0))
    offences = _differ(settlement, {"auction_net_usd": net}) if months.complete else []
    return judged("auction money is what awards cost", "0.00 USD", offences, len(settled))


def _auctions(
    published: Path, settled: Sequence[Row], lines: Sequence[Row], months: _Months
) -> Check:
    """An auction is settled whole or not at all, and each owner is charged what its awards cost."""
    expected: Counter[tuple[object, ...]] = Counter()
    for market in settled_markets(published, settled):
        expected.update(_won(market))
    found = Counter(_award(row, "Owner", "MW") for row in settled)
    offences = [
        Offence(1.0, " ".join(map(str, key)), f"{found[key]} settled, {expected[key]} awarded")
        for key in sorted({*found, *expected}, key=str)
        if found[key] != expected[key]
    ]
    offences += _charged(settled, lines, months)
    return judged("settled auctions are those awarded", "the same", offences, len(settled))


def settled_markets(published: Path, settled: Sequence[Row]) -> Iterator[Path]:
    """The folders of the auctions that are settled: by the CRR ids of `auction_awards.csv`."""
    ids = {(row.text("Owner"), row.text("CRRID"), row.text("TransactionType")) for row in settled}
    for result in sorted(published.glob("*/*_PUBLIC_AUCTION_RESULT.csv")):
        rows = read_rows(result, ("CRRID", "AssetOwner", "TransactionType"))
        own = {
            (row.text("AssetOwner"), row.text("CRRID"), row.text("TransactionType"))
            for row in rows
            if row.text("TransactionType") == "BUY"
        } or {(row.text("AssetOwner"), row.text("CRRID"), "SELL") for row in rows}
        if own & ids:
            yield result.parent


def _won(market: Path) -> Iterable[tuple[object, ...]]:
    for path in sorted(market.glob("*/awards.csv")):
        for row in read_rows(path, AWARD):
            if row.decimal("AwardedMW") > 0:
                yield _award(row, "Participant", "AwardedMW")


def _award(row: Row, owner: str, mw: str) -> tuple[object, ...]:
    price = row.decimal("ClearingPrice") if row.text("ClearingPrice") else Decimal(0)
    return row.text(owner), row.text("TransactionType"), row.decimal(mw), price


def _charged(settled: Sequence[Row], lines: Sequence[Row], months: _Months) -> list[Offence]:
    """By owner and trading day, charge code 6798 is what that owner's awards cost."""
    if not months.complete:
        return []
    owed: dict[tuple[str, str], Decimal] = {}
    for row in settled:
        key = row.text("Owner"), row.text("TradingDay")
        owed[key] = owed.get(key, Decimal(0)) + award_cost(row, "MW")
    for row in lines:
        if row.text("ChargeCode") == AUCTION:
            key = row.text("Owner"), row.text("TradingDay")
            owed[key] = owed.get(key, Decimal(0)) + row.decimal("AmountUSD")
    return [
        Offence(float(abs(left)), f"{owner} {day}", f"{left} USD uncharged")
        for (owner, day), left in sorted(owed.items())
        if left
    ]


def award_cost(row: Row, mw: str) -> Decimal:
    """Buyers pay, sellers receive, price times MW, each to the cent half up (rulebook 6.4)."""
    if not row.text("ClearingPrice"):
        return Decimal(0)
    money = (row.decimal("ClearingPrice") * row.decimal(mw)).quantize(CENT, ROUND_HALF_UP)
    return -money if row.text("TransactionType") == "SELL" else money


def _differ(settlement: Mapping[str, Any], right: Mapping[str, Decimal]) -> list[Offence]:
    return [
        Offence(1.0, f"summary.json settlement {key}", f"{settlement.get(key)} instead of {figure}")
        for key, figure in right.items()
        if exact(settlement.get(key)) != figure
    ]
