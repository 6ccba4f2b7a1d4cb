"""Who may do what: profiles taken over, functions requested and approved (wire contract 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.domain import Finding, refuse_if_any
from simulator.market.command import OPERATOR, Command
from simulator.market.messages import announce, send
from simulator.market.plain import operator_only, understood
from simulator.market.world import World
from simulator.rules import access
from simulator.rules.access import Access, Decision, Grant, GrantStatus, Service
from simulator.store import Transaction, special_tables

# What a participant's command asks of the service that takes it.
SERVICE_OF: Mapping[str, Service] = {
    "submit_load": Service.LOAD,
    "show_need": Service.LOAD,
    "upload_migration": Service.LOAD_MIGRATION,
    "request_tor_conversion": Service.TOR_CONVERSION,
    "post_secondary_offer": Service.SECONDARY_MARKET,
    "target_secondary_offer": Service.SECONDARY_MARKET,
    "respond_secondary_offer": Service.SECONDARY_MARKET,
    "prepay_wheeling": Service.NOMINATION,
}


def set_up(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """The operator sets the environment up; the first time, existing profiles are taken over."""
    done = announce(tx, world, command)
    if tx.rows(special_tables.access_grant):
        return done
    users = {name: name for name in world.participants}
    grants = access.migrated_profiles(tuple(world.participants.values()), users)
    tx.insert(special_tables.access_grant, (_row(grant) for grant in grants))
    return {**done, "profiles": len(users), "functions": len(grants)}


def request(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """A user asks for one function for one participant."""
    given = command.arguments
    with understood(command):
        participant = str(given["participant"])
        service, kind = Service(given["service"]), Access(given["access"])
    organisation = _organisation(world, command.actor)
    asked = Grant(command.actor, organisation, participant, service, kind)
    granted = access.request(asked, grants(tx), tuple(world.participants))
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
    refuse_if_any(operator_only(command))
    found = tuple(grant for grant in grants(tx) if _key(grant) == key)
    refuse_if_any([] if found else [_unknown(key)])
    decided = access.decide(found[0], decision, command.actor)
    tx.update(special_tables.access_grant, key, {"status": decided.status.value})
    text = f"{decided.access} {decided.service} for {decided.participant} is {decided.status}"
    send(tx, command.at, text, decided.user)
    return {**key, "status": decided.status.value}


def denied(tx: Transaction, command: Command) -> tuple[Finding, ...]:
    """Why the user may not use this function; nothing when it may.

    The operator may everything, and there is nothing to check before profiles are taken over.
    """
    service = SERVICE_OF.get(command.kind)
    if service is None or command.actor == OPERATOR:
        return ()
    known = grants(tx)
    if not known:
        return ()
    return access.access_findings(command.actor, command.actor, service, Access.WRITE, known)


def grants(tx: Transaction) -> tuple[Grant, ...]:
    """Every function that was ever requested, by user."""
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


def _organisation(world: World, user: str) -> str:
    participant = world.participants.get(user)
    return participant.name if participant else user


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
