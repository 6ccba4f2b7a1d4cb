"""The network model as participants download it: the RAW file and its tables (rulebook 3.1, 8.3).

The grid itself is for those who signed the non-disclosure agreement: which branches there are,
their impedances, ratings and state, what is injected, what contingencies and interfaces consist of.
Everybody gets the names of constraints, and the buses of the locations with their factors: those
stand in the SOURCE_SINK download too, which is public and has them by contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simulator.domain import Tou
from simulator.domain.table import csv_text
from simulator.network.branch_data import case_branches
from simulator.network.dc import DcNetwork
from simulator.network.model import Location, NetworkModel
from simulator.network.period_model import case_of_network
from simulator.network.raw.writer import write_raw

Rows = list[tuple[object, ...]]
OF_TIME_OF_USE = (
    "LINE_AND_TRANSFORMER",
    "GEN_DISTRIBUTION_FACTOR",
    "LOAD_DISTRIBUTION_FACTOR",
    "DERATE",
)  # limits and factors differ


@dataclass(frozen=True)
class ModelFile:
    """`nda`: only for those who signed the non-disclosure agreement."""

    name: str
    text: str
    nda: bool


def model_files(model: NetworkModel, market: str, period: str, tou: Tou) -> tuple[ModelFile, ...]:
    """The RAW file of this period and time of use and the tables beside it, by name.

    Names are `<market>_<period>_<TOU>_NETWORK_MODEL.RAW` and `<market>_<period>_<KIND>.csv`, with
    the time of use before kinds that depend on it; kinds that are published in both sets carry
    `_PUBLIC` in the one without secrets.
    """
    prefix = f"{market}_{period}"
    case = case_of_network(model.case, model.network)
    files = [ModelFile(f"{prefix}_{tou.value}_NETWORK_MODEL.RAW", write_raw(case), True)]
    for kind, nda, header, rows in _tables(model, tou):
        name = f"{tou.value}_{kind}" if kind in OF_TIME_OF_USE else kind
        files.append(ModelFile(f"{prefix}_{name}.csv", csv_text(header, rows), nda))
    return tuple(sorted(files, key=lambda file: file.name))


def _tables(model: NetworkModel, tou: Tou) -> Iterable[tuple[str, bool, tuple[str, ...], Rows]]:
    network = model.network
    branch = ("FromBus", "ToBus", "Circuit")
    yield "LINE_AND_TRANSFORMER", True, (
        *branch, "FromName", "ToName", "DeviceType", "ReactancePU", "RateA", "RateB", "RateC",
        "InService", "Monitored",
    ), _lines_and_transformers(model)  # fmt: skip
    yield (
        "RESOURCE",
        True,
        ("Bus", "BusName", "ID", "MW", "MaxMW", "InService"),
        [
            (item.bus, _name(network, item.bus), item.id, item.p_mw, item.p_max_mw, item.status)
            for item in model.case.generators
        ],
    )
    hubs, laps = _of_type(model, "TH"), _of_type(model, "LAP")
    yield (
        "TRADING_HUB",
        False,
        ("TradingHub", "Biddable"),
        [(name, "Yes" if location.biddable else "No") for name, location in hubs.items()],
    )
    yield "GEN_DISTRIBUTION_FACTOR", False, (
        "TradingHub", "Bus", "BusName", "Factor", "TOU",
    ), _factors(hubs, network, tou)  # fmt: skip
    yield "LOAD_DISTRIBUTION_FACTOR", False, (
        "LoadAggregationPoint", "Bus", "BusName", "Factor", "TOU",
    ), _factors(laps, network, tou)  # fmt: skip
    yield (
        "CONTINGENCY",
        True,
        ("Contingency", *branch, "Bus", "ID"),
        _contingencies(model),
    )
    yield (
        "CONTINGENCY_PUBLIC",
        False,
        ("Contingency", "Elements"),
        [(item.name, len(item.branches) + len(item.machines)) for item in model.contingencies],
    )
    yield "INTERFACE", True, (
        "Interface", *branch, "Weight", "ForwardLimitMW", "ReverseLimitMW",
    ), [
        (item.name, *key, weight, _limit(item.forward_limit_mw), _limit(item.reverse_limit_mw))
        for item in model.interfaces
        for key, weight in item.terms
    ]  # fmt: skip
    yield "INTERFACE_PUBLIC", False, ("Interface",), [(item.name,) for item in model.interfaces]
    yield "OUTAGE", True, branch, [tuple(key) for key in model.outages]
    yield "DERATE", True, (*branch, "ReleasedMW", "LimitMW"), _derates(model)


def _of_type(model: NetworkModel, kind: str) -> dict[str, Location]:
    locations = sorted((model.locations or {}).items())
    return {name: location for name, location in locations if location.type == kind}


def _contingencies(model: NetworkModel) -> Rows:
    """One row for each branch, then one for each machine that is lost."""
    rows: Rows = []
    for item in model.contingencies:
        rows += [(item.name, *key, "", "") for key in item.branches]
        rows += [(item.name, "", "", "", *machine) for machine in item.machines]
    return rows


def _lines_and_transformers(model: NetworkModel) -> Rows:
    network = model.network
    enforced = None if model.monitored is None else {key.undirected for key in model.monitored}
    rows: Rows = []
    for k, item in enumerate(case_branches(model.case)):
        key = item.key
        rated = bool((network.rating_mw[k] > 0).any())
        monitored = rated and (enforced is None or key.undirected in enforced)
        rows.append(
            (
                *key, _name(network, key.from_bus), _name(network, key.to_bus),
                "TRANSFORMER" if item.is_transformer else "LINE", item.z_pu.imag,
                *network.rating_mw[k].tolist(), int(network.in_service[k]), int(monitored),
            )
        )  # fmt: skip
    return rows


def _derates(model: NetworkModel) -> Rows:
    """Branches in service whose rating A is lower than in the case as it was released."""
    limits = zip(model.network.rating_mw[:, 0].tolist(), model.network.in_service, strict=True)
    return [
        (*item.key, item.ratings_mva[0], limit_mw)
        for item, (limit_mw, live) in zip(case_branches(model.case), limits, strict=True)
        if live and limit_mw < item.ratings_mva[0]
    ]


def _factors(aggregates: Mapping[str, Location], network: DcNetwork, tou: Tou) -> Rows:
    return [
        (name, bus, _name(network, bus), repr(factor), tou.value)
        for name, location in aggregates.items()
        for bus, factor in location.factors.get(tou, ())
    ]


def _limit(value: float | None) -> float | str:
    return "" if value is None else value


def _name(network: DcNetwork, bus: int) -> str:
    return network.bus_name[network.bus_index(bus)]
