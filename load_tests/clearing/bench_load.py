"""How long a season of one entity with many sinks takes through the market room: below 1 s.

    python load_tests/clearing/bench_load.py [SINKS]

Prints rows, the room's seconds from the command to its durable answer, and those of the checks.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "market")]

from special_rooms import Room, preloaded, room_at  # noqa: E402

from simulator.domain import Period  # noqa: E402
from simulator.participants.layer import LocationLimit  # noqa: E402
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
        names = serve_at(room, sinks)
        hours: dict[str, list[str]] = {}
        for hour in hours_of_period(period, None, room.world.settings.calendar):
            row = hours.setdefault(hour.day.isoformat(), [])
            row.append(f"{100 + len(row) * 7.125:.3f}")
        records = [
            [sink, "FINAL_LOAD", day, list(row)] for sink in names for day, row in hours.items()
        ]
        count = sinks * sum(map(len, hours.values()))
        room.lead(spec.name, "OPEN")
        began = perf_counter()
        done = room.done(
            "submit_load", OWNER,
            window=spec.name, period=period.name, owner=OWNER, records=records,
        )  # fmt: skip
        seconds = perf_counter() - began
        assert (done["hours"], done["sinks"]) == (count, sinks)
    sys.stdout.write(f"{count} rows of {sinks} sinks: {seconds:.2f} s of {TARGET_SECONDS:.2f} s\n")
    return int(seconds > TARGET_SECONDS)


def serve_at(room: Room, sinks: int) -> tuple[str, ...]:
    """Give the owner so many sinks, as a roster's `MoreSinks` does; their names."""
    folder = room.world.folder
    (owner,) = (entry for entry in folder.layer.roster if entry.participant_id == OWNER)
    more = tuple(LocationLimit(f"SINK_{number:02d}", Decimal(1000)) for number in range(1, sinks))
    roster = tuple(
        replace(owner, more_loads=more) if entry is owner else entry
        for entry in folder.layer.roster
    )
    layer = replace(folder.layer, roster=roster)
    room.room.world = replace(room.world, folder=replace(folder, layer=layer))
    return (owner.sink, *(load.name for load in more))


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
