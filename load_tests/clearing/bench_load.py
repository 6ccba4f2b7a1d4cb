"""How long a season of one entity with many sinks takes through the market room: below 1 s.

    python load_tests/clearing/bench_load.py [SINKS]

Prints rows, the room's seconds from the command to its durable answer, and those of the checks.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from time import perf_counter
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "market")]

from special_rooms import preloaded, room_at  # noqa: E402

from simulator.domain import Period  # noqa: E402
from simulator.market import load  # noqa: E402
from simulator.timeline.hours import hours_of_period  # noqa: E402

OWNER, TARGET_SECONDS = "LSEP", 1.0


def main(sinks: int = 20) -> int:
    """One submission; 1 when it takes longer than the target."""
    with tempfile.TemporaryDirectory() as folder:
        room = room_at(preloaded(Path(folder)))
        spec = next(
            item for item in room.world.scenario.processes if item.kind == "HISTORICAL_LOAD"
        )
        period = Period.parse(spec.periods[0].name)
        names = tuple(f"SINK_{number:02d}" for number in range(sinks))
        hours: dict[str, list[str]] = {}
        for hour in hours_of_period(period, None, room.world.settings.calendar):
            row = hours.setdefault(hour.day.isoformat(), [])
            row.append(f"{100 + len(row) * 7.125:.3f}")
        records = [
            [sink, "FINAL_LOAD", day, list(row)] for sink in names for day, row in hours.items()
        ]
        count = sinks * sum(map(len, hours.values()))
        room.lead(spec.name, "OPEN")
        with patch.object(load, "_sinks", lambda world, owner: names):
            began = perf_counter()
            done = room.done(
                "submit_load", OWNER,
                window=spec.name, period=period.name, owner=OWNER, records=records,
            )  # fmt: skip
            seconds = perf_counter() - began
        assert (done["hours"], done["sinks"]) == (count, sinks)
    sys.stdout.write(f"{count} rows of {sinks} sinks: {seconds:.2f} s of {TARGET_SECONDS:.2f} s\n")
    return int(seconds > TARGET_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
