"""What the operator's side takes and gives; `openapi/marketsim_sim_v1.1.0_openapi.yaml` tells it.

These paths are ours, so their properties are in our own spelling (outer contract 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from simulator.market import access
from simulator.market.clock import CalendarEvent, ClockState
from simulator.market.migration import duns_numbers
from simulator.market.world import World
from simulator.rules.access import Access, GrantStatus, Service
from simulator.store import Transaction
from simulator.timeline.hours import iso_utc

UserName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]
Place = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}\Z")]
Password = Annotated[str, Meta(min_length=1, max_length=200)]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body of a request: what is not known is refused."""


class SetClock(Body, frozen=True):
    """Pause the clock, or let it run at `rate` simulated seconds a real one."""

    mode: Literal["paused", "running"]
    rate: Decimal | None = None


class Advance(Body, frozen=True):
    """`next_event`, the id of an event, or an ISO time with its zone."""

    to: Annotated[str, Meta(min_length=1, max_length=100)]


class Function(Body, frozen=True):
    """One function of one service."""

    service: Service
    access: Access


class Provision(Body, frozen=True):
    """A user who acts for a participant; without functions it gets all of the participant's role.

    `played` says that people play the participant from now on, so that the engine does not.
    """

    name: UserName
    participant: UserName | None = None
    organisation: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    functions: tuple[Function, ...] = ()
    played: bool = True
    password: Password | None = None
    legacy_p12: bool = False


class Fork(Body, frozen=True):
    """The name of a new environment, which is the first part of its paths."""

    name: Place


class Order(Body, frozen=True):
    """What the operator does by hand, in the market's own words."""

    command: Literal[
        "set_collateral",
        "verify_collateral",
        "send_message",
        "set_reference_load",
        "check_secondary_credit",
        "decide_access",
        "award_merchant",
        "correct_price",
        "rerun_day_ahead",
        "rerun_auction",
    ]
    arguments: dict[str, Any]


class ToldEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event of the calendar."""

    id: str
    at: str
    kind: str
    market: str = ""
    text: str = ""
    done: bool | None = None


class ToldClock(msgspec.Struct, frozen=True):
    """Where the clock stands and how it goes."""

    now: str
    mode: str
    rate: Decimal
    next_event: ToldEvent | None


class Played(msgspec.Struct, frozen=True):
    """Which month is played: two environments of one calendar and seed are one month."""

    scenario: str
    scenario_sha256: str
    seed: int
    participants: int


class ToldState(msgspec.Struct, frozen=True):
    """The books in one digest, as a run's summary has it, and how long their journal is."""

    state_digest: str
    journal_length: int


class ToldUser(msgspec.Struct, frozen=True):
    """A user with one function for a participant."""

    user: str
    organisation: str
    service: str
    access: str


class ToldParticipant(msgspec.Struct, frozen=True):
    """Who takes part; `duns` is the number under which utilities know it."""

    name: str
    role: str
    sinks: tuple[str, ...]
    duns: str
    users: tuple[ToldUser, ...]


class Provisioned(msgspec.Struct, frozen=True):
    """Who was provisioned, with everything that its client needs; `p12` is base64."""

    name: str
    participant: str
    functions: int
    played: bool
    serial: str
    certificate: str
    key: str
    authority: str
    p12: bytes


class Forked(msgspec.Struct, frozen=True):
    """Where a new environment is."""

    name: str
    crr: str
    sim: str
    clock: ToldClock


def told_clock(state: ClockState) -> ToldClock:
    """The clock for the wire."""
    event = state.next_event
    coming = None if event is None else ToldEvent(event.id, iso_utc(event.at), event.kind)
    return ToldClock(iso_utc(state.now), state.mode.value, state.rate, coming)


def told_event(event: CalendarEvent) -> ToldEvent:
    """An event for the wire."""
    return ToldEvent(event.id, iso_utc(event.at), event.kind, event.market, event.text, event.done)


def told_month(identity: Mapping[str, str]) -> Played:
    """What the books are marked with, for the wire."""
    return Played(
        identity["scenario"],
        identity["scenario_sha256"],
        int(identity["seed"]),
        int(identity["participants"]),
    )


def told_participants(tx: Transaction, world: World) -> list[ToldParticipant]:
    """Everybody by name, with the functions that count."""
    users: dict[str, list[ToldUser]] = {}
    for grant in access.grants(tx):
        if grant.status is GrantStatus.APPROVED:
            told = ToldUser(grant.user, grant.organisation, grant.service, grant.access)
            users.setdefault(grant.participant, []).append(told)
    numbers = {name: number for number, name in duns_numbers(world).items()}
    return [
        ToldParticipant(
            name, known.role.value, known.sinks, numbers[name], tuple(users.get(name, ()))
        )
        for name, known in sorted(world.participants.items())
    ]
