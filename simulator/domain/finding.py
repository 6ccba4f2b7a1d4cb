"""The one shape of everything we refuse or warn about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong, in words its reader can act on.

    `where` names file, row and column (or field path); `found` is what stands there, `allowed`
    what may stand there, `remedy` what to do. `rule` cites the rule's source when there is one.
    """

    code: str
    message: str
    where: str = ""
    found: str = ""
    allowed: str = ""
    remedy: str = ""
    rule: str = ""

    def __str__(self) -> str:
        parts = [f"{self.where}: " if self.where else "", f"{self.code} {self.message}"]
        for label, text in (
            ("found", self.found),
            ("allowed", self.allowed),
            ("remedy", self.remedy),
            ("rule", self.rule),
        ):
            if text:
                parts.append(f"; {label}: {text}")
        return _printable("".join(parts))

    def as_dict(self) -> dict[str, str]:
        """The finding as plain strings, for JSON."""
        return asdict(self)


def _printable(text: str) -> str:
    """What a file holds may stand in a finding, but must not act on the reader's terminal."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


class Refused(Exception):
    """Input that is not accepted: carries every finding at once; nothing was done."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        assert self.findings, "a refusal needs at least one finding"
        # The findings are the argument, so that a copy made from `args` (by pickle, by the engine)
        # is the same refusal.
        super().__init__(self.findings)

    def __str__(self) -> str:
        return "\n".join(str(finding) for finding in self.findings)


def refuse_if_any(findings: Iterable[Finding]) -> None:
    """Raise `Refused` with all the findings, or return when there are none."""
    collected = tuple(findings)
    if collected:
        raise Refused(collected)
