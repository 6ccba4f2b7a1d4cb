"""Work on many frozen values at once, undisturbed by Python's search for reference cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_cycle_search() -> Iterator[None]:
    """No search for cycles inside; as it was before, afterwards.

    Rows, bids and awards hold no cycles and live until the end, so that walking through all of
    them again and again finds nothing: measured, a fifth of the time of clearing 33,000 bids.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()
