"""Who may do what: profiles taken over, functions requested and approved (wire contract 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from simulator.domain import Finding, MarketKind, Refused, refuse_if_any
from simulator.market.command import OPERATOR, Command
from simulator.market.messages import announce, send, send_calendar
from simulator.market.plain import understood
from simulator.market.world import World
from simulator.rules import access
from simulator.rules.access import Access, Decision, Grant, GrantStatus, Service
from simulator.store import Transaction, books, special_tables

# What a participant's command asks of the service that takes it.
SERVICE_OF: Mapping[str, Service] = {
    "submit_load": Service.LOAD,
    "show_need": Service.LOAD,
    "upload_migration": Service.LOAD_MIGRATION,
    "request_tor_conversion": Service.TOR_CONVERSION,
    "decide_tor_conversion": Service.TOR_CONVERSION,
    "post_secondary_offer": Service.SECONDARY_MARKET,
    "target_secondary_offer": Service.SECONDARY_MARKET,
    "respond_secondary_offer": Service.SECONDARY_MARKET,
    "prepay_wheeling": Service.NOMINATION,
}
OF_A_MARKET = ("create_portfolio", "submit_portfolio", "retract_portfolio", "delete_portfolio")


def set_up(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The operator sets the environment up; the first time, existing profiles are taken over."""
    done = announce(tx, world, command)
    send_calendar(tx, world, command.at)
    functions = _take_over_profiles(tx, world)
    if not functions:
        return done
    return {**done, "profiles": len(world.participants), "functions": functions}


def _take_over_profiles(tx: Transaction, world: World) -> int:
    """The first time: every participant keeps what it has; how many functions that is."""
    if tx.rows(special_tables.access_grant):
        return 0
    users = {name: name for name in world.participants}
    profiles = access.migrated_profiles(tuple(world.participants.values()), users)
    tx.insert(special_tables.access_grant, (_row(grant) for grant in profiles))
    return len(profiles)


