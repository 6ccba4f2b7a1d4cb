"""Import capability at scheduling points that is held back for the auction (rulebook 2.8)."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.domain.settings import EligibilitySettings
from simulator.rules.figure import ZERO, Figure, Quantity, figure, mw_figure, share

DEFAULTS = EligibilitySettings()


@dataclass(frozen=True)
class SetAside:
    """What one intertie holds back, and the import limits that later markets therefore see."""

    interface: str
    set_aside_mw: Figure
    tier_2_limit_mw: Figure
    auction_limit_mw: Figure


def set_aside(
    interface: str,
    limit_mw: Quantity,
    fixed_use_mw: Quantity,
    tier_1_use_mw: Quantity,
    settings: EligibilitySettings = DEFAULTS,
) -> SetAside:
    """A share of what tier 1 left of the intertie's import limit (rulebook 2.8).

    Uses are net MW in the import direction. Counter-flow adds nothing to the residual: a use
    below zero counts as none, and an intertie that is used up holds nothing back.
    """
    limit = figure("import limit", limit_mw)
    fixed = figure("fixed CRRs and rights", fixed_use_mw)
    tier_1 = figure("tier 1 awards", tier_1_use_mw)
    part = figure("share", share(settings.set_aside_share), "of 1")
    used = max(fixed.value + tier_1.value, ZERO)
    residual = mw_figure(
        "residual",
        limit.value - used,
        "import limit - fixed CRRs and rights - tier 1 awards",
        (limit, fixed, tier_1),
        "2.8",
    )
    held = mw_figure(
        "set-aside", part.value * residual.value, "share x residual", (part, residual), "2.8"
    )
    tier_2 = mw_figure(
        "tier 2 limit", limit.value - held.value, "import limit - set-aside", (limit, held), "2.8"
    )
    auction = mw_figure("auction limit", limit.value, "import limit", (limit,), "2.8")
    return SetAside(interface, held, tier_2, auction)
