"""`[[market]]` of a scenario: what is sold, in which kind of market, out of which capacity."""

from __future__ import annotations

import re

from simulator.domain import Market, MarketKind, MarketTerm, Period, Product, Tier, Tou
from simulator.domain.settings import ClearingSettings, Settings
from simulator.timeline.document import Document, Table
from simulator.timeline.event import MarketSpec

FIELDS = ("name", "kind", "term", "tier", "periods", "limit_scale", "data_year")
NAME = re.compile(r"[A-Za-z0-9._ -]{1,50}")  # wire contract 5: at most 50 characters
YEAR = re.compile(r"[0-9]{4}")
SEASONS_A_YEAR = 4
TIERS = {
    (MarketKind.AUCTION, MarketTerm.MONTHLY): (Tier.NONE,),
    (MarketKind.AUCTION, MarketTerm.ANNUAL): (Tier.NONE,),
    (MarketKind.ALLOCATION, MarketTerm.MONTHLY): (Tier.T1, Tier.T2),
    (MarketKind.ALLOCATION, MarketTerm.ANNUAL): (Tier.PNP, Tier.LT, Tier.T2, Tier.T3),
}


def read_markets(document: Document, settings: Settings) -> tuple[MarketSpec, ...]:
    """Every market that could be read, without its windows; the faults are in `document`."""
    specs: list[MarketSpec] = []
    lines: dict[str, int] = {}
    for table in document.tables("market"):
        name = _name(table)
        if name in lines:
            message = f"market {name} is declared twice, first on line {lines[name]}"
            table.fault("SCN_DUPLICATE", "name", message, "one market a name", "rename or remove")
        elif (spec := _read_market(table, name, settings.clearing)) is not None:
            specs.append(spec)
        lines.setdefault(name, table.line)
    return tuple(specs)


def _name(table: Table) -> str:
    name = table.text("name")
    if name and not NAME.fullmatch(name):
        allowed = "1 to 50 letters, digits, spaces, points, underscores and hyphens"
        table.fault("SCN_VALUE", "name", "this is not a market name", allowed)
    return name


def _read_market(table: Table, name: str, clearing: ClearingSettings) -> MarketSpec | None:
    """The market of one table; None when its name or class leaves nothing to check against."""
    table.only(FIELDS)
    kind_text = table.choice("kind", tuple(MarketKind))
    term_text = table.choice("term", tuple(MarketTerm))
    if not name or kind_text is None or term_text is None:
        table.texts("periods")
        return None
    kind, term = MarketKind(kind_text), MarketTerm(term_text)
    tier = _tier(table, kind, term)
    periods = _periods(table, term)
    products = tuple(Product(period, tou) for period in periods for tou in Tou)
    market = Market(name, kind, term, tier, products, _limit_scale(table, term, tier, clearing))
    data_year = _data_year(table, periods[0].start.year if periods else 0)
    return MarketSpec(market, data_year, (), None, None, table.line)


def _tier(table: Table, kind: MarketKind, term: MarketTerm) -> Tier:
    allowed = TIERS[kind, term]
    found = table.text("tier", "")
    if found in allowed:
        return Tier(found)
    words = " or ".join(allowed) if Tier.NONE not in allowed else "no tier"
    message = f"{'no' if not found else 'this'} tier for a {term.lower()} {kind.lower()}"
    table.fault("SCN_VALUE", "tier" if found else "", message, words)
    return allowed[0]


def _periods(table: Table, term: MarketTerm) -> tuple[Period, ...]:
    """One month for a monthly market, one to four seasons of one year for an annual one."""
    periods: list[Period] = []
    for name in table.texts("periods"):
        try:
            periods.append(Period.parse(name))
        except ValueError as error:
            remedy = "write a month or a season"
            table.fault("SCN_VALUE", "periods", str(error), "2024_M04 or 2025_S01", remedy)
    letter, most = ("_M", 1) if term is MarketTerm.MONTHLY else ("_S", SEASONS_A_YEAR)
    fits = (
        len(periods) in range(1, most + 1)
        and all(letter in period.name for period in periods)
        and len({period.start.year for period in periods}) == 1
        and len(set(periods)) == len(periods)
    )
    if not fits:
        allowed = "one month" if most == 1 else "one to four different seasons of one year"
        message = f"these are not the periods of a {term.lower()} market"
        table.fault("SCN_VALUE", "periods", message, allowed)
    return tuple(sorted(periods))


def _limit_scale(table: Table, term: MarketTerm, tier: Tier, clearing: ClearingSettings) -> float:
    """The market's own share of the limits, else the setting of its term (rulebook 3.2)."""
    if "limit_scale" in table.values:
        value = table.values["limit_scale"]
        if type(value) in (int, float) and 0 < value <= 1:
            return float(value)
        table.fault("SCN_RANGE", "limit_scale", "limit_scale is out of range", "above 0, at most 1")
    if term is MarketTerm.MONTHLY:
        return clearing.monthly_limit_scale
    return clearing.long_term_limit_scale if tier is Tier.LT else clearing.annual_limit_scale


def _data_year(table: Table, default: int) -> int:
    """A year as a number, or as a text so that it can hold a placeholder."""
    value = table.values.get("data_year", default)
    if isinstance(value, str):
        value = table.text("data_year")
        value = int(value) if YEAR.fullmatch(value) else value
    if type(value) is not int or ("data_year" in table.values and not 2000 <= value <= 2100):
        table.fault("SCN_VALUE", "data_year", "data_year is not a year", "2000 to 2100")
        return default
    return value
