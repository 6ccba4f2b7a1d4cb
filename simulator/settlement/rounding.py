"""Where cents are made: once for each owner, trading day and charge code, half up.

Until then amounts are double precision numbers. Two machines may differ in the last bits of a long
sum, so a sum is first read to `TIE_DECIMALS` decimals of a dollar: an amount that is a half cent on
paper is a half cent here too. What rounding leaves over belongs to the balancing account.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from simulator.domain import usd

Floats = NDArray[np.float64]

TIE_DECIMALS = 8  # USD; coarser than double precision's noise, so fine that few amounts are near
CENT_DECIMALS = 2
TICKS_PER_CENT = 10 ** (TIE_DECIMALS - CENT_DECIMALS)
TICK_DOUBT = 1e-3  # ticks: so near to half of one, a product may fall on its other side
TICKS_EXACT = 1e12  # below this, a product of doubles is off by far less than `TICK_DOUBT`
NOISE_DECIMALS = 9  # USD and USD/MWh; what is smaller than this is no surplus, deficit or spread


def cents(amount_usd: float) -> Decimal:
    """`amount_usd` rounded half up to the cent (half away from zero when negative)."""
    return usd(round(float(amount_usd), TIE_DECIMALS)) + 0  # + 0 turns -0.00 into 0.00


def all_cents(amounts_usd: Floats) -> list[Decimal]:
    """`cents` of each of `amounts_usd` (n,); those that it might read otherwise go through it."""
    ticks = amounts_usd * 10.0**TIE_DECIMALS
    doubtful = np.abs(np.abs(ticks - np.trunc(ticks)) - 0.5) < TICK_DOUBT
    doubtful |= ~(np.abs(ticks) < TICKS_EXACT)
    whole = np.rint(np.where(doubtful, 0.0, ticks)).astype(np.int64)
    rounded = np.sign(whole) * ((np.abs(whole) + TICKS_PER_CENT // 2) // TICKS_PER_CENT)
    found = [Decimal(number).scaleb(-CENT_DECIMALS) for number in rounded.tolist()]
    for at in np.flatnonzero(doubtful).tolist():
        found[at] = cents(amounts_usd[at])
    return found


def without_noise(amount: Floats) -> Floats:
    """`amount` with what double precision leaves of exact zeros taken out."""
    cleaned: Floats = np.round(amount, NOISE_DECIMALS) + 0.0  # + 0.0 turns -0.0 into 0.0
    return cleaned
