"""Rights of every origin through `marketsim settle`, and what it says of holes in a case."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from simulator.cli import execute

CALENDAR = 'month = "2024-06"\ntimezone = "America/Los_Angeles"\n'
HOURS = tuple(f"2024-06-{day}T10:00:00-07:00" for day in ("13", "14", "20"))
PRICES = "Hour,Constraint,ShadowPrice\n" + "".join(f"{hour},K,10\n" for hour in HOURS)
REVENUE = "Hour,Constraint,RevenueUSD\n" + "".join(f"{hour},K,5000\n" for hour in HOURS)
HEADER = "CRRID,Owner,HedgeType,Source,Sink,TOU,MW,StartDate,EndDate\n"
# A hub with factors .5, .3 and .2 of three nodes: its own factor is theirs, weighted.
FACTORS = {"G1": "0.8", "G2": "0.4", "G3": "-0.2", "HUB": "0.48", "DLAP": "-0.1", "OLD": "0.6"}


def case(folder: Path, rights: str, **changes: str) -> Path:
    folder.mkdir(exist_ok=True)
    files = {
        "calendar.toml": CALENDAR,
        "crrs.csv": HEADER + rights,
        "shadow_prices.csv": PRICES,
        "shift_factors.csv": "Hour,Constraint,SourceSink,ShiftFactor\n"
        + "".join(f",K,{place},{factor}\n" for place, factor in FACTORS.items()),
        "congestion_revenue.csv": REVENUE,
        **{name.replace("__", "."): text for name, text in changes.items()},
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def paid(folder: Path, rights: str, **changes: str) -> dict[tuple[str, str], Decimal]:
    """What `marketsim settle` pays by owner and day, adjustments included."""
    out = folder / "out"
    assert execute(["settle", str(case(folder, rights, **changes)), "--out", str(out)]) == 0
    amounts: dict[tuple[str, str], Decimal] = {}
    with (out / "statements.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            key = row["Owner"], row["TradingDay"][-2:]
            amounts[key] = amounts.get(key, Decimal(0)) + Decimal(row["AmountUSD"])
    return amounts


def right(crr_id, owner, source, sink, mw, start="2024-06-01", end="2024-06-30") -> str:
    return f"{crr_id},{owner},OBL,{source},{sink},ON,{mw},{start},{end}\n"


def test_a_hub_with_its_counter_is_paid_what_its_legs_would_be(tmp_path):
    """C12: 100 MW from the hub, the third leg cut to 10 of 20 MW: hub 100 and a counter of 10."""
    hub = right(1, "LSE", "HUB", "DLAP", 100) + right(2, "LSE", "DLAP", "G3", 10)
    legs = "".join(
        right(number, "LSE", node, "DLAP", mw)
        for number, (node, mw) in enumerate((("G1", 50), ("G2", 30), ("G3", 10)), 1)
    )
    ours = paid(tmp_path / "hub", hub)
    assert ours == paid(tmp_path / "legs", legs)
    assert ours["LSE", "13"] == Decimal("590.00")  # 10 x (100 x 0.58 + 10 x 0.1)


def test_a_load_migration_pair_moves_the_parents_share(tmp_path):
    """C11: 40 MW, 1.957 of it to the gaining entity; the parent stays as it is."""
    parent = right(1, "LOSES", "G1", "DLAP", "40")
    pair = right(2, "GAINS", "G1", "DLAP", "1.957") + right(3, "LOSES", "DLAP", "G1", "1.957")
    before, after = paid(tmp_path / "before", parent), paid(tmp_path / "after", parent + pair)
    assert after["GAINS", "13"] == Decimal("17.61")  # 1.957 x 9.0 = 17.613
    assert before["LOSES", "13"] == Decimal("360.00")
    assert after["LOSES", "13"] == Decimal("342.39")


def test_a_transfer_inside_the_month_is_paid_to_whoever_held_it_that_day(tmp_path):
    """4 of 10 MW from the 14th to the 19th: two fragments stay with the seller."""
    rights = (
        right(1, "SELLER", "G1", "DLAP", 10, end="2024-06-13")
        + right(2, "SELLER", "G1", "DLAP", 6, "2024-06-14", "2024-06-19")
        + right(3, "BUYER", "G1", "DLAP", 4, "2024-06-14", "2024-06-19")
        + right(4, "SELLER", "G1", "DLAP", 10, "2024-06-20")
    )
    amounts = paid(tmp_path / "case", rights)
    held = {key: amount for key, amount in amounts.items() if amount}
    assert held == {
        ("SELLER", "13"): Decimal("90.00"),
        ("SELLER", "14"): Decimal("54.00"),
        ("BUYER", "14"): Decimal("36.00"),
        ("SELLER", "20"): Decimal("90.00"),
    }


def test_a_retired_location_is_paid_at_its_replacement_from_that_day(tmp_path):
    moved = "Location,FirstDay,ReplacedBy\nOLD,2024-06-14,G2\n"
    amounts = paid(tmp_path / "case", right(1, "P", "OLD", "DLAP", 10), replacements__csv=moved)
    assert [amounts["P", day] for day in ("13", "14", "20")] == [
        Decimal("70.00"), Decimal("50.00"), Decimal("50.00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"shadow_prices__csv": PRICES + f"{HOURS[0]},K,10\n"}, "SETTLE_ROW_TWICE"),
        ({"congestion_revenue__csv": "Hour,Constraint,RevenueUSD\n"}, "SETTLE_REVENUE_MISSING"),
        (
            {"shift_factors__csv": "Hour,Constraint,SourceSink,ShiftFactor\n,L,G1,1\n"},
            "SETTLE_FACTORS_MISSING",
        ),
        (
            {"replacements__csv": "Location,FirstDay,ReplacedBy\nG1,2024-06-14,\n"},
            "SETTLE_CRR_RETIRED",
        ),
        (
            {
                "calendar__toml": CALENDAR + 'missing_factors = "refuse"\n',
                "shift_factors__csv": "Hour,Constraint,SourceSink,ShiftFactor\n"
                f",K,DLAP,-0.1\n{HOURS[0]},K,G1,1\n{HOURS[0]},K,DLAP,-0.1\n",
            },
            "SETTLE_FACTOR_GAP",
        ),
        (
            {
                "calendar__toml": CALENDAR + 'missing_factors = "refuse"\n',
                "shadow_prices__csv": "".join(PRICES.splitlines(keepends=True)[:-1]),
            },
            "SETTLE_PRICE_MISSING",
        ),
    ],
)
def test_nothing_is_settled_on_a_hole(tmp_path, changes, code, capsys):
    folder = case(tmp_path / "case", right(1, "P", "G1", "DLAP", 10), **changes)
    assert execute(["settle", str(folder), "--out", str(tmp_path / "out")]) == 2
    assert code in capsys.readouterr().err
    assert not (tmp_path / "out").exists(), "nothing is written of a case with holes"


def refused(folder: Path, capsys, replacements: str, end: str = "2024-06-30") -> str:
    """What is said of a right at G1 until `end` with `replacements`; "" when it is settled."""
    text = "Location,FirstDay,ReplacedBy\n" + replacements
    given = case(folder, right(1, "P", "G1", "DLAP", 10, end=end), replacements__csv=text)
    code = execute(["settle", str(given), "--out", str(folder / "out")])
    said = capsys.readouterr().err
    assert code == (2 if "SETTLE_CRR_RETIRED" in said or "_CIRCLE" in said else 0)
    return said if code else ""


def test_a_chain_of_replacements_that_ends_in_a_retirement_is_a_hole(tmp_path, capsys):
    chain = "G1,2024-06-10,OLD\nOLD,2024-06-12,\n"
    said = refused(tmp_path / "a", capsys, chain)
    assert "crrs.csv" in said
    assert "OLD until 2024-06-30" in said
    assert refused(tmp_path / "b", capsys, chain, end="2024-06-11") == ""


def test_a_right_may_last_until_the_day_before_its_location_retires(tmp_path, capsys):
    assert refused(tmp_path / "a", capsys, "G1,2024-06-14,\n", end="2024-06-13") == ""
    assert "G1 until 2024-06-14" in refused(
        tmp_path / "b", capsys, "G1,2024-06-14,\n", end="2024-06-14"
    )


def test_a_zone_with_half_hours_is_refused(tmp_path, capsys):
    zone = 'month = "2024-06"\ntimezone = "Asia/Kolkata"\n'
    folder = case(tmp_path / "case", right(1, "P", "G1", "DLAP", 10), calendar__toml=zone)
    assert execute(["settle", str(folder), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "SETTLE_TIMEZONE Asia/Kolkata is not a whole number of hours from UTC" in said


@pytest.mark.parametrize("second_day", ["2024-06-10", "2024-06-12", "2024-06-05"])
def test_replacements_in_a_circle_are_named(tmp_path, second_day, capsys):
    said = refused(tmp_path / "case", capsys, f"G2,2024-06-10,G3\nG3,{second_day},G2\n")
    assert said.count("SETTLE_REPLACEMENT_CIRCLE") == 2


def test_an_hour_with_revenue_and_no_price_is_warned_of(tmp_path, capsys):
    prices = "".join(PRICES.splitlines(keepends=True)[:-1])
    paid(tmp_path / "case", right(1, "P", "G1", "DLAP", 10), shadow_prices__csv=prices)
    assert "SETTLE_PRICE_MISSING" in capsys.readouterr().err
