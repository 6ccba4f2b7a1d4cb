"""Who takes part."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a participant is, which decides what it may do and how it acts."""

    LSE = "LSE"  # load-serving entity of a utility area
    CCA = "CCA"  # community choice aggregator: a load-serving entity too
    OBAALSE = "OBAALSE"  # load-serving entity outside the balancing area
    GENERATOR = "GENERATOR"
    TRADER = "TRADER"  # financial participant
    MUNICIPAL = "MUNICIPAL"  # metered subsystem or pumps: load and, often, rights of its own

    @property
    def serves_load(self) -> bool:
        """Whether the role may nominate in allocations, where it has a sink (rulebook 2.6)."""
        return self in (Role.LSE, Role.CCA, Role.OBAALSE, Role.MUNICIPAL)

    @property
    def supplies_customers(self) -> bool:
        """Whether it serves a utility's customers, who may change to another one (rulebook 7.1)."""
        return self in (Role.LSE, Role.CCA)


@dataclass(frozen=True)
class Participant:
    """`participant_id` is the scheduling-coordinator id, at most ten characters on the wire.

    `sink` is the location at which the participant serves load ("" when it serves none),
    `more_sinks` are further ones.
    """

    participant_id: str
    name: str
    role: Role
    sink: str = ""
    more_sinks: tuple[str, ...] = ()

    @property
    def sinks(self) -> tuple[str, ...]:
        """Every location at which the participant serves load."""
        return (self.sink, *self.more_sinks) if self.sink else ()
