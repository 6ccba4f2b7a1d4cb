"""A command: what somebody asks of the market at a simulated moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OPERATOR = "OPERATOR"


@dataclass(frozen=True)
class Command:
    """`key` makes it count once: a command whose key is journalled is answered, not repeated.

    `actor` is the participant for whom it is asked, or the operator; `user` is the one who asks,
    whose functions count. A user of the participant's own name needs no mention.

    `at` is in epoch seconds of simulated time; `arguments` hold plain data only, so that the
    journal can keep and replay them.
    """

    key: str
    kind: str
    actor: str
    at: int
    arguments: Mapping[str, Any] = field(default_factory=dict)
    user: str = ""

    def __post_init__(self) -> None:
        if not self.user:
            object.__setattr__(self, "user", self.actor)

    @property
    def is_operators(self) -> bool:
        """Whether the operator asks, and for nobody else."""
        return self.actor == OPERATOR == self.user
