"""Every tolerance of the second opinion, with the reason for its size.

A check that compares numbers names one of these; there is no other slack anywhere in this room.
"""

from __future__ import annotations

AWARD_STEP_MW = 0.001
"""Awards come in whole steps of this size (contract section 3)."""

FEASIBLE_MW = 1e-3
"""The rounded awards may exceed a limit by at most this much (contract section 3)."""

PRINTED = 1e-6
"""Half a unit of the sixth decimal, and as much again for the sum that was printed: published
MW, prices and shadow prices carry six decimals."""

ROUNDING_STEPS = 10
"""How many award steps rounding and its repair may move an award from the optimum; further only
where that costs less than the whole market may lose by rounding, `RELATIVE_VALUE`."""

PRICE_USD_PER_MW = 1e-4
"""A bid is at the margin when its price is this close to the path's: shadow prices are printed
to six decimals, and a path price adds up to a hundred of them, each times a factor below one."""

RELATIVE_VALUE = 1e-5
"""What rounding the awards may cost: a cent per 1,000 USD of value (issue C, item 5)."""

RELATIVE_GAP = 1e-6
"""Strong duality of the unrounded optimum, as far as six printed decimals can show it."""

RELATIVE_PRINTED = 1e-9
"""Two numbers that should be the same number, printed twice."""

NOISE_USD = 5e-10
"""What double precision leaves of zero: an option pays where its spread in USD/MWh is above it,
and somebody can bear a shortfall where the positive net values are."""

FREE_SHARE = 1e-9
"""MW per MW below which a path does not feel a limit: what double precision leaves of zero."""

SOLVED_SHARE = 1e-10
"""How exactly a linear program is solved, in shares of the highest shadow price: the tightest
that HiGHS takes."""
