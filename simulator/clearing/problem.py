"""One (period, time of use) as arrays: paths, pieces of bids on them, and what is already held.

A path is a (hedge, source, sink); bids on one path load every constraint alike. A piece is one
stretch of one bid's curve; its marginal value falls from `value` by `slope` per MW. Everything is
laid out in sorted order of names, so that no row order of any input can be felt below.

Units: MW; USD per MW for auctions, pure numbers for allocations (`weighted_least_squares`
minimises the sum of (nominated - awarded)^2 / nominated, whose marginal value is 2 at zero award
and 0 at the full one, rulebook 4.3; in `max_mw` every MW is worth 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from simulator.clearing.case import ClearingCase, FixedCrr
from simulator.clearing.curves import Piece, curve_value, pieces
from simulator.domain import Bid, Hedge, Nomination, Tou, TransactionType
from simulator.network.dc import DcNetwork
from simulator.network.model import Location

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Entry = Bid | Nomination
PathKey = tuple[str, str, str]


@dataclass(frozen=True, eq=False)
class Problem:
    """Shapes: L locations, P paths, N pieces, E entries (bids or nominations, sorted by id)."""

    period: str
    tou: Tou
    objective: str
    curve: str
    entries: tuple[Entry, ...]  # (E,)
    locations: tuple[str, ...]  # (L,)
    location_factors: sparse.csr_array  # (L, buses): share of a location's MW at each bus
    source: Ints  # (P,) position in `locations`
    sink: Ints  # (P,)
    option: Bools  # (P,)
    fixed_mw: Floats  # (P,) MW held before this market
    entry_path: Ints  # (E,)
    entry_sign: Floats  # (E,) +1 buys and nominations, -1 sells
    piece_entry: Ints  # (N,)
    piece_mw: Floats  # (N,) width
    piece_value: Floats  # (N,) value of the first MW (of a sale: minus its price)
    piece_slope: Floats  # (N,) >= 0, how fast the value falls, per MW

    @cached_property
    def used_locations(self) -> Ints:
        """(U,) positions of the locations that are an end of any path."""
        return np.unique(np.concatenate([self.source, self.sink]))

    @cached_property
    def option_paths(self) -> Ints:
        """(O,) positions of the option paths."""
        return np.flatnonzero(self.option)

    @cached_property
    def carriage(self) -> sparse.csr_array:
        """(U + O, P) what a MW on each path puts on what rows see.

        Rows see the net MW of used locations, which obligations load at both ends, and the MW of
        each option path: so no row is dense over paths.
        """
        used, options = len(self.used_locations), len(self.option_paths)
        slot = np.zeros(len(self.locations), dtype=np.int64)
        slot[self.used_locations] = np.arange(used)
        plain = np.flatnonzero(~self.option)
        rows = [slot[self.source[plain]], slot[self.sink[plain]], used + np.arange(options)]
        columns = [plain, plain, self.option_paths]
        values = [np.ones(len(plain)), -np.ones(len(plain)), np.ones(options)]
        place = (np.concatenate(rows), np.concatenate(columns))
        shape = (used + options, len(self.source))
        return sparse.csr_array((np.concatenate(values), place), shape=shape)

    @property
    def piece_path(self) -> Ints:
        """(N,) the path of every piece."""
        return self.entry_path[self.piece_entry]

    @property
    def piece_sign(self) -> Floats:
        """(N,) +1 where the piece adds MW to its path, -1 where it takes MW away."""
        return self.entry_sign[self.piece_entry]

    def path_mw(self, piece_award: Floats) -> Floats:
        """(P,) MW on every path, held plus bought less sold, for awards (N,) of the pieces."""
        change = np.bincount(
            self.piece_path, weights=self.piece_sign * piece_award, minlength=len(self.source)
        )
        return self.fixed_mw + change

    def entry_mw(self, piece_award: Floats) -> Floats:
        """(E,) MW of every entry for awards (N,) of its pieces."""
        total = np.bincount(self.piece_entry, weights=piece_award, minlength=len(self.entries))
        return np.asarray(total, dtype=np.float64)

    def fill(self, entry_mw: Floats) -> Floats:
        """(N,) awards of the pieces when every entry gets MW (E,), first pieces first."""
        total = np.cumsum(self.piece_mw)
        before = total - self.piece_mw
        if not len(before):  # entries, but none that asks for any MW
            return before
        first = np.searchsorted(self.piece_entry, np.arange(len(self.entries)))
        before = before - before[np.minimum(first, len(before) - 1)][self.piece_entry]
        return np.asarray(np.clip(entry_mw[self.piece_entry] - before, 0.0, self.piece_mw))

    def in_order(self, piece_mw: Floats) -> Floats:
        """(N,) the same awards of entries with first pieces first, worth no less.

        A solver may end a hair beside it: then a piece seems to be at the margin that is not.
        """
        short, more = piece_mw[:-1] < self.piece_mw[:-1], piece_mw[1:] > 0
        same = self.piece_entry[:-1] == self.piece_entry[1:]
        mixed = np.isin(self.piece_entry, self.piece_entry[1:][short & more & same])
        return np.where(mixed, self.fill(self.entry_mw(piece_mw)), piece_mw)

    def value(self, piece_award: Floats) -> float:
        """What the awards (N,) are worth by the curves: bought less sold."""
        return float(
            self.piece_value @ piece_award - 0.5 * (self.piece_slope @ (piece_award * piece_award))
        )

    def injection(self, path_mw: Floats) -> Floats:
        """(buses,) net injection of the obligations among paths that carry `path_mw` (P,)."""
        flow = np.where(self.option, 0.0, path_mw)
        size = len(self.locations)
        net = np.bincount(self.source, weights=flow, minlength=size) - np.bincount(
            self.sink, weights=flow, minlength=size
        )
        return np.asarray(net @ self.location_factors)

    def path_injection(self, paths: Ints) -> Floats:
        """(buses, len(paths)) injections of 1 MW on each of the paths."""
        factors = self.location_factors
        return np.asarray((factors[self.source[paths]] - factors[self.sink[paths]]).T.todense())

    def objective_of(self, total_value: float) -> float:
        """The market's own objective from the maximised value (contract, `summary.json`)."""
        if self.objective == "weighted_least_squares":
            return sum(float(entry.mw) for entry in self.entries) - total_value
        return total_value


