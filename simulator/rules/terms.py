"""How long rights last: tier LT is issued season by season, merchant rights by the facility's life.

Rulebook 1.3 and 7.4.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from simulator.domain import Crr

LONG_TERM_YEARS = 10  # the first as a seasonal CRR, the others as long-term ones
MERCHANT_YEARS_MAX = 30


def long_term(award: Crr) -> tuple[Crr, ...]:
    """The nine long-term CRRs that a tier LT award adds to its seasonal CRR (rulebook 1.3).

    Same season and time of use in each of the following years, of the award's MW; their parent
    is the seasonal CRR. The inventory gives them their ids.
    """
    return tuple(
        replace(
            award,
            crr_id="",
            start=years_later(award.start, years),
            end=years_later(award.end, years),
            parent_crr_id=award.crr_id,
        )
        for years in range(1, LONG_TERM_YEARS)
    )


def merchant_end(start: date, life_years: int) -> date:
    """The first day after a merchant CRR: the facility's life, thirty years at most (7.4).

    ValueError when the life is not at least a year.
    """
    if life_years < 1:
        raise ValueError(f"a facility of {life_years} years has no term")
    return years_later(start, min(life_years, MERCHANT_YEARS_MAX))


def years_later(day: date, years: int) -> date:
    """The same date `years` later; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
