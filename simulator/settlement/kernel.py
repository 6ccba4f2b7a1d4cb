"""Notional values, deficits and surpluses of one hour (rulebook 6.1 and 6.2), on arrays.

Axes: p owners, k constraints, n locations. Nothing here knows a name or a date.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.settlement.rights import Flags, Indices, Rights
from simulator.settlement.rounding import Floats, without_noise


class NetFlow:
    """Everybody's net flow (p, k) in MW, its two directions, and their sums over owners (k,).

    Hours that share it share this work: what an hour adds is only its prices. The backward half
    is worked out when a price below zero asks for it.
    """

    def __init__(self, net_mw: Floats) -> None:
        self.net = net_mw
        self.forward: Floats = np.maximum(net_mw, 0.0)

    @cached_property
    def net_sum(self) -> Floats:
        """The sum over owners."""
        total: Floats = self.net.sum(axis=0)
        return total

    @cached_property
    def forward_sum(self) -> Floats:
        """The sum over owners of what flows forward."""
        total: Floats = self.forward.sum(axis=0)
        return total

    @cached_property
    def backward(self) -> Floats:
        """Net flow against the direction of the factors, not below zero."""
        return self.forward - self.net

    def notional(self, shadow_price: Floats) -> Floats:
        """(p,): what each owner's flow is worth over all constraints."""
        worth: Floats = self.net @ shadow_price
        return worth

    def borne(self, forward_rate: Floats, backward_rate: Floats) -> Floats:
        """(p,): what each owner bears over all constraints."""
        total: Floats = self.forward @ forward_rate
        return total + self.backward @ backward_rate if backward_rate.any() else total

    def borne_by_constraint(self, forward_rate: Floats, backward_rate: Floats) -> Floats:
        """(p, k): the same by constraint; rates are (k,), or (p, k) where owners' differ."""
        total: Floats = self.forward * forward_rate
        return total + self.backward * backward_rate if backward_rate.any() else total


class HourFlow:
    """The net flow of one hour: the obligations' `base`, which hours share, and what options add.

    `owners` (r,) are those whose options pay in the hour; their whole flow is `own` (r, k).
    """

    def __init__(self, base: NetFlow, owners: Indices, added_mw: Floats) -> None:
        """`added_mw` (r, k) is the paying options' flow of `owners`."""
        self.base, self.owners = base, owners
        if not len(owners):
            self.own: NetFlow | None = None
            self.net_sum, self.forward_sum = base.net_sum, base.forward_sum
            return
        self.net_sum = base.net_sum + added_mw.sum(axis=0)
        whole = base.net[owners]
        whole += added_mw
        self.own = NetFlow(whole)
        self.forward_sum = base.forward_sum + (
            self.own.forward_sum - base.forward[owners].sum(axis=0)
        )

    @property
    def net(self) -> Floats:
        """(p, k): everybody's net flow in MW."""
        if self.own is None:
            return self.base.net
        whole = self.base.net.copy()
        whole[self.owners] = self.own.net
        return whole

    @property
    def backward_sum(self) -> Floats:
        """(k,): what flows against the direction of the factors, over all owners."""
        return self.forward_sum - self.net_sum

    def notional(self, shadow_price: Floats) -> Floats:
        """(p,): what each owner's flow is worth over all constraints."""
        worth = self.base.notional(shadow_price)
        if self.own is not None:
            worth[self.owners] = self.own.notional(shadow_price)
        return worth

    def borne(self, forward_rate: Floats, backward_rate: Floats) -> Floats:
        """(p,): what each owner bears over all constraints."""
        total = self.base.borne(forward_rate, backward_rate)
        if self.own is not None:
            total[self.owners] = self.own.borne(forward_rate, backward_rate)
        return total


@dataclass(frozen=True, eq=False)
class HourOutcome:
    """All in USD: by constraint (k,), and by owner (p,) over all constraints.

    `bearing` is the sum of the positive net values, over which a shortfall is shared: an owner
    bears `forward_rate` for each MW of forward net flow and `backward_rate` for each of backward.
    """

    notional: Floats
    offset: Floats
    bearing: Floats
    deficit: Floats
    owner_notional: Floats
    owner_deficit: Floats
    forward_rate: Floats
    backward_rate: Floats


def settle_hour(flow: HourFlow, shadow_price: Floats, revenue: Floats) -> HourOutcome:
    """Prices and revenue (k,): what is owed and who bears what is missing.

    Flows are netted by owner before anything is shared (rulebook 6.2).
    """
    price_up, price_down = np.maximum(shadow_price, 0.0), np.maximum(-shadow_price, 0.0)
    notional = flow.net_sum * shadow_price
    bearing = flow.forward_sum * price_up
    if price_down.any():
        bearing = bearing + flow.backward_sum * price_down
    offset = without_noise(revenue - notional)
    bearing = np.where(without_noise(bearing) > 0, bearing, 0.0)  # it divides: not rounded itself
    rate = deficit_rate(offset, bearing)
    forward_rate, backward_rate = rate * price_up, rate * price_down
    return HourOutcome(
        notional=notional,
        offset=offset,
        bearing=bearing,
        deficit=rate * bearing,
        owner_notional=flow.notional(shadow_price),
        owner_deficit=flow.borne(forward_rate, backward_rate),
        forward_rate=forward_rate,
        backward_rate=backward_rate,
    )


def paying_options(
    rights: Rights, options: Indices, shift_factors: Floats, shadow_price: Floats
) -> Indices:
    """The rows of `options` whose total spread is positive; the others pay nothing at all.

    The spread is that of the sum over constraints, MCC(sink) - MCC(source) (rulebook 6.1).
    """
    paying: Indices = options[options_pay(rights, options, shift_factors, shadow_price)]
    return paying


def options_pay(
    rights: Rights, options: Indices, shift_factors: Floats, shadow_price: Floats
) -> Flags:
    """(options,): whether each of them pays."""
    if not len(options):
        return np.zeros(0, dtype=np.bool_)
    minus_mcc = shadow_price @ shift_factors
    spread = without_noise(minus_mcc[rights.source[options]] - minus_mcc[rights.sink[options]])
    return spread > 0


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
