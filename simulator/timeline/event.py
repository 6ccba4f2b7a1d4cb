"""What a calendar is made of: events, the windows they open and close, and markets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from simulator.domain import Market
from simulator.timeline.hours import Bounds

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKING_DAYS = WEEKDAYS[:5]
UNPLACED = (
    -1
)  # `at` of an event whose own faults leave its time unknown; never in a loaded scenario


class EventKind(StrEnum):
    """Everything that a calendar can make happen; scenarios/README.md tells each in a sentence."""

    SETUP = "setup"
    MESSAGE = "message"
    SERVICE_DOWN = "service_down"
    SERVICE_UP = "service_up"
    PRELOAD = "preload"
    PUBLISH = "publish"
    VERIFY_COLLATERAL = "verify_collateral"
    OPEN = "open"
    CLOSE = "close"
    CLEAR = "clear"
    POST = "post"
    SETTLE = "settle"
    CORRECT_PRICE = "correct_price"
    RERUN_DAY_AHEAD = "rerun_day_ahead"
    RERUN_AUCTION = "rerun_auction"
    AWARD_MERCHANT = "award_merchant"
    PROCESS = "process"
    UNSTRUCTURED = "unstructured"

    @property
    def needs_market(self) -> bool:
        """Whether an event of this kind is about one market."""
        return self in _ABOUT_A_MARKET

    @property
    def may_name_market(self) -> bool:
        """Whether an event of this kind may be about one market."""
        return self.needs_market or self in (EventKind.PRELOAD, EventKind.PUBLISH)

    @property
    def needs_exit_criterion(self) -> bool:
        """Whether an event of this kind must say when it is done."""
        return self not in _WITHOUT_EXIT_CRITERION

    @property
    def days(self) -> tuple[str, ...]:
        """Statements come out and services go down on any day, all else on a working day."""
        return WEEKDAYS if self in _ON_ANY_DAY else WORKING_DAYS

    @property
    def carries_data(self) -> bool:
        """Whether an event of this kind says which data it brings out."""
        return self in (EventKind.PRELOAD, EventKind.PUBLISH)

    @property
    def has_change(self) -> bool:
        """Whether an event of this kind says what it corrects, or what is built."""
        return self in _CHANGING


_ABOUT_A_MARKET = (
    EventKind.VERIFY_COLLATERAL,
    EventKind.OPEN,
    EventKind.CLOSE,
    EventKind.CLEAR,
    EventKind.POST,
    EventKind.RERUN_AUCTION,
)
_CHANGING = (
    EventKind.CORRECT_PRICE,
    EventKind.RERUN_DAY_AHEAD,
    EventKind.RERUN_AUCTION,
    EventKind.AWARD_MERCHANT,
)
_ON_ANY_DAY = (EventKind.SETTLE, EventKind.SERVICE_DOWN, EventKind.SERVICE_UP)
_WITHOUT_EXIT_CRITERION = (
    EventKind.SETUP,
    EventKind.MESSAGE,
    EventKind.SERVICE_DOWN,
    EventKind.SERVICE_UP,
    EventKind.PROCESS,
    EventKind.UNSTRUCTURED,
)


class DataKind(StrEnum):
    """What a preload or publish event brings out: download types of wire contract 6, and ours."""

    PUBLIC_EXISTING_CRR = "PUBLIC_EXISTING_CRR"
    PRIVATE_EXISTING_CRR = "PRIVATE_EXISTING_CRR"
    SOURCE_SINK = "SOURCE_SINK"
    SOURCE_SINK_REPLACEMENT = "SOURCE_SINK_REPLACEMENT"
    GROUPED_BASE_LOADING = "GROUPED_BASE_LOADING"
    SET_ASIDE = "SET_ASIDE"
    SIGNATURE = "SIGNATURE"
    UPPER_BOUND = "UPPER_BOUND"
    SEQ = "SEQ"
    MEQ = "MEQ"
    NETWORK_MODEL = "NETWORK_MODEL"  # the power-flow case and the files beside it
    LOAD = "LOAD"  # historical and forecast load
    PARTICIPANTS = "PARTICIPANTS"  # who takes part, with which functions
    PROCESSES = "PROCESSES"  # which special processes are open, and who owns which process
    REPORTS = "REPORTS"  # every public report


@dataclass(frozen=True)
class Event:
    """One thing that happens once.

    `week` and `day` are the cell of the slide that it stands in, `at` the epoch second at which it
    happens (the day of a `settle` event moves when bank holidays move the statements), `local_time`
    the same for people. `says` is the slide's own words, `note` ours; `needs` are the ids of
    events that must have happened; `done_when` is the exit criterion; `line` that of the file.
    An event of kind `process` leads that special process to `status`; `change` is what a
    correction puts right, or what a sponsor builds, by field.
    """

    id: str
    week: int
    day: str
    at: int
    local_time: str
    kind: EventKind
    market: str = ""
    data: tuple[DataKind, ...] = ()
    says: str = ""
    note: str = ""
    needs: tuple[str, ...] = ()
    done_when: str = ""
    line: int = 0
    process: str = ""
    status: str = ""
    change: tuple[tuple[str, str | tuple[str, ...]], ...] = ()

    @property
    def text(self) -> str:
        """What to show for it: the slide's words, or ours where the slide has none."""
        return self.says or self.note


@dataclass(frozen=True)
class MarketSpec:
    """A market with its submission windows (in order), and when it is cleared and posted.

    `data_year` is the year whose load and holdings stand for those of the market's periods.
    """

    market: Market
    data_year: int
    windows: tuple[Bounds, ...]
    clear_at: int | None
    post_at: int | None
    line: int = 0

    @property
    def name(self) -> str:
        """The market's name."""
        return self.market.name

    @property
    def open_at(self) -> int:
        """When its first window opens."""
        return self.windows[0].start

    @property
    def close_at(self) -> int:
        """When its last window closes."""
        return self.windows[-1].end
