"""What the participant API costs, beside its peers, over mutual TLS and on one core.

    python load_tests/api/bench_api.py [--seconds 4]

`marketsim serve` and its peers run on one core, the load on the other. Rates are as they were
observed, together with the CPU time of the server for one request, which other work on the machine
does not change: their ratio is the figure to compare. Written: `results/api.json`, and a table.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvloop
from load import Load, Tally, request, run

from simulator.cli.pki_folder import PkiFolder
from simulator.cli.scenario import read_scenario
from simulator.cli.world import shipped_world

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).parent / "results" / "api.json"
CALENDAR = ROOT / "tests" / "engine" / "short_run.toml"
MARKET, PERIOD, OWNER = "AUC_MN_2024_M04", "2024_M04", "FIN1"
SERVER_CORE, LOAD_CORE = "0", 1
AUCTION = "/crr/auction/v1.0"
MARKETSIM = [sys.executable, "-m", "simulator"]
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
NAME = b"@NAME@"
GET, BARE = "GET status", "bare GET"
THOUSAND = "POST 1,000 bids"
DECODE, CHECK = "decode only, 1,000 bids", "decode and check, 1,000 bids"
TURNS = 6  # of loads that are compared
RUSH_S = 60.0  # more than a rush can take


@dataclass(frozen=True)
class Serving:
    """A server that runs."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """The CPU time that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


