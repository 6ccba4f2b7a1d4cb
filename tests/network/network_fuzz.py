"""Mutated case files: each is read or refused in words, quickly, whatever was done to it.

The suite runs ten thousand and reports the count; `python tests/network/network_fuzz.py 100000 7`
runs as many of each format as one likes, from any seed, and counts the findings by kind.
"""

from __future__ import annotations

import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from network_cases import THREE_BUSES, TRIANGLE, raw

from simulator.domain import Refused
from simulator.network.case import Case
from simulator.network.dc import dc_network
from simulator.network.factors import Factors
from simulator.network.matpower.reader import read_matpower
from simulator.network.matpower.writer import write_matpower
from simulator.network.raw.reader import read_raw
from simulator.network.raw.writer import write_raw

Read = Callable[[bytes], Case]
SLOWEST_SECONDS = 5.0  # a file of a few kilobytes takes milliseconds

SEED = raw(
    THREE_BUSES + "\n4,'FOUR, /''S',115.0,1,1.0,2.0,1,1,1.01,-2.5,1",
    loads="3,'A ',1,1,1,90,10,1,2,3,4,5\n4 '1' 1 1 1 5.0",
    generators="1,'B',10,1,2,-2,1.01,3,90,0,1,0,0,1,1,99,100,5,2,.5,3,.5",
    lines=TRIANGLE + "1,-4,'&X',.01,.1,.02,1,2,3,.1,.2,.3,.4,1,7.5,4,1.0",
    transformers="1,2,3,'T',1,2,1,0,0,1,'NAME',4,6,1.0\n.1,.2,50,.1,.2,60,.1,.2,70,1.02,-3\n"
    "1.0,220.0,30,1,2,3,1,-2,1.2,.8,1.1,.9,17,4,.1,.2\n,,-30\n1.0,0,0,4,5,6\n"
    "2,4,0,'U'\n0,.1\n1.0\n1.0",
    area="1,1,0.0,10.0,'AREA, ONE'",
    two_terminal="1,1,1.0,40.0,500\n1,2\n3,2",
    vsc="'V',1,0.1\n2,2,1,12.0\n1,1,1,0.0",
    correction="4,0.9,1.2,1.1,1.4",
    multi_terminal="1,3,2,1,1,3\n1,2,90,5,0,0,230,1,1,1.5,.5,.006,30\n"
    "2,2,90,5,0,0,230,1,1,1.5,.5,.006,20\n3,2,90,5,0,0,230,1,1,1.5,.5,.006,500\n"
    "0,0,1,1,'A'\n2,0,1,1,'B'\n0,2,'1',8.2",
    multi_section="1,-3,'&1',2",
    facts="1,1,2,1,5.0",
)
TOKENS = [
    b"0", b"-1", b"1e308", b"1e-308", b"nan", b"inf", b"'", b'"', b"/", b",", b",,", b"Q", b"\n",
    b"\r", b"\n0\n", b"99999999999999999999", b"1.5", b"'4'", b"\xff", b"\x00", b"@!", b"1_0",
    b"0x1",    b"; ", b"[", b"];", b"%", b"=", b"mpc.bus(1,1) = 2;", b"4", b"3", b" ",
]  # fmt: skip


def mutated(seed: bytes, random_stream: random.Random) -> bytes:
    """One to six edits: bytes, tokens, lines, cuts."""
    data = bytearray(seed)
    for _ in range(random_stream.randint(1, 6)):
        kind = random_stream.randrange(7)
        at = random_stream.randrange(len(data) + 1)
        lines = bytes(data).split(b"\n")
        row = random_stream.randrange(len(lines))
        if kind == 0 and at < len(data):
            data[at] = random_stream.randrange(256)
        elif kind == 1:
            data[at:at] = random_stream.choice(TOKENS)
        elif kind == 2:
            data[at : at + random_stream.randint(1, 9)] = random_stream.choice(TOKENS)
        elif kind == 3:
            del lines[row]
            data = bytearray(b"\n".join(lines))
        elif kind == 4:
            lines.insert(random_stream.randrange(len(lines)), lines[row])
            data = bytearray(b"\n".join(lines))
        elif kind == 5:
            items = lines[row].split(b",")
            items[random_stream.randrange(len(items))] = random_stream.choice(TOKENS)
            lines[row] = b",".join(items)
            data = bytearray(b"\n".join(lines))
        elif random_stream.random() < 0.2:
            del data[at:]
    return bytes(data)


@dataclass
class Tally:
    """How many files of each format were read or refused, and what the refusals said."""

    outcomes: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)

    def told(self) -> str:
        """The counts as lines of text."""
        files = [f"{self.outcomes.total():,} mutated files"]
        kinds = [f"{self.findings.total():,} findings"]
        for lines, counts in ((files, self.outcomes), (kinds, self.findings)):
            lines += [f"  {name}: {number:,}" for name, number in sorted(counts.items())]
        return "\n".join((*files, *kinds)) + "\n"


def fuzz(count: int, seed: int = 1) -> Tally:
    """Reads `count` mutated files of each format; anything but an answer or a refusal raises."""
    tally = Tally()
    formats: list[tuple[str, bytes, Read]] = [
        ("raw", SEED, read_raw),
        ("matpower", write_matpower(read_raw(SEED)).encode("latin-1"), read_matpower),
    ]
    for name, original, read in formats:
        random_stream = random.Random(f"{seed} {name}")
        for _ in range(count):
            data = mutated(original, random_stream)
            started = time.monotonic()
            try:
                _solved(read(data))
                tally.outcomes[f"{name} read"] += 1
            except Refused as refusal:
                said = all(item.message for item in refusal.findings)
                tally.outcomes[f"{name} {'refused' if said else 'refused without words'}"] += 1
                tally.findings.update(f"{name} {item.code}" for item in refusal.findings)
            except BaseException:
                sys.stderr.buffer.write(b"--- file that broke the reader\n" + data)
                raise
            assert time.monotonic() - started < SLOWEST_SECONDS, data
    return tally


def _solved(case: Case) -> None:
    """What was read has finite flows and is the same network when written and read again."""
    network = dc_network(case)
    flow = Factors(network).flows(network.injection_mw)
    assert np.isfinite(flow).all()
    again = dc_network(read_raw(write_raw(case).encode("latin-1")))
    assert sorted(again.key) == sorted(network.key)
    assert np.array_equal(again.bus, network.bus)
    assert np.allclose(again.injection_mw, network.injection_mw, rtol=1e-9, atol=1e-9)
    flow_again = Factors(again).flows(again.injection_mw)
    place = {key: position for position, key in enumerate(again.key)}
    found = flow_again[[place[key] for key in network.key]]
    assert np.allclose(found, flow, rtol=1e-6, atol=1e-6)


if __name__ == "__main__":
    warnings.simplefilter("error")  # as in the suite: a warning of a library is a fault of ours
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    sys.stdout.write(fuzz(total, int(sys.argv[2]) if len(sys.argv) > 2 else 1).told())
