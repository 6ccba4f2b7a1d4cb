"""A run as the plain data of its report: everything read from the store, nothing computed anew."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from simulator.domain import (
    Finding,
    MarketState,
    Product,
    Tou,
)
from simulator.market import results
from simulator.market.posting import market_awards
from simulator.market.report_events import about, outcome
from simulator.market.report_settlement import settlement_section
from simulator.market.room import MarketRoom
from simulator.market.world import World
from simulator.publish.report_view import (
    PENDING,
    CreditRow,
    DayCell,
    EligibilityRow,
    EventRow,
    MapBranch,
    MapBus,
    MapLocation,
    MarketSection,
    NetworkMap,
    ProductRow,
    RefusalRow,
    ReportView,
    WeekRow,
)
from simulator.store import Entry, Transaction, books, tables
from simulator.timeline.event import WEEKDAYS, Event
from simulator.timeline.hours import local

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")

KNOWN_LIMITS = (
    "The network, its ratings, load, offers and every participant are synthetic.",
    "The power flow is DC: no losses, no voltages, no reactive power.",
    "Holders of transmission rights (TOR, ETC) schedule the same share of their MW in every hour; "
    "they get its congestion back, but the day-ahead dispatch moves nothing for them, and what "
    "they were charged or paid for it there is on no statement of CRRs.",
    "An outage is in a monthly model when it lasts through the period that the settings name; "
    "shorter ones do not derate limits.",
    "A nomination from a trading hub clears node by node; counter CRRs make the hub CRR inject "
    "what its legs were awarded.",
)


def report_view(room: MarketRoom) -> ReportView:
    """The whole page's data."""
    world, entries = room.world, room.store.entries()
    by_key = {entry.key: entry for entry in entries}
    with room.store.reading() as tx:
        return ReportView(
            title=world.scenario.title,
            scenario=world.scenario.name,
            seed=world.seed,
            simulated_from=_clock(world, entries[0].at) if entries else "",
            simulated_to=_clock(world, entries[-1].at) if entries else "",
            state_digest=room.store.state_digest(),
            journal_digest=room.store.journal_digest(),
            weeks=_weeks(world, by_key),
            network=_network(world),
            participants=books.participants(tx),
            markets=tuple(_market(tx, state) for state in books.markets(tx)),
            refusals=tuple(_refusals(world, entries)),
            eligibility=tuple(_eligibility(tx)),
            credit=tuple(_credit(tx)),
            settlement=settlement_section(tx, world),
            known_limits=KNOWN_LIMITS,
        )


def _clock(world: World, at: int) -> str:
    return local(at, world.settings.calendar.timezone).strftime("%Y-%m-%d %H:%M")


def _weeks(world: World, by_key: dict[str, Entry]) -> tuple[WeekRow, ...]:
    cells: dict[tuple[int, str], list[Event]] = defaultdict(list)
    for event in world.scenario.events:
        cells[event.week, event.day].append(event)
    weeks = sorted({week for week, _ in cells})
    return tuple(
        WeekRow(
            week,
            tuple(
                DayCell(
                    name,
                    (world.scenario.first_monday + timedelta(7 * (week - 1) + offset)).isoformat(),
                    tuple(dict.fromkeys(e.says for e in cells[week, day] if e.says)),
                    tuple(_event(world, event, by_key) for event in cells[week, day]),
                )
                for offset, (name, day) in enumerate(zip(WEEKDAY_NAMES, WEEKDAYS, strict=False))
            ),
        )
        for week in weeks
    )


def _event(world: World, event: Event, by_key: dict[str, Entry]) -> EventRow:
    entry = by_key.get(event.id)
    return EventRow(
        event.id,
        _clock(world, event.at),
        event.kind.value,
        event.market,
        entry.status if entry else PENDING,
        outcome(event, json.loads(entry.effect)) if entry else "",
        about(event),
    )


def _network(world: World) -> NetworkMap:
    model = world.folder.model
    buses = tuple(
        MapBus(bus.number, bus.name.strip(), *world.folder.coordinates[bus.number], bus.base_kv)
        for bus in model.case.buses
        if bus.number in world.folder.coordinates
    )
    return NetworkMap(
        buses,
        tuple(MapBranch(key.from_bus, key.to_bus, key.circuit) for key in model.network.key),
        tuple(
            MapLocation(name, location.type, location.factors[Tou.ON])
            for name, location in sorted(world.locations.items())
        ),
        "Places are approximate and for drawing only; the network is synthetic.",
    )


def _market(tx: Transaction, state: MarketState) -> MarketSection:
    market = state.market
    awards = market_awards(tx, market.name)
    cleared = {
        (row["period"], row["tou"]) for row in tx.rows(tables.cleared_product, market=market.name)
    }
    return MarketSection(
        name=market.name,
        title=f"{market.term.value.capitalize()} {market.kind.value.lower()} {market.tier}".strip(),
        kind=market.kind.value,
        status=state.status.value,
        limit_scale=Decimal(str(market.limit_scale)),
        products=tuple(
            _product(tx, market.name, product, awards)
            for product in market.products
            if (product.period.name, product.tou.value) in cleared
        ),
        awards=awards,
        prices=results.prices(tx, market=market.name),
        binding=results.binding(tx, market=market.name),
        relaxed=results.relaxed(tx, market=market.name),
    )


def _product(tx: Transaction, market: str, product: Product, awards: Iterable[Any]) -> ProductRow:
    problems: list[dict[str, Any]] = results.summary(tx, market, product)["problems"]
    problem = problems[0] if problems else {}
    own = [a for a in awards if (a.period, a.tou) == (product.period.name, product.tou)]
    return ProductRow(
        product.period.name,
        product.tou,
        len(own),
        sum((award.submitted_mw for award in own), Decimal(0)),
        sum((award.awarded_mw for award in own), Decimal(0)),
        Decimal(str(problem.get("objective", 0))),
        problem.get("relative_gap", 0.0),
        problem.get("max_violation_mw", 0.0),
        problem.get("constraints_screened", 0),
        problem.get("binding", 0),
    )


def _refusals(world: World, entries: Iterable[Entry]) -> Iterable[RefusalRow]:
    for entry in entries:
        if entry.command not in ("create_portfolio", "submit_portfolio"):
            continue
        effect = json.loads(entry.effect)
        findings = effect if entry.status == "refused" else effect.get("findings", [])
        market, participant, portfolio = entry.key.split("/")[:3]
        for found in findings:
            finding = Finding(**found)
            yield RefusalRow(
                _clock(world, entry.at),
                participant,
                market,
                portfolio,
                finding.code,
                finding.message,
                finding.where,
                finding.found,
                finding.allowed,
                finding.remedy,
            )


def _eligibility(tx: Transaction) -> Iterable[EligibilityRow]:
    for row in tx.rows(tables.nomination_cap):
        how = json.loads(row["how"])
        yield EligibilityRow(
            row["participant"],
            row["sink"],
            row["period"],
            Tou(row["tou"]),
            f"{row['kind']} {row['market']}",
            row["mw"],
            how["formula"],
        )


def _credit(tx: Transaction) -> Iterable[CreditRow]:
    for row in tx.rows(tables.collateral_check):
        passed = bool(row["passed"])
        short = row["required_usd"] - row["available_usd"]
        yield CreditRow(
            row["market"],
            row["participant"],
            row["required_usd"],
            row["available_usd"],
            passed,
            "" if passed else f"short by {short:,.2f} USD",
        )
