"""Notional values, deficits and surpluses of one hour (rulebook 6.1 and 6.2), on arrays.

Axes: p owners, k constraints, n locations. Nothing here knows a name or a date.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.settlement.rights import Indices, Rights
from simulator.settlement.rounding import Floats, without_noise


@dataclass(frozen=True, eq=False)
class HourOutcome:
    """All in USD: `notional` and `deficit` are (p, k), `offset` and `bearing` (k,).

    `bearing` is the sum of the positive net values, over which a shortfall is shared.
    """

    notional: Floats
    offset: Floats
    bearing: Floats
    deficit: Floats


def settle_hour(
    rights: Rights,
    obligation_flow_mw: Floats,
    options: Indices,
    shift_factors: Floats,
    shadow_price: Floats,
    revenue: Floats,
) -> HourOutcome:
    """Prices and revenue (k,), flows (p, k) and factors (k, n): what is owed and who bears it.

    Flows are netted by owner before anything is shared (rulebook 6.2).
    """
    flow = obligation_flow_mw
    paying = paying_options(rights, options, shift_factors, shadow_price)
    if len(paying):
        flow = flow + rights.flow_mw(paying, shift_factors)
    notional = flow * shadow_price
    offset = without_noise(revenue - notional.sum(axis=0))
    positive = np.maximum(notional, 0.0)
    bearing = positive.sum(axis=0)
    return HourOutcome(notional, offset, bearing, positive * deficit_rate(offset, bearing))


def paying_options(
    rights: Rights, options: Indices, shift_factors: Floats, shadow_price: Floats
) -> Indices:
    """The rows of `options` whose total spread is positive; the others pay nothing at all.

    The spread is that of the sum over constraints, MCC(sink) - MCC(source) (rulebook 6.1).
    """
    if not len(options):
        return options
    minus_mcc = shadow_price @ shift_factors
    spread = without_noise(minus_mcc[rights.source[options]] - minus_mcc[rights.sink[options]])
    paying: Indices = options[spread > 0]
    return paying


def deficit_rate(offset: Floats, bearing: Floats) -> Floats:
    """(k,): what each dollar of positive net value bears of the shortfall of its constraint.

    Holders of negative value keep paying in full. A shortfall that no holder has a positive value
    to bear from (it takes negative revenue) is borne by nobody here: it is the balancing account's.
    """
    short = (offset < 0) & (bearing > 0)
    rate: Floats = np.divide(-offset, bearing, out=np.zeros_like(offset), where=short)
    return rate


def give_back_rate(owed: Floats, surplus: Floats) -> Floats:
    """(k,): the share of the deficits `owed` that the constraint's own surplus returns.

    The same for all who bore them, and never more than all of it (rulebook 6.2, C7).
    """
    rate = np.divide(surplus, owed, out=np.zeros_like(surplus), where=owed > 0)
    capped: Floats = np.minimum(rate, 1.0)
    return capped
