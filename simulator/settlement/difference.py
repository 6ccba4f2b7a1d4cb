"""Two versions of the same statements, line by line: ours and theirs, or earlier and corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from simulator.domain import ChargeCode, Finding, StatementLine, refuse_if_any
from simulator.domain.table import (
    Column,
    Parser,
    TableRow,
    choice,
    csv_text,
    decimal,
    iso_date,
    read_table,
    text,
)

STATEMENT_DECIMALS = 2
_AMOUNT: Parser = decimal(STATEMENT_DECIMALS)
_COLUMNS = (
    Column("Owner", text),
    Column("TradingDay", iso_date),
    Column("StatementDate", iso_date, optional=True),
    Column("ChargeCode", choice([code.value for code in ChargeCode])),
    Column("AmountUSD", _AMOUNT),
    Column("Version", text, optional=True),  # lines of all versions are added
)

Key = tuple[str, date, ChargeCode]
NOTHING = Decimal(0)


@dataclass(frozen=True, order=True)
class LineDifference:
    """One owner, trading day and charge code on which two versions do not agree.

    None where a version has no such line.
    """

    owner: str
    trading_day: date
    charge_code: ChargeCode
    before_usd: Decimal | None
    after_usd: Decimal | None

    @property
    def change_usd(self) -> Decimal:
        """What the later version pays more."""
        return (self.after_usd or NOTHING) - (self.before_usd or NOTHING)

    def __str__(self) -> str:
        before, after = (_shown(amount) for amount in (self.before_usd, self.after_usd))
        return (
            f"{self.owner}, {self.trading_day}, charge code {self.charge_code}: "
            f"yours {before}, ours {after}, ours - yours {self.change_usd:,.2f} USD"
        )

    def as_dict(self) -> dict[str, str | None]:
        """The difference as texts, for JSON; None where a version has no such line."""
        before, after = self.before_usd, self.after_usd
        return {
            "owner": self.owner,
            "trading_day": self.trading_day.isoformat(),
            "charge_code": self.charge_code.value,
            "yours_usd": None if before is None else str(before),
            "ours_usd": None if after is None else str(after),
            "difference_usd": str(self.change_usd),
        }


def differences(
    before: Iterable[StatementLine], after: Iterable[StatementLine]
) -> tuple[LineDifference, ...]:
    """Every line that is not the same in both, sorted; statement dates do not count.

    Lines of the same owner, day and charge code are added first; 0.00 is the same as no line.
    """
    earlier, later = _amounts(before), _amounts(after)
    return tuple(
        LineDifference(*key, earlier.get(key), later.get(key))
        for key in sorted(earlier.keys() | later.keys())
        if earlier.get(key, NOTHING) != later.get(key, NOTHING)
    )


@dataclass(frozen=True)
class Comparison:
    """What a participant's own file and ours say of the owners and trading days that it names.

    `lines` is how many lines were compared; `other_days` are ours that the file says nothing of.
    """

    differences: tuple[LineDifference, ...]
    lines: int
    trading_days: tuple[date, ...]
    other_days: tuple[date, ...]


def compare(
    theirs: str, ours: Iterable[StatementLine], file_name: str
) -> tuple[LineDifference, ...]:
    """The differences alone; see `comparison`."""
    return comparison(theirs, ours, file_name).differences


def comparison(theirs: str, ours: Iterable[StatementLine], file_name: str) -> Comparison:
    """A participant's own `statements.csv` against ours, for the owners and days that it names.

    `before` is theirs, `after` is ours. Raises Refused when the file cannot be read, has no line,
    or pays an owner that we have no statement of.
    """
    rows, findings = read_table(theirs, file_name, _COLUMNS)
    stated = tuple(ours)
    known = {line.owner for line in stated}
    if not rows and not findings:
        findings = [_nothing_to_compare(file_name)]
    refuse_if_any(findings)
    lines = [
        StatementLine(
            row["Owner"],
            row["TradingDay"],
            row.get("StatementDate", row["TradingDay"]),
            ChargeCode(row["ChargeCode"]),
            row["AmountUSD"],
        )
        for row in rows
    ]
    # Versions of who ended with nothing add up to nothing, which is what we say too.
    strangers = {owner for (owner, _, _), usd in _amounts(lines).items() if usd} - known
    unknown = (row for row in rows if row["Owner"] in strangers)
    refuse_if_any(_unknown_owner(row, known) for row in unknown)
    owners, days = {line.owner for line in lines}, {line.trading_day for line in lines}
    own = [line for line in stated if line.owner in owners]
    asked = [line for line in own if line.trading_day in days]
    return Comparison(
        differences(lines, asked),
        len(_amounts(lines).keys() | _amounts(asked).keys()),
        tuple(sorted(days)),
        tuple(sorted({line.trading_day for line in own} - days)),
    )


def _nothing_to_compare(file_name: str) -> Finding:
    return Finding(
        "SETTLE_COMPARE_EMPTY",
        "the file to compare has no statement line",
        file_name,
        "no row below the header",
        "one row for each owner, trading day and charge code",
        "save the sheet with its rows",
    )


def _unknown_owner(row: TableRow, known: set[str]) -> Finding:
    return Finding(
        "SETTLE_COMPARE_OWNER",
        "the case has no statement of this owner",
        row.where("Owner"),
        row["Owner"],
        ", ".join(sorted(known)),
        "correct the owner, or compare with the case of its month",
    )


def recalculation(
    before: Iterable[StatementLine],
    after: Iterable[StatementLine],
    statement_date: Callable[[date], date],
) -> tuple[StatementLine, ...]:
    """The lines of a later statement of the same trading days: only what changed, as a difference.

    They come out on the `statement_date` of their trading day (rulebook 6.6 lists T+12B, T+55B and
    so on); the earlier version stays as it was. All versions together add up to `after`.
    """
    return tuple(
        StatementLine(
            change.owner,
            change.trading_day,
            statement_date(change.trading_day),
            change.charge_code,
            change.change_usd,
        )
        for change in differences(before, after)
        if change.change_usd
    )


def differences_csv(rows: Iterable[LineDifference]) -> str:
    """`comparison.csv`: one row for each line that differs, ours less yours last."""
    header = ("Owner", "TradingDay", "ChargeCode", "YoursUSD", "OursUSD", "DifferenceUSD")
    return csv_text(
        header,
        (["" if cell is None else cell for cell in row.as_dict().values()] for row in rows),
    )


def _shown(amount: Decimal | None) -> str:
    return "no line" if amount is None else f"{amount:,.2f} USD"


def _amounts(lines: Iterable[StatementLine]) -> dict[Key, Decimal]:
    amounts: dict[Key, Decimal] = {}
    for line in lines:
        key = (line.owner, line.trading_day, line.charge_code)
        amounts[key] = amounts.get(key, NOTHING) + line.amount_usd
    return amounts
