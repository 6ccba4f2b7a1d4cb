"""`market.toml` of a case folder: what kind of market, and how it is cleared."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from typing import Any

from simulator.domain import Finding

MARKET_FILE = "market.toml"

OBJECTIVES = {"auction": ("bid_value",), "allocation": ("weighted_least_squares", "max_mw")}
CHOICES = {
    "kind": ("auction", "allocation"),
    "objective": ("bid_value", "weighted_least_squares", "max_mw"),
    "base_rating": ("A", "B", "C"),
    "contingency_rating": ("A", "B", "C"),
    "infeasible_base": ("relax", "refuse"),
    "curve": ("linear", "step"),
}
DEFAULTS = {
    "limit_scale": 1.0,
    "base_rating": "A",
    "contingency_rating": "B",
    "infeasible_base": "relax",
    "curve": "linear",
}


def read_market(content: str) -> tuple[dict[str, Any], list[Finding]]:
    """Its keys with their defaults; {} and the findings when anything is wrong with them."""
    try:
        data = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        finding = Finding("CLR0203", "market.toml is not TOML", MARKET_FILE, str(error),
                          'lines such as kind = "auction"', "correct the line")  # fmt: skip
        return {}, [finding]
    findings = list(_market_findings(data))
    if findings:
        return {}, findings
    market = {**DEFAULTS, "objective": OBJECTIVES[data["kind"]][0], **data}
    market["limit_scale"] = float(market["limit_scale"])
    return market, []


def _market_findings(data: dict[str, Any]) -> Iterable[Finding]:
    known = {"name", "limit_scale", "impedance_correction", *CHOICES}
    for key in sorted(set(data) - known):
        yield Finding("CLR0204", f"{key} is not known", f"market.toml field {key}", key,
                      " ".join(sorted(known)), "remove it or correct its name")  # fmt: skip
    for key in ("name", "kind"):
        if key not in data:
            yield Finding("CLR0205", f"{key} is missing", f"market.toml field {key}", "nothing",
                          "some text", "add it")  # fmt: skip
    if not isinstance(data.get("name", ""), str):
        yield Finding("CLR0206", "name is text", "market.toml field name", str(data["name"]),
                      "some text", "put it in quotes")  # fmt: skip
    for key, options in CHOICES.items():
        if key in data and data[key] not in options:
            yield Finding("CLR0207", f"{key} cannot be that", f"market.toml field {key}",
                          str(data[key]), " or ".join(options), "choose one of them")  # fmt: skip
    if not isinstance(data.get("impedance_correction", True), bool):
        yield Finding("CLR0212", "impedance_correction is a switch",
                      "market.toml field impedance_correction", str(data["impedance_correction"]),
                      "true or false", "true as in PSS/E, false as in MATPOWER")  # fmt: skip
    scale = data.get("limit_scale", 1.0)
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale < 1e6:
        yield Finding("CLR0208", "limit_scale is a share", "market.toml field limit_scale",
                      str(scale), "a number above 0", "correct it")  # fmt: skip
    allowed = OBJECTIVES.get(str(data.get("kind")), ())
    if allowed and data.get("objective", allowed[0]) not in allowed:
        yield Finding("CLR0209", f"an {data['kind']} has another objective",
                      "market.toml field objective", str(data["objective"]),
                      " or ".join(allowed), "choose one of them")  # fmt: skip
