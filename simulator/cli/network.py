"""`marketsim network`: what a power-flow case holds, other formats, and shift factors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.shell import OK, file_faults, say, say_json, write_whole
from simulator.domain import Finding, Refused
from simulator.network.branch import BranchKey, circuit_name
from simulator.network.branch_data import correction_warnings
from simulator.network.dc import dc_network
from simulator.network.folder import read_network_folder
from simulator.network.machine import MachineKey
from simulator.network.model import Contingency, NetworkModel
from simulator.network.read import read_case

app = typer.Typer(help="Power-flow cases: info, convert, ptdf.", no_args_is_help=True)

CaseFile = Annotated[Path, typer.Argument(help="PSS/E RAW (29 to 33) or MATPOWER.")]
CaseOrFolder = Annotated[
    Path, typer.Argument(help="PSS/E RAW (29 to 33) or MATPOWER, or a folder with its tables.")
]
Corrected = Annotated[
    bool, typer.Option(help="Impedance correction tables, as PSS/E; without as MATPOWER.")
]
Taps = Annotated[bool, typer.Option(help="Tap ratios; PSS/E's own DC flows can leave them out.")]
LoadsByVoltage = Annotated[
    bool, typer.Option(help="Loads at the file's voltages, or their constant power alone.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@app.command(epilog="Example: marketsim network info fixtures/california/network.raw")
def info(
    file: CaseOrFolder,
    impedance_correction: Corrected = True,
    taps: Taps = True,
    voltage_dependent_loads: LoadsByVoltage = True,
    json: Json = False,
) -> int:
    """Count what a case holds, with every warning; of a folder also its contingencies."""
    from simulator.network.report import info as report
    from simulator.network.report import model_info

    model = _model(file, impedance_correction, taps, voltage_dependent_loads)
    found = model_info(model) if file.is_dir() else report(model.case, model.network)
    if json:
        say_json(found)
        return OK
    for name, value in found.items():
        if name != "warnings":
            say(f"{name:24} {value}")
    for warning in found["warnings"]:
        say(f"warning: {warning}")
    return OK


@app.command(epilog="Example: marketsim network convert fixtures/california/network.raw out/ca.m")
def convert(
    file: CaseFile,
    out: Annotated[Path, typer.Argument(help="A .raw or .m file to write.")],
    impedance_correction: Corrected = True,
) -> int:
    """Write a case as PSS/E RAW 30 (.raw) or MATPOWER (.m), and tell what the format loses."""
    from simulator.network.matpower.writer import lost_in_matpower, write_matpower
    from simulator.network.raw.writer import write_raw

    suffix = out.suffix.lower()
    if suffix not in (".raw", ".m"):
        finding = Finding(
            "NET0101", "the format to write is not known", str(out), out.suffix or "no ending",
            ".raw or .m", "give the file one of these endings",
        )  # fmt: skip
        raise Refused([finding])
    case = read_case(file)
    warnings = list(case.warnings)
    if suffix == ".raw":
        text = write_raw(case)
    else:
        text = write_matpower(case, impedance_correction=impedance_correction)
        warnings += correction_warnings(case, impedance_correction=impedance_correction)
        warnings += lost_in_matpower(case)
    with file_faults(out):
        write_whole(out, text.encode("latin-1"))
    say(f"written to {out}")
    for warning in warnings:
        say(f"warning: {warning}")
    return OK


@app.command(
    epilog="Example: marketsim network ptdf docs/examples/auction/network.m --source 1 --sink 3"
)
def ptdf(
    file: CaseOrFolder,
    source: Annotated[int, typer.Option(help="Bus number of the injection.")],
    sink: Annotated[int, typer.Option(help="Bus number of the withdrawal.")],
    mw: Annotated[float, typer.Option(help="How much is transferred.")] = 1.0,
    outage: Annotated[
        list[str] | None,
        typer.Option(
            help="FROM,TO,CKT or BUS,MACHINE out, or a contingency of the folder; "
            "several go out together."
        ),
    ] = None,
    impedance_correction: Corrected = True,
    taps: Taps = True,
    json: Json = False,
) -> int:
    """Flow on every branch of a transfer, also after an outage."""
    from simulator.network.report import ptdf as report

    _finite(mw)
    model = _model(file, impedance_correction, taps)
    contingency = _together([_contingency(text, model) for text in outage]) if outage else None
    found = report(model.network, source, sink, mw, contingency)
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


def _model(path: Path, corrected: bool, taps: bool, by_voltage: bool = True) -> NetworkModel:
    """The case of a file by itself, or a folder's with its tables."""
    options = {
        "impedance_correction": corrected,
        "use_taps": taps,
        "voltage_dependent_loads": by_voltage,
    }
    if path.is_dir():
        return read_network_folder(path, **options)
    case = read_case(path)
    return NetworkModel(case, dc_network(case, **options), None, (), (), None)


def _together(items: Sequence[Contingency]) -> Contingency:
    """All that is out, as one contingency."""
    return Contingency(
        " and ".join(item.name for item in items),
        tuple(dict.fromkeys(key for item in items for key in item.branches)),
        tuple(dict.fromkeys(unit for item in items for unit in item.machines)),
    )


def _contingency(text: str, model: NetworkModel) -> Contingency:
    """A contingency of the folder by its name, else one branch or one machine."""
    for item in model.contingencies:
        if item.name == text:
            return item
    parts = [part.strip() for part in text.split(",")]
    try:
        match parts:
            case [start, end, circuit]:
                key = BranchKey(int(start), int(end), circuit_name(circuit))
                return Contingency(str(key), (key,))
            case [bus, machine]:
                unit = MachineKey(int(bus), circuit_name(machine))
                return Contingency(str(unit), (), (unit,))
    except ValueError:
        pass  # said below
    finding = Finding(
        "NET0102", "the outage is not known", "--outage", text,
        "FROM,TO,CKT of a branch, BUS,ID of a machine, or the name of a contingency of the folder",
        "for example --outage 1,3,1",
    )  # fmt: skip
    raise Refused([finding])
