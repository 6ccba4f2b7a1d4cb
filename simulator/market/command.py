"""A command: what somebody asks of the market at a simulated moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OPERATOR = "OPERATOR"


@dataclass(frozen=True)
class Command:
    """`key` makes it count once: a command whose key is journalled is answered, not repeated.

    `at` is in epoch seconds of simulated time; `arguments` hold plain data only, so that the
    journal can keep and replay them.
    """

    key: str
    kind: str
    actor: str
    at: int
    arguments: Mapping[str, Any] = field(default_factory=dict)
