"""What a verification says: named checks, each with what it found and what it allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One thing that was checked. `worst` names the place that came closest to, or broke, it."""

    name: str
    ok: bool
    found: str
    allowed: str
    worst: str = ""

    def __str__(self) -> str:
        text = (
            f"{'ok  ' if self.ok else 'FAIL'} {self.name}: {self.found} (allowed: {self.allowed})"
        )
        return f"{text} at {self.worst}" if self.worst and not self.ok else text


@dataclass(frozen=True)
class Verification:
    """All checks of one folder, in the order they were made."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether every check holds; a verification without checks does not."""
        return bool(self.checks) and all(check.ok for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if not check.ok)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"ok": self.ok, "checks": [asdict(check) for check in self.checks]}


@dataclass(frozen=True)
class Offence:
    """One place that breaks a check, by how much, in words."""

    size: float
    where: str
    found: str


def judged(name: str, allowed: str, offences: Iterable[Offence], looked_at: int) -> Check:
    """The check `name` over `looked_at` places: it fails when any offends; the worst is shown."""
    found = list(offences)
    if not found:
        return Check(name, True, f"{looked_at} checked, none off", allowed)
    worst = max(found, key=lambda offence: (offence.size, offence.where))
    return Check(
        name, False, f"{len(found)} of {looked_at} off, worst {worst.found}", allowed, worst.where
    )


def within(name: str, value: float, limit: float, unit: str, worst: str = "") -> Check:
    """The check that the size of `value` stays within `limit`; not-a-number fails."""
    return Check(name, abs(value) <= limit, f"{value:.6g} {unit}", f"{limit:.6g} {unit}", worst)


def prefixed(prefix: str, checks: Iterable[Check]) -> tuple[Check, ...]:
    """The same checks under `prefix`, for a folder of folders."""
    return tuple(
        Check(f"{prefix}{check.name}", check.ok, check.found, check.allowed, check.worst)
        for check in checks
    )
