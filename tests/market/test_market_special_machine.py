"""Random commands on load, migration and conversion through the room; a journal replays alike."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from replayed import assert_replays
from special_rooms import preloaded, room_at

from simulator.domain import Period, Tou
from simulator.market import inventory, load, migration, processes, tor
from simulator.rules.lineage import lineage_findings
from simulator.store import books, special_tables
from simulator.timeline.hours import hours_of_period
from simulator.timeline.process import STATES

LOAD, CONVERSION = "FCST_LOAD_2024_M04", "TOR_CONVERSION_2024_S02"
MIGRATIONS = ("LOAD_MIGRATION_2024_M05", "LOAD_MIGRATION_2024_M06")
SECOND = {
    '[[process]]\nname = "SECONDARY_MARKET"': (
        f'[[process]]\nname = "{MIGRATIONS[1]}"\nkind = "LOAD_MIGRATION"\n'
        'periods = ["2024_M06"]\n\n[[process]]\nname = "SECONDARY_MARKET"'
    )
}
PROCESSES = (LOAD, CONVERSION, *MIGRATIONS)
APRIL = Period.parse("2024_M04")
SUPPLIERS = ("LSEP", "CCA1")
RATES = [["RESIDENTIAL", tou.value, season, "2.5"] for season in range(1, 5) for tou in Tou]
STEP, JUNE_15 = Decimal("0.001"), date(2024, 6, 15)
ENDS = ("2024-05-01", "2024-06-01", "2024-07-01", "2024-03-10", "2024-02-29")


def test_any_chain_of_special_commands_keeps_states_mw_and_replays(tmp_path_factory):
    folder = tmp_path_factory.mktemp("special_machine")
    start = preloaded(folder, SECOND)

    class Special(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.folder = tmp_path_factory.mktemp("play")
            self.room = room_at(shutil.copy(start, self.folder / "market.db"), SECOND)
            self.room.lead("SECONDARY_MARKET", "OPEN")
            for name in (*SUPPLIERS, "FIN1"):
                self.room.done("set_collateral", participant=name, amount_usd="900000000")
            self.steps = dict.fromkeys(PROCESSES, 0)
            with self.room.room.store.reading() as tx:
                self.before = inventory.as_of(tx, self.room.at + 1)
                self.paths = {
                    (path.holder, path.source, path.sink): path.max_mw
                    for path in tor.paths(
                        self.room.world, processes.spec_of(self.room.world, CONVERSION)
                    )
                }

        def asked(self, kind, actor, may, *, must=False, **arguments):
            """Refused whenever it may not be, done where it must; a refusal changes nothing."""
            before = self.room.room.store.state_digest()
            entry = self.room.ask(kind, actor, **arguments)
            if entry.status == "refused":
                assert not must, (kind, arguments, entry.effect)
                assert json.loads(entry.effect)[0]["code"]
                assert self.room.room.store.state_digest() == before
            else:
                assert may, (kind, arguments)

        def state(self, name) -> str:
            return STATES[processes.spec_of(self.room.world, name).kind][self.steps[name]]

        @rule(name=st.sampled_from(PROCESSES))
        def lead(self, name):
            states = STATES[processes.spec_of(self.room.world, name).kind]
            if self.steps[name] + 1 < len(states):
                self.steps[name] += 1
                self.room.lead(name, states[self.steps[name]])

        @rule(name=st.sampled_from(PROCESSES), status=st.sampled_from(["POSTED", "OPEN", "NEW"]))
        def out_of_order(self, name, status):
            states = STATES[processes.spec_of(self.room.world, name).kind]
            following = states[self.steps[name] + 1 : self.steps[name] + 2]
            if (status,) != following:
                found = self.room.refused("process", process=name, status=status, text="x")
                assert found[0]["code"] == "SER0017"

        @rule(
            owner=st.sampled_from(SUPPLIERS),
            actor=st.sampled_from(SUPPLIERS),
            mw=st.sampled_from(["0.000", "100.000", "99999.000", "0.0001"]),
            forgotten=st.booleans(),
        )
        def submit_load(self, owner, actor, mw, forgotten):
            sink = self.room.world.participants[owner].sink
            days: dict[str, list[str]] = defaultdict(list)
            for hour in hours_of_period(APRIL, None):
                days[hour.day.isoformat()].append(mw)
            rows = [[sink, "FINAL_LOAD", day, hourly] for day, hourly in days.items()]
            may = self.state(LOAD) == "OPEN" and self.steps[LOAD] == 1 and owner == actor
            may &= mw in ("0.000", "100.000") and not forgotten
            self.asked(
                "submit_load", actor, may, must=may,
                window=LOAD, period=APRIL.name, owner=owner, records=rows[forgotten:],
            )  # fmt: skip

        @rule(
            market=st.sampled_from(MIGRATIONS),
            actor=st.sampled_from(SUPPLIERS),
            giver=st.sampled_from(SUPPLIERS),
            moved=st.sampled_from([0, 1, 400, 10_000, 10_001]),
        )
        def upload(self, market, actor, giver, moved):
            number = {name: duns for duns, name in migration.duns_numbers(self.room.world).items()}
            gainer = next(name for name in SUPPLIERS if name != giver)
            transfer = ["1", "RESIDENTIAL", number[giver], number[gainer], moved]
            parts = {
                "COUNTS": [[number[name], "RESIDENTIAL", 10_000] for name in SUPPLIERS],
                "DASRS": [transfer],
                "RATES": RATES,
            }
            for part, records in parts.items():
                may = self.state(market) == "OPEN" and actor == "LSEP"
                may &= part != "DASRS" or 1 <= moved <= 10_000
                self.asked(
                    "upload_migration", actor, may, must=may, market=market, udc="UPGAE", part=part,
                    effective_date=f"2024-{market[-2:]}-01", records=records,
                )  # fmt: skip

        @rule(
            transferee=st.sampled_from(["LSEP", "FIN1", "NOBODY"]),
            ends=st.lists(st.sampled_from(ENDS), min_size=2, max_size=2),
            share=st.sampled_from(["0.3", "0.7", "1", "1.001"]),
            modeled=st.sampled_from("YN"),
        )
        def convert(self, transferee, ends, share, modeled):
            (holder, source, sink), most = sorted(self.paths.items())[0]
            size = (most * Decimal(share)).quantize(Decimal("0.001"))
            may = self.state(CONVERSION) == "OPEN_FOR_CONVERSION" and transferee != "NOBODY"
            may &= "2024-05-01" <= ends[0] < ends[1] and share != "1.001"
            self.asked(
                "request_tor_conversion", holder, may, window=CONVERSION, holder=holder,
                requests=[[source, sink, *ends, str(size), transferee, modeled]],
            )  # fmt: skip

        @rule(owner=st.sampled_from(["LSEP", "FIN1"]), word=st.sampled_from(["APPROVED", "X"]))
        def decide(self, owner, word):
            with self.room.room.store.reading() as tx:
                own = [r for r in tor.records(tx) if r.request.transferee == owner]
            may = self.state(CONVERSION) == "OPEN_FOR_APPROVAL" and word != "X"
            self.asked(
                "decide_tor_conversion", owner, may, window=CONVERSION, owner=owner,
                decisions=[[r.record_id, word] for r in own],
            )  # fmt: skip

        @rule(
            givers=st.tuples(st.sampled_from(SUPPLIERS), st.sampled_from(SUPPLIERS)),
            moved=st.sampled_from([400, 10_000]),
            sold=st.sampled_from(["", "0.001", "0.5", "1"]),
        )
        def move_load(self, givers, moved, sold):
            """Both markets from where they stand to their posting: the second one adjusts.

            Between them one of the CRRs that the first one made may be sold, all or a part of it.
            """
            for market, giver in zip(MIGRATIONS, givers, strict=True):
                while self.state(market) != "POSTED":
                    self.lead(market)
                    if self.state(market) == "OPEN":
                        self.upload(market, "LSEP", giver, moved)
                if sold:
                    self.sell_migrated(sold, "LSE_LMT")

        @rule(
            share=st.sampled_from(["0.001", "0.5", "1"]),
            crr_type=st.sampled_from(["LSE_LMT", "LMT_CNT"]),
        )
        def sell_migrated(self, share, crr_type):
            """A part of a migrated CRR for all of its days, to somebody who serves no load."""
            own = [c for c in self.room.crrs(crr_type=crr_type) if c.owner in SUPPLIERS]
            for crr in own[:1]:
                size = max((crr.mw * Decimal(share)).quantize(STEP), STEP)
                start = max(crr.start, date(2024, 4, 2))
                request = self.room.done(
                    "post_secondary_offer", crr.owner, owner=crr.owner, side="SELL",
                    source=crr.source, sink=crr.sink, tou=crr.tou.value, hedge=crr.hedge.value,
                    crr_type=crr_type, start=start.isoformat(), end=crr.end.isoformat(),
                    mw=str(size), price="0", crr_id=crr.crr_id, counterparty="FIN1",
                )["request_id"]  # fmt: skip
                self.room.done("respond_secondary_offer", "FIN1", request_id=request, accept="Y")
                done = self.room.done("check_secondary_credit", request_id=request)
                assert done["status"] == "APPROVED"

        @rule(transferee=st.sampled_from(["LSEP", "FIN1"]), modeled=st.sampled_from("YN"))
        def hand_over(self, transferee, modeled):
            """A whole conversion from where it stands to its posting."""
            while self.state(CONVERSION) != "POSTED":
                self.lead(CONVERSION)
                if self.state(CONVERSION) == "OPEN_FOR_CONVERSION":
                    self.convert(transferee, ["2024-05-01", "2024-06-01"], "0.3", modeled)
                if self.state(CONVERSION) == "OPEN_FOR_APPROVAL":
                    self.decide(transferee, "APPROVED")

        @invariant()
        def what_moves_is_neither_made_nor_lost(self):
            """Days in May and June: gains and counter-flows cancel, the rest is what was there."""
            with self.room.room.store.reading() as tx:
                held = inventory.as_of(tx, self.room.at + 1)
                records = tor.records(tx)
            for day in (date(2024, 5, 15), JUNE_15):
                made = [crr for crr in held if crr.crr_type == "MT_TOR" and crr.effective_on(day)]
                rest = [crr for crr in held if crr.crr_type != "MT_TOR"]
                assert net(rest, day) == net(self.before, day)
                posted = self.state(CONVERSION) == "POSTED"
                approved = [
                    r for r in records
                    if posted and r.status == "APPROVED" and r.request.start <= day < r.request.end
                ]  # fmt: skip
                assert net(made, day) == net_of_records(approved)
                for tou in Tou:
                    total = sum((r.request.mw for r in approved if r.tou == tou), Decimal(0))
                    assert total <= max(self.paths.values())

        @invariant()
        def of_each_crr_moves_the_share_of_the_load_that_moved(self):
            """Whoever owns it now: both serve as many customers, so percentages add up."""
            with self.room.room.store.reading() as tx:
                left = net_shares(tx.rows(special_tables.migration_share))
                bases = [c for name in SUPPLIERS for c in books.allocations(tx, owner=name)]
                given = [c for name in SUPPLIERS for c in migration.migrated_crrs(tx, name)]
            moved: dict[str, Decimal] = defaultdict(Decimal)
            owner = {base.crr_id: base.owner for base in bases}
            for crr in given:
                if crr.crr_type == "LSE_LMT" and crr.effective_on(JUNE_15):
                    away = crr.owner != owner[crr.parent_crr_id]
                    moved[crr.parent_crr_id] += crr.mw if away else -crr.mw
            for base in (base for base in bases if base.effective_on(JUNE_15)):
                percent = min(max(left[base.owner, base.tou.value], 0), 100)
                assert moved[base.crr_id] == round(base.mw * percent / 100, 3)

        @invariant()
        def stories_are_whole(self):
            with self.room.room.store.reading() as tx:
                assert lineage_findings(inventory.life_events(tx)) == ()
                for item in load.submissions(tx, LOAD, APRIL.name):
                    assert item.status == "VALID"

        def teardown(self):
            store = self.room.room.store
            assert_replays(store, self.room.world, self.folder)
            store.close()

    few = settings(
        max_examples=10, stateful_step_count=15, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Special, settings=few)


def net_shares(rows) -> dict[tuple[str, str], Decimal]:
    """Percent of each supplier's spring load that is gone, by time of use."""
    total: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        if row["season"] == 2:
            total[row["from_lse"], row["tou"]] += Decimal(row["percent"])
            total[row["to_lse"], row["tou"]] -= Decimal(row["percent"])
    return total


def net(crrs, day) -> dict[tuple[str, str, Tou], Decimal]:
    """MW between two ends on a day, one direction less the other; ends in order of their names."""
    total: dict[tuple[str, str, Tou], Decimal] = defaultdict(Decimal)
    for crr in crrs:
        if crr.effective_on(day):
            add(total, crr.source, crr.sink, crr.tou, crr.mw)
    return {key: mw for key, mw in total.items() if mw}


def net_of_records(records) -> dict[tuple[str, str, Tou], Decimal]:
    total: dict[tuple[str, str, Tou], Decimal] = defaultdict(Decimal)
    for item in records:
        add(total, item.request.source, item.request.sink, item.tou, item.request.mw)
    return {key: mw for key, mw in total.items() if mw}


def add(total, source, sink, tou, mw) -> None:
    first, last = sorted((source, sink))
    total[first, last, tou] += mw if (first, last) == (source, sink) else -mw
