"""The right itself: who owns how many MW from where to where, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from simulator.domain.product import Period, Tou


class Hedge(StrEnum):
    """Obligations may be charged, options never are (rulebook 1.1)."""

    OBL = "OBL"
    OPT = "OPT"


class CrrType(StrEnum):
    """Where a CRR came from: the eight codes of the services (rulebook 1.2)."""

    LSE = "LSE"
    OBAALSE = "OBAALSE"
    AUC = "AUC"
    MT = "MT"
    LSE_LMT = "LSE_LMT"
    LMT_CNT = "LMT_CNT"
    LSE_THCNT = "LSE_THCNT"
    MT_TOR = "MT_TOR"


@dataclass(frozen=True)
class Crr:
    """`mw` from `source` to `sink` in every hour of `tou`, from `start` up to but not on `end`."""

    crr_id: str
    owner: str
    crr_type: CrrType
    hedge: Hedge
    source: str
    sink: str
    tou: Tou
    start: date
    end: date
    mw: Decimal
    market: str
    parent_crr_id: str = ""

    def effective_on(self, day: date) -> bool:
        """Whether this right settles on the local date `day`."""
        return self.start <= day < self.end

    def spans(self, period: Period) -> bool:
        """Whether this right is held through the whole of `period`."""
        return self.start <= period.start and period.end <= self.end
