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

TIE_DECIMALS = 6  # USD; far coarser than double precision noise, far finer than a cent
NOISE_DECIMALS = 9  # USD and USD/MWh; what is smaller than this is no surplus, deficit or spread


def cents(amount_usd: float) -> Decimal:
    """`amount_usd` rounded half up to the cent (half away from zero when negative)."""
    return usd(round(float(amount_usd), TIE_DECIMALS)) + 0  # + 0 turns -0.00 into 0.00


def without_noise(amount: Floats) -> Floats:
    """`amount` with what double precision leaves of exact zeros taken out."""
    cleaned: Floats = np.round(amount, NOISE_DECIMALS) + 0.0  # + 0.0 turns -0.0 into 0.0
    return cleaned
