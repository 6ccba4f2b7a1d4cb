"""Arguments of commands are plain data from outside: what cannot be read is refused, not raised."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from simulator.domain import Finding, Refused
from simulator.market.command import OPERATOR, Command


@contextmanager
def understood(command: Command) -> Iterator[None]:
    """Refused with SER0017 when a value is missing, of the wrong kind or spelt wrongly."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        found = f"{type(error).__name__}: {error}"
        raise Refused(
            [
                Finding(
                    "SER0017",
                    "the request is invalid",
                    where=command.kind,
                    found=found,
                    allowed="the fields of the service, spelt as there",
                    remedy="correct the request and send it again",
                    rule="wire contract 1.2",
                )
            ]
        ) from error


def acting_for(command: Command, owner: str) -> list[Finding]:
    """SEC0001 unless it is asked for the owner, or by the operator."""
    if command.actor == owner or command.is_operators:
        return []
    return [_no_privilege(command.actor, owner, "act for your own organisation")]


def operator_only(command: Command) -> list[Finding]:
    """SEC0001 unless the operator asks."""
    if command.is_operators:
        return []
    return [_no_privilege(command.user, OPERATOR, "leave it to the operator")]


def _no_privilege(found: str, owner: str, remedy: str) -> Finding:
    return Finding(
        "SEC0001",
        f"no privilege for participant {owner}",
        where="participantName",
        found=found,
        allowed=owner,
        remedy=remedy,
        rule="wire contract 1.2",
    )
