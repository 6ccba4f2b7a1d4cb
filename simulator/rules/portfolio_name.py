"""What a portfolio may be called (rulebook 1.6)."""

from __future__ import annotations

import re

from simulator.domain import Finding

NAME_LENGTH_MAX = 100
_NAME = re.compile(r"[A-Za-z0-9 ._-]*[A-Za-z0-9][A-Za-z0-9 ._-]*")


def name_findings(name: str) -> list[Finding]:
    """Blank, too long, or of characters that no service takes; all that is wrong with it."""
    rule, where = "rulebook 1.6", "portfolioName"
    if not name.strip():
        return [
            Finding(
                "POR0215",
                "the portfolio name is blank",
                where,
                repr(name),
                "a name",
                "give it a name",
                rule,
            )
        ]
    findings = []
    if len(name) > NAME_LENGTH_MAX:
        limit = f"at most {NAME_LENGTH_MAX} characters"
        findings.append(
            Finding(
                "POR0103",
                "the portfolio name is too long",
                where,
                f"{len(name)} characters",
                limit,
                "shorten it",
                rule,
            )
        )
    if _NAME.fullmatch(name) is None:
        findings.append(
            Finding(
                "SER0022",
                "the portfolio name has illegal characters",
                where,
                name,
                "letters, digits, space, . _ - and at least one letter or digit",
                "change the name",
                rule,
            )
        )
    return findings
