"""Where the special processes stand; events of the calendar lead them from state to state."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.domain import Finding, Market, Period, Refused
from simulator.market.world import World
from simulator.store import Transaction, special_tables
from simulator.timeline.process import STATES, ProcessKind, ProcessSpec


def spec_of(world: World, name: str, *kinds: ProcessKind) -> ProcessSpec | None:
    """The process of that name and one of those kinds; None when the calendar has none."""
    specs = (spec for spec in world.scenario.processes if not kinds or spec.kind in kinds)
    return next((spec for spec in specs if spec.name == name), None)


def of_kind(world: World, *kinds: ProcessKind) -> Iterator[ProcessSpec]:
    """The calendar's processes of those kinds."""
    return (spec for spec in world.scenario.processes if spec.kind in kinds)


def serving(world: World, kind: ProcessKind, period: Period) -> ProcessSpec | None:
    """The process of a kind that is about a period; None when the calendar has none."""
    return next((spec for spec in of_kind(world, kind) if period in spec.periods), None)


def load_window(world: World, market: Market, period: Period) -> ProcessSpec | None:
    """The window whose load a market's eligibility is measured on (rulebook 2.1)."""
    kind = ProcessKind.FORECAST_LOAD if "_M" in period.name else ProcessKind.HISTORICAL_LOAD
    return serving(world, kind, data_period(world, market, period))


def data_period(world: World, market: Market, period: Period) -> Period:
    """The period whose load stands for `period`: a month's own, a season's in the data year."""
    if "_M" in period.name:
        return period
    year = world.scenario.market(market.name).data_year
    return Period.parse(f"{year}_{period.name.split('_')[1]}")


def status(tx: Transaction, spec: ProcessSpec) -> str:
    """Where a process stands."""
    row = tx.one(special_tables.process, name=spec.name)
    return spec.first_status if row is None else str(row["status"])


def set_status(tx: Transaction, spec: ProcessSpec, following: str, at: int) -> None:
    """Lead a process one state further; refused when that is not the next one."""
    row = tx.one(special_tables.process, name=spec.name)
    states = STATES[spec.kind]
    place = 0 if row is None else int(row["steps"])
    allowed = states[place + 1] if place + 1 < len(states) else "nothing more"
    if following != allowed:
        raise Refused([_out_of_order(spec, states[place], following, allowed)])
    values = {"status": following, "steps": place + 1, "changed_at": at}
    if row is None:
        periods = " ".join(period.name for period in spec.periods)
        named = {"name": spec.name, "kind": spec.kind.value, "periods": periods}
        tx.insert(special_tables.process, [{**named, **values}])
    else:
        tx.update(special_tables.process, {"name": spec.name}, values)


def unknown(name: str) -> Refused:
    """There is no such process."""
    allowed, remedy = "a process of the calendar", "correct the name, or add it to the calendar"
    found = name or "nothing"
    return Refused(
        [
            Finding(
                "SER0017",
                "the process is unknown",
                "process",
                found,
                allowed,
                remedy,
                "rulebook 8.3",
            )
        ]
    )


def _out_of_order(spec: ProcessSpec, here: str, following: str, allowed: str) -> Finding:
    return Finding(
        "SER0017",
        f"{spec.name} is {here} and cannot become {following}",
        where=spec.name,
        found=following,
        allowed=allowed,
        remedy="check the order of the calendar's events",
        rule="rulebook 8.3",
    )
