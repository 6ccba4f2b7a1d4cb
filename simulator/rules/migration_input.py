"""What a utility uploads when customers change their supplier, and what is wrong with it.

Rulebook 7.1: numbers of customers, summary of direct access service requests (DASR), and rates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from simulator.domain import Finding, MarketStatus, Tou
from simulator.rules.figure import ZERO
from simulator.rules.quantities import is_of_a_size


class CustomerClass(StrEnum):
    """The 21 classes of the load-migration service (rulebook 7.1)."""

    AGRICULTURAL = "AGRICULTURAL"
    RESIDENTIAL = "RESIDENTIAL"
    LIGHTING = "LIGHTING"
    SMALL_COM = "SMALL_COM"
    MED_COM = "MED_COM"
    INDUSTRIAL = "INDUSTRIAL"
    LARGE1_15 = "LARGE1_15"
    LARGE15_2 = "LARGE15_2"
    LARGE2_3 = "LARGE2_3"
    LARGE3_5 = "LARGE3_5"
    LARGE5_8 = "LARGE5_8"
    LARGE8_13 = "LARGE8_13"
    LARGE13_18 = "LARGE13_18"
    LARGE18_24 = "LARGE18_24"
    LARGE24_30 = "LARGE24_30"
    LARGE30_40 = "LARGE30_40"
    LARGE40_50 = "LARGE40_50"
    LARGE50_60 = "LARGE50_60"
    LARGE60_70 = "LARGE60_70"
    LARGE70_80 = "LARGE70_80"
    LARGE80_UP = "LARGE80_UP"


@dataclass(frozen=True, order=True)
class CustomerCount:
    """How many customers of a class an LSE serves."""

    lse: str
    customer_class: CustomerClass
    customers: int


@dataclass(frozen=True, order=True)
class Dasr:
    """How many customers of a class went from one LSE to another."""

    record_id: str
    customer_class: CustomerClass
    from_lse: str
    to_lse: str
    customers: int


@dataclass(frozen=True, order=True)
class CustomerRate:
    """kW of one customer of a class in a season (1 to 4) and time of use."""

    customer_class: CustomerClass
    tou: Tou
    season: int
    kw: Decimal


class Part(StrEnum):
    """The three uploads."""

    COUNTS = "COUNTS"
    DASRS = "DASRS"
    RATES = "RATES"


@dataclass(frozen=True)
class MigrationInput:
    """The three uploads of one utility for one load-migration market."""

    market: str
    udc: str
    effective_date: date
    counts: tuple[CustomerCount, ...]
    dasrs: tuple[Dasr, ...]
    rates: tuple[CustomerRate, ...]


def input_findings(
    given: MigrationInput,
    market_status: MarketStatus | None,
    effective_date: date,
    udcs: Collection[str],
    lses: Collection[str],
    parts: Collection[Part] = tuple(Part),
) -> tuple[Finding, ...]:
    """Everything that is wrong with the uploads; all of it at once.

    `market_status` is None for an unknown market, `effective_date` the market's own (LMV023),
    `udcs` may submit, `lses` are registered. Uploads are compared once both are among `parts`.
    """
    findings = _window_findings(given, market_status)
    if given.effective_date != effective_date:
        findings.append(
            _finding(
                "LMV023",
                "the effective date is not the market's",
                "effectiveDate",
                given.effective_date.isoformat(),
                effective_date.isoformat(),
                "use the first day of the market's month",
            )
        )
    if given.udc not in udcs:
        findings.append(
            _finding(
                "LMV024",
                f"UDC name {given.udc} is invalid",
                "udcName",
                given.udc,
                ", ".join(sorted(udcs)),
                "use the utility's own name",
            )
        )
    findings += _lse_findings(given, lses) + _repeated_findings(given)
    findings += _number_findings(given) + _transfer_findings(given)
    if Part.COUNTS in parts and Part.DASRS in parts:
        findings += _count_findings(given)
    findings += _rate_findings(given)
    if Part.RATES in parts:
        findings += _missing_rates(given)
    return tuple(findings)


def _window_findings(given: MigrationInput, market_status: MarketStatus | None) -> list[Finding]:
    if market_status == MarketStatus.OPEN:
        return []
    if market_status is None:
        return [
            _finding(
                "LMV1003",
                f"load migration market {given.market} is unknown",
                "loadMigrationMarket",
                given.market,
                "a market of the active list",
                "correct the name",
            )
        ]
    message, found = f"the window of {given.market} is not open", market_status.value
    remedy = "submit while the window is open"
    place, allowed = "loadMigrationMarket", MarketStatus.OPEN.value
    return [_finding("LMV0102", message, place, found, allowed, remedy)]


def _lse_findings(given: MigrationInput, lses: Collection[str]) -> list[Finding]:
    named = [(count.lse, "numberOfCustomers") for count in given.counts]
    named += [(dasr.from_lse, f"DASR {dasr.record_id}, fromLse") for dasr in given.dasrs]
    named += [(dasr.to_lse, f"DASR {dasr.record_id}, toLse") for dasr in given.dasrs]
    known = set(lses)
    return [
        _finding(
            "SER0030",
            f"LSE {lse} is not registered",
            where,
            lse,
            "a registered load-serving entity",
            "correct the number of the LSE",
        )
        for lse, where in dict.fromkeys(named)
        if lse not in known
    ]


def _repeated_findings(given: MigrationInput) -> list[Finding]:
    keys = [f"customers of {item.lse}, {item.customer_class}" for item in given.counts]
    keys += [f"DASR record {item.record_id}" for item in given.dasrs]
    keys += [
        f"rate of {item.customer_class}, {item.tou}, season {item.season}" for item in given.rates
    ]
    return [
        _finding(
            "SER0030",
            f"{key} stands {times} times",
            key,
            str(times),
            "once",
            "leave only one of them",
        )
        for key, times in Counter(keys).items()
        if times > 1
    ]


def _transfer_findings(given: MigrationInput) -> list[Finding]:
    findings = []
    for dasr in given.dasrs:
        where = f"DASR {dasr.record_id}"
        if dasr.customers < 1:
            remedy = "leave the record out"
            message, found = "a transfer moves no customer", str(dasr.customers)
            findings.append(_finding("SER0030", message, where, found, "at least 1", remedy))
        if dasr.from_lse == dasr.to_lse:
            message, found = "a transfer ends where it begins", dasr.to_lse
            allowed, remedy = "two different LSEs", "correct one of the two"
            findings.append(_finding("SER0030", message, where, found, allowed, remedy))
    return findings


def _number_findings(given: MigrationInput) -> list[Finding]:
    return [
        _finding(
            "SER0030",
            f"an LSE cannot serve {item.customers} customers",
            f"customers of {item.lse}, {item.customer_class}",
            str(item.customers),
            "at least 0",
            "correct the number of customers",
        )
        for item in given.counts
        if item.customers < 0
    ]


def _count_findings(given: MigrationInput) -> list[Finding]:
    served = {(item.lse, item.customer_class): item.customers for item in given.counts}
    leaving: dict[tuple[str, CustomerClass], int] = {}
    findings = []
    for dasr in given.dasrs:
        key = (dasr.from_lse, dasr.customer_class)
        leaving[key] = leaving.get(key, 0) + max(dasr.customers, 0)
    for (lse, customer_class), customers in sorted(leaving.items()):
        if customers > served.get((lse, customer_class), 0):
            findings.append(
                _finding(
                    "SER0030",
                    f"more {customer_class} customers leave LSE {lse} than it serves",
                    f"LSE {lse}, {customer_class}",
                    str(customers),
                    f"at most {served.get((lse, customer_class), 0)}",
                    "correct the number of customers or the DASR summary",
                )
            )
    return findings


def _rate_findings(given: MigrationInput) -> list[Finding]:
    return [
        _finding(
            "SER0030",
            f"the rate of {rate.customer_class} is not a rate",
            f"rate of {rate.customer_class}, {rate.tou}, season {rate.season}",
            f"{rate.kw} kW, season {rate.season}",
            "at least 0 kW, seasons 1 to 4",
            "correct the rate",
        )
        for rate in given.rates
        if not is_of_a_size(rate.kw) or rate.kw < ZERO or rate.season not in range(1, 5)
    ]


def _missing_rates(given: MigrationInput) -> list[Finding]:
    findings = []
    present = {(rate.customer_class, rate.tou, rate.season) for rate in given.rates}
    needed = {count.customer_class for count in given.counts}
    needed |= {dasr.customer_class for dasr in given.dasrs}
    for customer_class in sorted(needed):
        missing = [
            f"{tou} season {season}"
            for season in range(1, 5)
            for tou in Tou
            if (customer_class, tou, season) not in present
        ]
        if missing:
            findings.append(
                _finding(
                    "SER0030",
                    f"class {customer_class} has customers but lacks rates",
                    f"rates of {customer_class}",
                    "missing: " + ", ".join(missing),
                    "a rate for every season and time of use",
                    "submit the missing rates",
                )
            )
    return findings


def _finding(code: str, message: str, where: str, found: str, allowed: str, remedy: str) -> Finding:
    return Finding(code, message, where, found, allowed, remedy, "rulebook 7.1")