def products(case: ClearingCase) -> tuple[tuple[str, Tou], ...]:
    """Every (period, time of use) that somebody bid for, nominated or holds, in order."""
    asked = {(item.period, item.tou) for item in all_entries(case)}
    held = {(item.period, item.tou) for item in case.fixed_crrs}
    return tuple(sorted(asked | held))


def all_entries(case: ClearingCase) -> list[Entry]:
    """Bids and nominations of a case, as it lists them."""
    return [*case.bids, *case.nominations]


def build_problem(case: ClearingCase, period: str, tou: Tou) -> Problem:
    """The problem of one (period, time of use) of a case."""
    entries = tuple(
        sorted((e for e in all_entries(case) if (e.period, e.tou) == (period, tou)), key=entry_id)
    )
    fixed = [crr for crr in case.fixed_crrs if (crr.period, crr.tou) == (period, tou)]
    items: list[Entry | FixedCrr] = [*entries, *fixed]
    paths = sorted({path_of(item) for item in items})
    names = location_names(case)
    place = {name: index for index, name in enumerate(names)}
    index_of = {path: index for index, path in enumerate(paths)}
    columns = list(_piece_columns(case, entries))
    return Problem(
        period=period,
        tou=tou,
        objective=case.objective,
        curve=case.curve,
        entries=entries,
        locations=names,
        location_factors=location_factors(case.network, case.locations, names, tou),
        source=np.array([place[source] for _, source, _ in paths], dtype=np.int64),
        sink=np.array([place[sink] for _, _, sink in paths], dtype=np.int64),
        option=np.array([hedge == Hedge.OPT for hedge, _, _ in paths], dtype=np.bool_),
        fixed_mw=_fixed_mw(fixed, index_of),
        entry_path=np.array([index_of[path_of(entry)] for entry in entries], dtype=np.int64),
        entry_sign=np.array([-1.0 if is_sale(entry) else 1.0 for entry in entries]),
        piece_entry=np.array([column[0] for column in columns], dtype=np.int64),
        piece_mw=np.array([column[1] for column in columns]),
        piece_value=np.array([column[2] for column in columns]),
        piece_slope=np.array([column[3] for column in columns]),
    )


