"""Revenue adequacy on the page: why constraints paid out what they did, and the cut-off lens."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class AdequacyRow:
    """One constraint's month. Flows are means over its priced hours, weighted by the price, in MW.

    `sold_flow_mw` is the rights' flow in the CRR model, `crr_flow_mw` the same rights' with
    day-ahead factors, `day_ahead_flow_mw` the flow that revenue was collected on. The offset
    (collected less owed) is the sum of `schedules_usd`, `derate_usd`, `unsold_usd`,
    `topology_usd` and `existing_usd`. `revenue_usd` and `day_ahead_flow_mw` are what existing
    rights left. `funded_share` is what was paid of what was owed.
    """

    constraint: str
    hours: int
    sold_flow_mw: Decimal
    crr_flow_mw: Decimal
    day_ahead_flow_mw: Decimal
    revenue_usd: Decimal
    notional_usd: Decimal
    schedules_usd: Decimal
    derate_usd: Decimal
    unsold_usd: Decimal
    topology_usd: Decimal
    unrecovered_usd: Decimal
    funded_share: Decimal
    outages: tuple[str, ...] = ()
    existing_usd: Decimal = Decimal(0)

    @property
    def offset_usd(self) -> Decimal:
        """Collected less owed; below zero it is a shortfall."""
        return self.revenue_usd - self.notional_usd

    @property
    def paid_usd(self) -> Decimal:
        """What holders got for the month: owed, less what deficits took and nothing gave back."""
        return self.notional_usd - self.unrecovered_usd


@dataclass(frozen=True)
class CutOffRow:
    """One right's month with shift factors below `cut_off` counted as 0, against none."""

    cut_off: Decimal
    crr_id: str
    owner: str
    without_usd: Decimal
    payment_usd: Decimal
    changes_sign: bool


@dataclass(frozen=True)
class LeftOutRow:
    """A contingency that the day-ahead market did not enforce on `days`, ISO dates in order.

    After it a MW between some two buses would have been up to `shift_factor` MW on `branch`.
    """

    contingency: str
    branch: str
    shift_factor: Decimal
    days: tuple[str, ...]


@dataclass(frozen=True)
class AdequacyMonth:
    """A settled month; `lens` has the rights whose payment a cut-off changes, by cut-off."""

    month: str
    constraints: tuple[AdequacyRow, ...]
    cut_offs: tuple[Decimal, ...] = ()
    lens: tuple[CutOffRow, ...] = ()
    left_out: tuple[LeftOutRow, ...] = ()


@dataclass(frozen=True)
class AdequacySum:
    """A month's constraints together, in USD.

    `unrecovered_usd` is what the deficits of `short` constraints cost their holders, most of it on
    `worst` (None when every right was paid in full); `surplus_usd` is what the others collected
    beyond what they owed.
    """

    owed_usd: Decimal
    paid_usd: Decimal
    unrecovered_usd: Decimal
    short: int
    worst: AdequacyRow | None
    surplus_usd: Decimal


def adequacy_sum(month: AdequacyMonth) -> AdequacySum:
    """What the month's table comes to."""
    rows = month.constraints
    short = [row for row in rows if row.unrecovered_usd > 0]
    return AdequacySum(
        owed_usd=sum((row.notional_usd for row in rows), Decimal(0)),
        paid_usd=sum((row.paid_usd for row in rows), Decimal(0)),
        unrecovered_usd=sum((row.unrecovered_usd for row in short), Decimal(0)),
        short=len(short),
        worst=max(short, key=lambda row: (row.unrecovered_usd, row.constraint), default=None),
        surplus_usd=sum((max(row.offset_usd, Decimal(0)) for row in rows), Decimal(0)),
    )


@dataclass(frozen=True)
class CutOffSum:
    """What one cut-off does to a month's payments."""

    cut_off: Decimal
    rights: int
    moved_usd: Decimal
    change_sign: int


def lens_sums(month: AdequacyMonth) -> tuple[CutOffSum, ...]:
    """By cut-off: how many rights are paid something else, by how much, how many change sign."""
    return tuple(
        CutOffSum(
            cut_off,
            len(rows),
            sum((abs(row.payment_usd - row.without_usd) for row in rows), Decimal(0)),
            sum(row.changes_sign for row in rows),
        )
        for cut_off in sorted(month.cut_offs)
        for rows in [[row for row in month.lens if row.cut_off == cut_off]]
    )


def sign_changes(month: AdequacyMonth) -> tuple[CutOffRow, ...]:
    """Each right that changes sign, at the first cut-off at which it does; by owner and id."""
    first: dict[tuple[str, str], CutOffRow] = {}
    for row in sorted(month.lens, key=lambda row: row.cut_off):
        if row.changes_sign:
            first.setdefault((row.owner, row.crr_id), row)
    return tuple(first[key] for key in sorted(first))


def by_offset(month: AdequacyMonth) -> tuple[AdequacyRow, ...]:
    """The constraints, the largest shortfall or surplus first."""
    return tuple(sorted(month.constraints, key=lambda row: (-abs(row.offset_usd), row.constraint)))
