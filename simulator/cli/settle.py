"""`marketsim settle`: one settlement case folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.shell import OK, file_faults, say, say_json

EXAMPLE = "Example: marketsim settle docs/examples/settlement --out out/settlement"


def settle(
    case: Annotated[Path, typer.Argument(help="A case folder (crrs.csv, shadow_prices.csv, ...).")],
    out: Annotated[Path, typer.Option(help="Where the statements go.")],
    json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object.")] = False,
) -> int:
    """Settle a month to the cent: statements, adjustments, balancing account, lineage."""
    from simulator.settlement.folder import read_settlement_folder
    from simulator.settlement.report import summary, write_settlement
    from simulator.settlement.settle import settle as settle_case

    result = settle_case(read_settlement_folder(case))
    with file_faults(out):
        write_settlement(result, out)
    found = summary(result)
    if json:
        say_json(found)
        return OK
    for name in (
        "congestion_revenue_usd",
        "auction_net_usd",
        "paid_to_holders_usd",
        "balancing_account_usd",
        "residual_usd",
    ):
        say(f"{name:24} {found[name]:16,.2f}")
    say(f"written to {out}")
    return OK
