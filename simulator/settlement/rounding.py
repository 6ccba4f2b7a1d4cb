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
DOUBT_CENTS = 1e-5  # an amount so near to half a cent may be read as one
SURE_CENTS = 1e10  # below this, what a double is off by is far less than `DOUBT_CENTS`
NOISE_DECIMALS = 9  # USD and USD/MWh; what is smaller than this is no surplus, deficit or spread


def cents(amount_usd: float) -> Decimal:
    """`amount_usd` rounded half up to the cent (half away from zero when negative)."""
    return usd(round(float(amount_usd), TIE_DECIMALS)) + 0  # + 0 turns -0.00 into 0.00


def all_cents(amounts_usd: Floats) -> list[Decimal]:
    """`cents` of each of `amounts_usd` (n,); those that are near half a cent go through it."""
    exact = np.abs(amounts_usd) * 10.0**CENT_DECIMALS
    doubtful = np.abs(exact - np.floor(exact) - 0.5) < DOUBT_CENTS
    doubtful |= ~(exact < SURE_CENTS)
    rounded = np.floor(np.where(doubtful, 0.0, exact) + 0.5) * np.sign(amounts_usd)
    found = [Decimal(number).scaleb(-CENT_DECIMALS) for number in rounded.astype(np.int64).tolist()]
    for at in np.flatnonzero(doubtful).tolist():
        found[at] = cents(amounts_usd[at])
    return found


def without_noise(amount: Floats) -> Floats:
    """`amount` with what double precision leaves of exact zeros taken out."""
    cleaned: Floats = np.round(amount, NOISE_DECIMALS) + 0.0  # + 0.0 turns -0.0 into 0.0
    return cleaned
