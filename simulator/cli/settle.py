"""`marketsim settle`: one settlement case folder, and a participant's own figures beside ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.cli.shell import FAILED, OK, complain, file_faults, say, say_json
from simulator.domain import Finding, Refused

if TYPE_CHECKING:
    from simulator.settlement import SettlementResult
    from simulator.settlement.difference import Comparison

EXAMPLE = (
    "Example: marketsim settle docs/examples/settlement --out out/settlement\n\n"
    "         marketsim settle CASE --out DIR --compare my_statements.csv"
)
COMPARISON = "comparison.csv"
SUMS = (
    "congestion_revenue_usd",
    "auction_net_usd",
    "paid_to_holders_usd",
    "balancing_account_usd",
    "residual_usd",
)


def settle(
    case: Annotated[Path, typer.Argument(help="A case folder (crrs.csv, shadow_prices.csv, ...).")],
    out: Annotated[Path, typer.Option(help="Where the statements go.")],
    compare: Annotated[
        Path | None,
        typer.Option(help="Your own statements.csv: every line that differs from ours is named."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object.")] = False,
) -> int:
    """Settle a month to the cent: statements, adjustments, balancing account, lineage.

    Leaves with 1 when --compare finds a difference.
    """
    from simulator.settlement.folder import read_settlement_folder
    from simulator.settlement.report import summary, write_settlement
    from simulator.settlement.settle import settle as settle_case
    from simulator.settlement.warnings import case_warnings

    theirs = None if compare is None else _own_file(compare)
    result = settle_case(read_settlement_folder(case))
    compared = None if compare is None else _compared(theirs or "", result, compare)
    with file_faults(out):
        write_settlement(result, out)
        _write_comparison(compared, out)
    complain(case_warnings(result.case), "warning: ")
    _tell(summary(result), compared, out, json)
    return FAILED if compared and compared.differences else OK


def _own_file(path: Path) -> str:
    """The participant's file, before a long month is settled in vain."""
    try:
        with file_faults(path):
            return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        finding = Finding(
            "SETTLE_FILE_UNREADABLE",
            "the file to compare is not UTF-8 text",
            str(path),
            str(error),
            "statements.csv: Owner,TradingDay,StatementDate,ChargeCode,AmountUSD",
            "save the sheet as CSV, UTF-8",
        )
        raise Refused([finding]) from error


def _compared(theirs: str, result: SettlementResult, file: Path) -> Comparison:
    from simulator.settlement.difference import comparison

    return comparison(theirs, result.lines, str(file))


def _write_comparison(compared: Comparison | None, out: Path) -> None:
    """`comparison.csv`, when there is something to compare; an older one goes."""
    from simulator.settlement.difference import differences_csv

    if compared is None:
        (out / COMPARISON).unlink(missing_ok=True)
    else:
        (out / COMPARISON).write_text(
            differences_csv(compared.differences), encoding="utf-8", newline=""
        )


def _tell(found: dict[str, Any], compared: Comparison | None, out: Path, as_json: bool) -> None:
    if as_json:
        say_json(found if compared is None else {**found, **_as_dict(compared)})
        return
    for name in SUMS:
        say(f"{name:24} {found[name]:16,.2f}")
    if compared is not None:
        for difference in compared.differences:
            say(f"differs: {difference}")
        first, last = compared.trading_days[0], compared.trading_days[-1]
        days = f"{len(compared.trading_days)} trading days from {first} to {last}"
        say(f"lines compared: {compared.lines}, of the {days} that your file names")
        if compared.other_days:
            say(f"trading days of ours that it does not name: {len(compared.other_days)}")
        say(f"lines that differ: {len(compared.differences)}, in {out / COMPARISON}")
    say(f"written to {out}")


def _as_dict(compared: Comparison) -> dict[str, Any]:
    return {
        "differences": [difference.as_dict() for difference in compared.differences],
        "lines_compared": compared.lines,
        "trading_days_compared": [day.isoformat() for day in compared.trading_days],
        "trading_days_not_compared": [day.isoformat() for day in compared.other_days],
    }
