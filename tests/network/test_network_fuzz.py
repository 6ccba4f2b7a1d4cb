"""Ten thousand mutated files: each is read or refused in words (network_fuzz.py)."""

from __future__ import annotations

import sys

from network_fuzz import fuzz

FILES_OF_EACH_FORMAT = 5_000


def test_ten_thousand_mutated_files_are_read_or_refused() -> None:
    tally = fuzz(FILES_OF_EACH_FORMAT)
    sys.stdout.write(tally.told())
    outcomes = tally.outcomes
    assert outcomes.total() == 2 * FILES_OF_EACH_FORMAT
    # both ends are exercised: the mutations are neither harmless nor hopeless
    assert len(outcomes) == 4
    assert all(number > 100 for number in outcomes.values()), outcomes
