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
    """All in USD but `flow_mw` (p, k): `notional` and `deficit` are (p, k), `offset` is (k,)."""

    flow_mw: Floats
    notional: Floats
    offset: Floats
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
    return HourOutcome(flow, notional, offset, deficit_shares(notional, offset))


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


def deficit_shares(notional: Floats, offset: Floats) -> Floats:
    """(p, k): each shortfall of `offset` shared in proportion to the positive net values.

    Holders of negative value keep paying in full. A shortfall that no holder has a positive value
    to bear from (it takes negative revenue) is borne by nobody here: it is the balancing account's.
    """
    positive = np.maximum(notional, 0.0)
    bearing = positive.sum(axis=0)
    short = (offset < 0) & (bearing > 0)
    rate = np.divide(-offset, bearing, out=np.zeros_like(offset), where=short)
    shares: Floats = positive * rate
    return shares


def give_back(deficit: Floats, surplus: Floats) -> Floats:
    """(p, k): what the month's surplus (k,) of the same constraint returns of the deficits (p, k).

    In proportion to the deficits and never more than them (rulebook 6.2, C7).
    """
    owed = deficit.sum(axis=0)
    rate = np.divide(surplus, owed, out=np.zeros_like(surplus), where=owed > 0)
    returned: Floats = deficit * np.minimum(rate, 1.0)
    return returned