@contextmanager
def serving(command: list[str], port: str) -> Iterator[Serving]:
    """A server on its own core; `port` is how its output tells where it listens."""
    pinned = ["taskset", "-c", SERVER_CORE, *command]
    with subprocess.Popen(pinned, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        told = (re.search(port, line) for line in process.stdout)
        try:
            yield Serving(int(next(filter(None, told))[1]), process.pid)
        finally:
            process.terminate()
            process.wait()


def bodies(bids: int, seed: int = 1) -> bytes:
    """A portfolio of bids on many paths, with curves of 2 to 10 points; its name is NAME."""
    rng = random.Random(seed)
    world = shipped_world(read_scenario(CALENDAR), seed)
    biddable = sorted(name for name, place in world.locations.items() if place.biddable)
    sources = [name for name in biddable if world.locations[name].type in ("GEN", "TH")]
    sinks = [name for name in biddable if world.locations[name].type in ("DLAP", "SLAP", "LAP")]
    lines = []
    for number in range(bids):
        mw = sorted(rng.sample(range(1, 100_000), rng.randint(1, 9)))
        prices = sorted((rng.randint(-500, 5000) for _ in range(len(mw) + 1)), reverse=True)
        points = zip([0, *mw], prices, strict=True)
        lines.append(
            {
                "assetOwner": OWNER,
                "source": rng.choice(sources),
                "sink": rng.choice(sinks),
                "hedgeType": "OBL",
                "tou": rng.choice(("ON", "OFF")),
                "period": PERIOD,
                "crrType": "AUC",
                "bidCurve": [{"mw": m / 1000, "price": p / 100} for m, p in points],
                "description": str(1000 + number),
            }
        )
    sent = {
        "portfolioName": NAME.decode(),
        "marketName": MARKET,
        "newBids": lines,
        "newOffers": [],
        "participantName": OWNER,
    }
    return json.dumps(sent, separators=(",", ":")).encode()


def creations(template: bytes, prefix: bytes) -> Callable[[int], Iterator[bytes]]:
    """Requests that create a new portfolio each, with names that begin alike."""
    numbers = count()

    def requests(client: int) -> Iterator[bytes]:
        while True:
            named = template.replace(NAME, b"%s %06d" % (prefix, next(numbers)))
            yield request("POST", f"{AUCTION}/portfolioCreation", named)

    return requests


def status(name: str) -> bytes:
    """A request for the status of a portfolio."""
    said = {"marketName": MARKET, "portfolioName": name, "participantName": OWNER}
    return request("GET", f"{AUCTION}/portfolioStatus?{urlencode(said)}")


def always(content: bytes) -> Callable[[int], Iterator[bytes]]:
    """The same request for ever."""

    def requests(client: int) -> Iterator[bytes]:
        while True:
            yield content

    return requests


class Bench:
    """Measures, and keeps what it has measured."""

    def __init__(self, folder: Path) -> None:
        pki = PkiFolder(folder)
        self._context = ssl.create_default_context(cafile=str(pki.certificate("ca")))
        self._context.load_cert_chain(pki.certificate(OWNER), pki.key(OWNER))
        self.rows: dict[str, dict[str, Any]] = {}

    def measure(self, name: str, server: Serving, load: Load) -> Tally:
        """One load on one server."""
        return self._tell(name, *self._once(server, load))

    def in_turns(self, sides: Mapping[str, tuple[Serving, Load]], turns: int) -> None:
        """Loads to be compared, one after the other and again: what else runs meets them alike."""
        tallies = {name: Tally() for name in sides}
        used_s = dict.fromkeys(sides, 0.0)
        for _ in range(turns):
            for name, (server, load) in sides.items():
                tally, cpu_s = self._once(server, load)
                tallies[name].add(tally)
                used_s[name] += cpu_s
        for name, tally in tallies.items():
            self._tell(name, tally, used_s[name])

    def _once(self, server: Serving, load: Load) -> tuple[Tally, float]:
        before = server.cpu_s()
        tally = asyncio.run(run(load, server.port, self._context))
        return tally, server.cpu_s() - before

    def _tell(self, name: str, tally: Tally, cpu_s: float) -> Tally:
        self.rows[name] = row = {
            "requests": tally.answers,
            "errors": tally.errors,
            "per_s": round(tally.answers / tally.seconds, 1),
            "server_cpu_us": round(1e6 * cpu_s / tally.answers, 1),
            "p50_ms": round(tally.wait_ms(0.5), 2),
            "p99_ms": round(tally.wait_ms(0.99), 2),
            "seconds": round(tally.seconds, 2),
        }
        said = "  ".join(f"{key} {value:>9}" for key, value in row.items())
        print(f"{name:32} {said}", flush=True)
        if tally.errors:
            print("    ", dict(tally.statuses), tally.last[:200])
        return tally

    def ratio(self, ours: str, peer: str) -> float:
        """What we answer in a core's second, as a share of what the peer does."""
        return round(self.rows[peer]["server_cpu_us"] / self.rows[ours]["server_cpu_us"], 3)


def bench_ours(bench: Bench, server: Serving, seconds: float) -> int:
    """Every load of the participant API; the size of its smallest answer."""
    ten, thousand, most = bodies(10), bodies(1000), bodies(10_000)
    first = ten.replace(NAME, b"First")
    create = request("POST", f"{AUCTION}/portfolioCreation", first)
    bench.measure("warm-up", server, Load(lambda client: iter([create]), seconds, 1))
    ask = status("First")
    answer = bench.measure("one answer", server, Load(lambda client: iter([ask]), seconds, 1))
    bench.measure("POST 10 bids", server, Load(creations(ten, b"Ten"), seconds, 128))
    rush = creations(thousand, b"Rush")
    ten_times = Load(lambda client: islice(rush(client), 1), RUSH_S, 10)
    bench.measure("10 x 1,000 bids at once", server, ten_times)
    whole = request("POST", f"{AUCTION}/portfolioCreation", most.replace(NAME, b"Whole"))
    bench.measure("10,000 bids in one", server, Load(lambda client: iter([whole]), RUSH_S, 1))
    mixed = creations(ten, b"Mixed")

    def every_second(client: int) -> Iterator[bytes]:
        return mixed(client) if client % 2 else always(status("First"))(client)

    bench.measure("200 clients, 50 fleeting", server, Load(every_second, seconds, 150, 50))
    return len(answer.last)


def main() -> None:
    """Measure, tell and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4.0, help="the length of each load")
    seconds = parser.parse_args().seconds
    os.sched_setaffinity(0, {LOAD_CORE})
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    folder = Path(tempfile.mkdtemp(prefix="bench-api-"))
    try:
        subprocess.run(
            [*MARKETSIM, "certs", "init", "--data", str(folder)],
            check=True, cwd=ROOT, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        command = [
            *MARKETSIM, "serve", str(CALENDAR), "--data", str(folder), "--until", "auction-open",
            "--port", "0", "--json", "--log", str(folder / "log"),
        ]  # fmt: skip
        peer = [sys.executable, str(Path(__file__).with_name("peer_server.py"))]
        with serving(command, r'"port": *(\d+)') as ours:
            bench = Bench(folder)
            size = bench_ours(bench, ours, seconds)
            with (
                serving([*peer, "decode", str(folder)], r"(\d+)") as decode,
                serving([*peer, "check", str(folder)], r"(\d+)") as check,
                serving([*peer, "fixed", str(size), str(folder)], r"(\d+)") as bare,
            ):
                load = Load(creations(bodies(1000), b"Thousand"), seconds / 2, 8)
                sides = {THOUSAND: (ours, load), DECODE: (decode, load), CHECK: (check, load)}
                bench.in_turns(sides, TURNS)
                load = Load(always(status("First")), seconds / 2, 32)
                bench.in_turns({GET: (ours, load), BARE: (bare, load)}, TURNS)
    finally:
        shutil.rmtree(folder)
    ratios = {
        "GET status : bare GET": bench.ratio(GET, BARE),
        "POST 1,000 bids : decode only": bench.ratio(THOUSAND, DECODE),
        "POST 1,000 bids : decode and check": bench.ratio(THOUSAND, CHECK),
    }
    for name, ratio in ratios.items():
        print(f"{name:36} {ratio:.3f}")
    RESULTS.parent.mkdir(exist_ok=True)
    load_average = os.getloadavg()[0]
    told = {"ratios_by_cpu": ratios, "load_average": round(load_average, 1), "rows": bench.rows}
    RESULTS.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