def request(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """A user asks for one function for one participant."""
    given = command.arguments
    with understood(command):
        participant = str(given["participant"])
        service, kind = Service(given["service"]), Access(given["access"])
    known = grants(tx)
    organisation = _organisation(world, command.user, known)
    asked = Grant(command.user, organisation, participant, service, kind)
    granted = access.request(asked, known, tuple(world.participants))
    tx.delete(special_tables.access_grant, _key(granted))
    tx.insert(special_tables.access_grant, [_row(granted)])
    return {**_key(granted), "status": granted.status.value}


def decide(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The operator approves, refuses or revokes."""
    given = command.arguments
    with understood(command):
        decision = Decision(given["decision"])
        key = {
            "user": str(given["user"]),
            "participant": str(given["participant"]),
            "service": Service(given["service"]).value,
            "access": Access(given["access"]).value,
        }
    found = tuple(grant for grant in grants(tx) if _key(grant) == key)
    refuse_if_any([] if found else [_unknown(key)])
    decided = access.decide(found[0], decision, command.user)
    tx.update(special_tables.access_grant, key, {"status": decided.status.value})
    text = f"{decided.access} {decided.service} for {decided.participant} is {decided.status}"
    send(tx, command.at, text, decided.user)
    return {**key, "status": decided.status.value}


def provision(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The operator gives a user functions for a participant at once; all of its role by default."""
    given = command.arguments
    with understood(command):
        user, organisation = str(given["user"]), str(given["organisation"])
        name = str(given["participant"])
        asked = tuple((Service(item), Access(kind)) for item, kind in given.get("functions", ()))
    participant = world.participants.get(name)
    if participant is None:
        raise Refused([_stranger(name)])
    _take_over_profiles(tx, world)  # before one user has functions, everybody has its own
    known = {access.function_of(grant): grant for grant in grants(tx)}
    functions = asked or access.functions_of(participant.role)
    new = access.approved(user, organisation, participant, functions)
    for grant in new:
        if access.function_of(grant) in known:
            tx.delete(special_tables.access_grant, _key(grant))
    tx.insert(special_tables.access_grant, (_row(grant) for grant in new))
    send(tx, command.at, f"{user} has {len(new)} functions for {name}", user)
    return {"user": user, "participant": name, "functions": len(new)}


def denied(tx: Transaction, world: World, command: Command) -> tuple[Finding, ...]:
    """Why the user may not use this function for the actor; nothing when it may.

    Functions are the user's, whichever door the command comes through. The operator may everything.
    """
    service = None if command.user == OPERATOR else _service_of(tx, command)
    if service is None:
        return ()
    own = _of_user(tx, world, command.user)
    return access.access_findings(command.user, command.actor, service, Access.WRITE, own)


def may_read(
    tx: Transaction, world: World, user: str, participant: str, service: Service
) -> tuple[Finding, ...]:
    """Why the user may not read what a service has for a participant; nothing when it may."""
    own = _of_user(tx, world, user)
    return access.access_findings(user, participant, service, Access.READ, own)


def grants(tx: Transaction) -> tuple[Grant, ...]:
    """Every function that was ever requested, by user."""
    return tx.derived("access grants", lambda: _grants(tx))


def users(tx: Transaction) -> tuple[str, ...]:
    """Everybody who ever had or asked for a function."""
    return tuple(tx.derived("access grants by user", lambda: _by_user(tx)))


def _grants(tx: Transaction) -> tuple[Grant, ...]:
    return tuple(
        Grant(
            row["user"],
            row["organisation"],
            row["participant"],
            Service(row["service"]),
            Access(row["access"]),
            GrantStatus(row["status"]),
        )
        for row in tx.rows(special_tables.access_grant)
    )


def _of_user(tx: Transaction, world: World, user: str) -> tuple[Grant, ...]:
    """Before the environment is set up, profiles are as they will be taken over."""
    if not grants(tx):
        known = world.participants.get(user)
        return access.migrated_profiles((known,), {user: user}) if known else ()
    by_user = tx.derived("access grants by user", lambda: _by_user(tx))
    return by_user.get(user, ())


def _by_user(tx: Transaction) -> dict[str, tuple[Grant, ...]]:
    ranked = sorted(grants(tx), key=lambda grant: grant.user)
    return {user: tuple(own) for user, own in groupby(ranked, key=lambda grant: grant.user)}


def _service_of(tx: Transaction, command: Command) -> Service | None:
    """Portfolios belong to the service of their market; one that is unknown is told so later."""
    if command.kind not in OF_A_MARKET:
        return SERVICE_OF.get(command.kind)
    state = books.market(tx, str(command.arguments.get("market", "")))
    if state is None:
        return None
    auction = state.market.kind == MarketKind.AUCTION
    return Service.AUCTION if auction else Service.NOMINATION


def _organisation(world: World, user: str, known: Iterable[Grant]) -> str:
    """The user's own, as it was provisioned; a participant's name, where the user is one."""
    participant = world.participants.get(user)
    own = (grant.organisation for grant in known if grant.user == user)
    return participant.name if participant else next(own, user)


def _key(grant: Grant) -> dict[str, str]:
    return {
        "user": grant.user,
        "participant": grant.participant,
        "service": grant.service.value,
        "access": grant.access.value,
    }


def _row(grant: Grant) -> dict[str, str]:
    return {**_key(grant), "organisation": grant.organisation, "status": grant.status.value}


def _unknown(key: Mapping[str, str]) -> Finding:
    return Finding(
        "SER0017",
        "this function was not requested",
        where="grant",
        found=", ".join(key.values()),
        allowed="a function that a user requested",
        remedy="let the user request it first",
        rule="rulebook 9.4",
    )


def _stranger(name: str) -> Finding:
    return Finding(
        "SEC0002",
        f"participant {name} is unknown",
        where="participantName",
        found=name,
        allowed="a participant of the market",
        remedy="correct the participant's name",
        rule="rulebook 9.4",
    )
