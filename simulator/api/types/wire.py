"""What the generated types share: their base, and the exact checks of their numbers.

msgspec checks lengths, patterns and enums while it reads. It knows no bounds or steps of decimals,
so each type with numbers asks `misfit` about them itself, after one inline test that is cheap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from msgspec import Struct, UnsetType, structs

STEP_0_001 = Decimal("0.001")
STEP_0_01 = Decimal("0.01")


class Wire(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Base of all objects on the wire: immutable, and with no property but its own."""


@dataclass(frozen=True)
class Number:
    """What a number must keep to: bounds included, and a multiple of `step` when there is one."""

    minimum: Decimal | None = None
    maximum: Decimal | None = None
    step: Decimal | None = None

    def fault(self, value: Decimal) -> str:
        """What is wrong with `value`, or "" when nothing is."""
        if not value.is_finite():
            return "is not a number"
        if self.minimum is not None and value < self.minimum:
            return f"is less than {self.minimum}"
        if self.maximum is not None and value > self.maximum:
            return f"is more than {self.maximum}"
        try:
            return (
                f"is not in the allowed steps of {self.step}"
                if self.step and value % self.step
                else ""
            )
        except ArithmeticError:
            return "is out of range"


def misfit(record: Wire, numbers: Mapping[str, Number]) -> ValueError:
    """The error that names every number of `record` that breaks its rule."""
    values = structs.asdict(record)
    faults = [
        f"{name} {values[name]} {fault}"
        for name, rule in numbers.items()
        if not isinstance(values[name], UnsetType) and (fault := rule.fault(values[name]))
    ]
    return ValueError("; ".join(faults))
