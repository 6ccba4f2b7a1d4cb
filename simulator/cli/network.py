"""`marketsim network`: what a power-flow case holds, other formats, and shift factors."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.shell import OK, file_faults, say, say_json, write_whole
from simulator.domain import Finding, Refused
from simulator.network.branch import BranchKey
from simulator.network.dc import dc_network
from simulator.network.read import read_case

app = typer.Typer(help="Power-flow cases: info, convert, ptdf.", no_args_is_help=True)

CaseFile = Annotated[Path, typer.Argument(help="PSS/E RAW (29 to 33) or MATPOWER.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@app.command(epilog="Example: marketsim network info fixtures/california/network.raw")
def info(file: CaseFile, json: Json = False) -> int:
    """Count what a case holds, with every warning."""
    from simulator.network.report import info as report

    case = read_case(file)
    found = report(case, dc_network(case))
    if json:
        say_json(found)
        return OK
    for name, value in found.items():
        if name != "warnings":
            say(f"{name:20} {value}")
    for warning in found["warnings"]:
        say(f"warning: {warning}")
    return OK


@app.command(epilog="Example: marketsim network convert fixtures/california/network.raw out/ca.m")
def convert(
    file: CaseFile, out: Annotated[Path, typer.Argument(help="A .raw or .m file to write.")]
) -> int:
    """Write a case as PSS/E RAW 30 (.raw) or MATPOWER (.m)."""
    from simulator.network.matpower.writer import write_matpower
    from simulator.network.raw.writer import write_raw

    writers = {".raw": write_raw, ".m": write_matpower}
    writer = writers.get(out.suffix.lower())
    if writer is None:
        finding = Finding(
            "NET0101", "the format to write is not known", str(out), out.suffix or "no ending",
            ".raw or .m", "give the file one of these endings",
        )  # fmt: skip
        raise Refused([finding])
    case = read_case(file)
    text = writer(case)
    with file_faults(out):
        write_whole(out, text.encode("latin-1"))
    say(f"written to {out}")
    return OK


@app.command(
    epilog="Example: marketsim network ptdf docs/examples/auction/network.m --source 1 --sink 3"
)
def ptdf(
    file: CaseFile,
    source: Annotated[int, typer.Option(help="Bus number of the injection.")],
    sink: Annotated[int, typer.Option(help="Bus number of the withdrawal.")],
    mw: Annotated[float, typer.Option(help="How much is transferred.")] = 1.0,
    outage: Annotated[str | None, typer.Option(help="FROM,TO,CKT out of service.")] = None,
    json: Json = False,
) -> int:
    """Flow on every branch of a transfer, also after an outage."""
    from simulator.network.report import ptdf as report

    branch = _branch(outage) if outage else None
    _finite(mw)
    network = dc_network(read_case(file))
    found = report(network, source, sink, mw, branch)
    if json:
        say_json(found)
        return OK
    for flow in found["flows"]:
        say(f"{flow['from']:>8} {flow['to']:>8} {flow['circuit']:>2} {flow['mw']:12.6f}")
    for warning in found["warnings"]:
        say(f"warning: {warning}")
    return OK


def _finite(mw: float) -> None:
    if not math.isfinite(mw):
        finding = Finding(
            "NET0103", "the transfer is not a figure", "--mw", str(mw), "a finite number of MW",
            "for example --mw 100",
        )  # fmt: skip
        raise Refused([finding])


def _branch(text: str) -> BranchKey:
    try:
        start, end, circuit = (part.strip() for part in text.split(","))
        return BranchKey(int(start), int(end), circuit)
    except ValueError:
        finding = Finding(
            "NET0102", "the outage is not a branch", "--outage", text, "FROM,TO,CKT",
            "for example --outage 1,3,1",
        )  # fmt: skip
        raise Refused([finding]) from None
