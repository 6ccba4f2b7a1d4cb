"""`marketsim clear` and `marketsim explain`: one case folder, and why a bid got what it got."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.shell import FAILED, OK, ClusterOption, WorkersOption, file_faults, say, say_json

CLEAR_EXAMPLE = "Example: marketsim clear docs/examples/auction --out out/auction"
EXPLAIN_EXAMPLE = "Example: marketsim explain out/auction A"


def clear(
    case: Annotated[Path, typer.Argument(help="A case folder (market.toml, network.raw, ...).")],
    out: Annotated[Path, typer.Option(help="Where the answer goes.")],
    workers: WorkersOption = 1,
    cluster: ClusterOption = None,
    json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object.")] = False,
) -> int:
    """Clear one auction or allocation: awards, prices, binding constraints, certificate."""
    from simulator.clearing.cluster import workers_at
    from simulator.clearing.folder import clear_folder
    from simulator.clearing.interior import SolverFailed

    try:
        with file_faults(out), workers_at(workers, cluster) as place:
            result = clear_folder(case, out, place, time.perf_counter)
    except SolverFailed as failure:
        kept = f"the case is kept: `marketsim clear {out / 'case'}` repeats it"
        typer.echo(f"{case}: no optimum was reached: {failure}; {kept}", err=True)
        return FAILED
    summary = result.summary()
    if json:
        say_json(summary)
        return OK
    say(f"{summary['name']}: {summary['status']}, {summary['awarded_mw']:.3f} MW awarded")
    for problem in summary["problems"]:
        say(
            f"  {problem['period']} {problem['tou']:3}  {problem['bids']} bids, objective "
            f"{problem['objective']:.2f}, gap {problem['relative_gap']:.1e}, "
            f"{problem['binding']} binding of {problem['constraints_screened']} constraints, "
            f"worst violation {problem['max_violation_mw']:.6f} MW"
        )
    for warning in summary["warnings"]:
        say(f"  warning: {warning}")
    say(f"written to {out}; `marketsim verify {out}` checks it")
    return OK


def explain(
    folder: Annotated[Path, typer.Argument(help="A folder left by `clear` or `run`.")],
    bid_id: Annotated[str, typer.Argument(help="The bid or nomination.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    picture: Annotated[
        Path | None, typer.Option(help="Draw what makes up its price, as an SVG file.")
    ] = None,
) -> int:
    """Say why one bid got what it got, adding up to its clearing price."""
    from simulator.clearing.explain import explain_bid
    from simulator.clearing.explain_text import as_text

    with file_faults(folder):
        reason = explain_bid(folder, bid_id)
    if picture is not None:
        from simulator.clearing.explain_picture import waterfall_svg

        with file_faults(picture):
            picture.write_bytes(waterfall_svg(reason))
    if json:
        say_json(reason)
    else:
        say(as_text(reason))
    return OK