def entry_id(entry: Entry) -> str:
    """The bid's or nomination's own id."""
    return entry.bid_id if isinstance(entry, Bid) else entry.nomination_id


def is_sale(entry: Entry) -> bool:
    """Whether the entry gives up MW instead of asking for them."""
    return isinstance(entry, Bid) and entry.transaction is TransactionType.SELL


def path_of(item: Entry | FixedCrr) -> PathKey:
    """(hedge, source, sink); nominations are obligations (rulebook 4.3)."""
    hedge = Hedge.OBL if isinstance(item, Nomination) else item.hedge
    return str(hedge), item.source, item.sink


def entry_value(entry: Entry, objective: str, curve: str, mw: Decimal) -> Decimal:
    """What `mw` of one entry add to the maximised value; exact.

    A weighted-least-squares nomination of N MW is worth 2x - x^2/N, which is N less the penalty
    (N - x)^2/N that the objective reports.
    """
    if isinstance(entry, Bid):
        worth = curve_value(entry.curve, curve, mw)
        return -worth if is_sale(entry) else worth
    if objective == "max_mw" or entry.mw == 0:
        return mw
    return 2 * mw - mw * mw / entry.mw


def location_names(case: ClearingCase) -> tuple[str, ...]:
    """Every location that has a price, sorted; bus numbers in number order."""
    if case.locations is not None:
        return tuple(sorted(case.locations))
    return tuple(str(number) for number in sorted(int(bus) for bus in case.network.bus if bus > 0))


def location_factors(
    network: DcNetwork,
    locations: Mapping[str, Location] | None,
    names: tuple[str, ...],
    tou: Tou,
) -> sparse.csr_array:
    """(L, buses) participation factors; a location without factors for `tou` has an empty row."""
    rows: list[int] = []
    columns: list[int] = []
    shares: list[float] = []
    for row, name in enumerate(names):
        parts = ((int(name), 1.0),) if locations is None else locations[name].factors.get(tou, ())
        for bus, share in parts:
            rows.append(row)
            columns.append(network.bus_index(bus))
            shares.append(share)
    return sparse.csr_array((shares, (rows, columns)), shape=(len(names), len(network.bus)))


def _fixed_mw(fixed: Iterable[FixedCrr], index_of: dict[PathKey, int]) -> Floats:
    held = [Decimal(0)] * len(index_of)
    for crr in fixed:
        held[index_of[path_of(crr)]] += crr.mw
    return np.array([float(mw) for mw in held])


def _piece_columns(
    case: ClearingCase, entries: tuple[Entry, ...]
) -> Iterator[tuple[int, float, float, float]]:
    """(entry, MW, first value, slope) of every piece."""
    for index, entry in enumerate(entries):
        sign = -1 if is_sale(entry) else 1
        for width, first, last in _entry_pieces(case, entry):
            slope = sign * (first - last) / width
            yield index, float(width), float(sign * first), float(slope)


def _entry_pieces(case: ClearingCase, entry: Entry) -> Iterator[Piece]:
    if isinstance(entry, Bid):
        yield from pieces(entry.curve, case.curve)
    elif entry.mw > 0:
        least_squares = case.objective == "weighted_least_squares"
        first, last = (2, 0) if least_squares else (1, 1)
        yield entry.mw, Decimal(first), Decimal(last)
