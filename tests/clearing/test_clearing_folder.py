"""Case folders: what goes in comes out, faults are named all at once, answers are files."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from clearing_cases import auction, flat, grid, held, matpower_text, random_case

from simulator.clearing.clear import clear
from simulator.clearing.explain import explain_bid
from simulator.clearing.explain_picture import waterfall_svg
from simulator.clearing.explain_text import as_text
from simulator.clearing.folder import clear_folder, read_case_folder
from simulator.clearing.interior import SolverFailed
from simulator.clearing.write import write_case_folder
from simulator.cli import execute
from simulator.domain import Refused

HEADER = "BidID,Participant,TransactionType,HedgeType,Source,Sink,TOU,Period,CRRID,Point,MW,Price"
MARKET = 'name = "M"\nkind = "auction"\n'


def folder(path: Path, bids: str = "", market: str = MARKET, **files: str) -> Path:
    path.mkdir(exist_ok=True)
    network = grid([(1, 2, 0.1, 50), (2, 3, 0.1, 50), (1, 3, 0.1, 50)])
    (path / "network.m").write_text(matpower_text(network))
    (path / "market.toml").write_text(market)
    (path / "bids.csv").write_text(f"{HEADER}\n{bids}")
    for name, text in files.items():
        (path / f"{name}.csv").write_text(text)
    return path


def refused(path: Path) -> list[str]:
    with pytest.raises(Refused) as refusal:
        read_case_folder(path)
    for finding in refusal.value.findings:
        assert finding.where, finding
        assert finding.found or finding.code == "TAB0005", finding  # an empty cell
        assert finding.allowed, finding
        assert finding.remedy, finding
    return [str(finding) for finding in refusal.value.findings]


def row(point: int, mw: object, price: object, **more: object) -> str:
    """One point of bid B1, 1 to 3; `more` changes columns."""
    cells = dict(
        zip(
            HEADER.split(","),
            ("B1", "P", "BUY", "OBL", "1", "3", "ON", "2024_M09", "", point, mw, price),
            strict=True,
        )
    )
    return ",".join(str(cell) for cell in (cells | more).values()) + "\n"


GOOD = row(1, 0, 9) + row(2, 20, 9)


@pytest.mark.parametrize("kind", ["linear", "step", "weighted_least_squares", "max_mw"])
def test_a_case_written_and_read_clears_the_same(tmp_path: Path, kind: str) -> None:
    for seed in range(5):
        case = random_case(seed, kind)
        write_case_folder(case, tmp_path / "case", matpower_text(case.network), "network.m")
        again = clear_folder(tmp_path / "case", tmp_path / "out")
        direct = clear(case)
        assert (again.awards, again.prices) == (direct.awards, direct.prices)
        second = clear_folder(tmp_path / "out" / "case", tmp_path / "twice")
        assert second == again
        for name in ("awards.csv", "binding_constraints.csv", "certificate.json", "summary.json"):
            assert (tmp_path / "out" / name).read_bytes() == (
                tmp_path / "twice" / name
            ).read_bytes()


def test_outputs_have_the_columns_of_the_contract(tmp_path: Path) -> None:
    result = clear_folder(folder(tmp_path / "case", GOOD), tmp_path / "out", clock=lambda: 1.0)
    assert result.objective == pytest.approx(180)

    def header(name: str) -> str:
        return (tmp_path / "out" / name).read_text().splitlines()[0]

    assert header("awards.csv").startswith(
        "BidID,Participant,TransactionType,Source,Sink,TOU,Period,AwardedMW,ClearingPrice"
    )
    assert header("clearing_prices.csv") == "SourceSink,TOU,Period,ClearingPrice"
    assert header("binding_constraints.csv") == (
        "ConstraintName,DeviceType,FromBus,ToBus,Circuit,ContingencyName,Direction,TOU,Period,"
        "FlowMW,LimitMW,ShadowPrice"
    )
    assert header("relaxed_constraints.csv").endswith("OriginalLimitMW,LimitMW,FixedFlowMW")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert {"name", "kind", "status", "problems", "solver", "versions"} <= set(summary)
    assert {
        "period", "tou", "bids", "objective", "dual_objective", "relative_gap",
        "max_violation_mw", "constraints_screened", "constraints_in_final_problem", "binding",
        "rounds", "seconds", "awarded_value",
    } <= set(summary["problems"][0])  # fmt: skip
    assert set(summary["problems"][0]["seconds"]) == {"read", "network", "screen", "solve", "total"}


def test_every_limit_is_screened(tmp_path: Path) -> None:
    """3 branches both ways, and 2 of them both ways after each of 2 outages."""
    lost = "Contingency,FromBus,ToBus,Circuit\nL12,1,2,1\nL13,3,1,1\n"
    result = clear_folder(folder(tmp_path / "c", GOOD, contingencies=lost), tmp_path / "o")
    assert result.problems[0].constraints_screened == 6 + 2 * 2 * 2


@pytest.mark.parametrize(
    ("bids", "words"),
    [
        (row(1, 0, 9) + row(2, 20, 11), "rises in price"),
        (row(1, 1, 9) + row(2, 20, 9), "starts at 0 MW"),
        (row(1, 0, 9) + row(2, 20, 9) + row(3, 10, 8), "MW of a curve never fall"),
        (row(1, 0, 9), "2 to 20 points"),
        (row(1, 0, 9) + row(3, 20, 9), "numbered 1, 2, 3"),
        (row(1, 0, 9) + row(2, "NaN", 9), "MW cannot be read"),
        (row(1, 0, 9) + row(2, "inf", 9), "MW cannot be read"),
        (row(1, 0, 9) + row(2, 20, ""), "Price cannot be read"),
        (row(1, 0, 9) + row(2, 20, 9, Sink="2"), "differ in Sink"),
        (GOOD.replace(",3,ON", ",9,ON"), "Sink 9 is not a location"),
        (GOOD.replace(",1,3,ON", ",1,1,ON"), "source and sink are the same"),
        (GOOD.replace("BUY", "SELL"), "names a CRR that is held"),
        (GOOD.replace("BUY", "HOLD"), "TransactionType cannot be read"),
        (GOOD.replace("M09,,", "M09,R1,"), "a BUY names a CRR"),
    ],
    ids=lambda value: "" if "\n" in value else value.replace(" ", "_"),
)
def test_bad_bids_are_named(tmp_path: Path, bids: str, words: str) -> None:
    findings = refused(folder(tmp_path / "case", bids))
    assert any(words in text and "bids.csv row" in text for text in findings), findings


def test_sales_must_match_what_is_held(tmp_path: Path) -> None:
    held_header = "CRRID,Owner,Source,Sink,HedgeType,TOU,Period,MW\n"
    sale = {"TransactionType": "SELL", "CRRID": "R1"}
    offer = row(1, 0, 9, **sale) + row(2, 20, 9, **sale)
    right = held_header + "R1,P,1,3,OBL,ON,2024_M09,10\n"
    assert (
        "more of CRR R1 is offered" in refused(folder(tmp_path / "a", offer, fixed_crrs=right))[0]
    )
    other = held_header + "R1,Q,1,2,OPT,OFF,2024_M09,50\n"
    findings = refused(folder(tmp_path / "b", offer, fixed_crrs=other))
    for column in ("Participant", "Sink", "HedgeType", "TOU"):
        assert any(f"{column} is not that of CRR R1" in text for text in findings)


def test_all_files_are_faulted_at_once(tmp_path: Path) -> None:
    path = folder(
        tmp_path / "case",
        GOOD.replace(",3,ON", ",9,ON"),
        'name = "M"\nkind = "auction"\n',
        contingencies="Contingency,FromBus,ToBus,Circuit\nNOTHING,1,9,1\n",
        fixed_crrs="CRRID,Owner,Source,Sink,HedgeType,TOU,Period,MW,Colour\n",
    )
    findings = "\n".join(refused(path))
    assert "contingencies.csv row 2" in findings
    assert "Colour" in findings


def test_submissions_are_faulted_also_where_the_network_cannot_be_used(tmp_path: Path) -> None:
    held_header = "CRRID,Owner,Source,Sink,HedgeType,TOU,Period,MW\n"
    right = "R1,P,1,3,OBL,ON,2024_M09,10\n"
    path = folder(
        tmp_path / "case",
        row(1, 0, 9) + row(2, 20, 11),
        contingencies="Contingency,FromBus,ToBus,Circuit\nNOTHING,1,9,1\n",
        fixed_crrs=held_header + right + right,
    )
    findings = "\n".join(refused(path))
    for words in (
        "contingencies.csv row 2",
        "bids.csv row 2",
        "rises in price",
        "R1 is there twice",
    ):
        assert words in findings


def test_a_solver_failure_is_named_and_its_case_kept_to_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder(tmp_path / "case", GOOD)

    def fails(*_: object) -> None:
        raise SolverFailed("limits were still violated")

    monkeypatch.setattr("simulator.clearing.folder.clear_checked", fails)
    assert execute(["clear", str(tmp_path / "case"), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "no optimum was reached: limits were still violated" in said
    assert str(tmp_path / "out" / "case") in said
    assert not (tmp_path / "out" / "awards.csv").exists()
    monkeypatch.undo()
    again = execute(["clear", str(tmp_path / "out" / "case"), "--out", str(tmp_path / "again")])
    assert again == 0
    assert (tmp_path / "again" / "awards.csv").exists()


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('colour = "red"', "colour"),
        ('curve = "round"', "curve"),
        ('objective = "max_mw"', "objective"),
        ("limit_scale = 0", "limit_scale"),
        ('base_rating = "D"', "base_rating"),
    ],
)
def test_bad_settings_are_named(tmp_path: Path, line: str, field: str) -> None:
    findings = refused(folder(tmp_path / "case", GOOD, MARKET + line))
    assert any(f"market.toml field {field}" in text for text in findings)


def test_a_bid_on_an_islanded_node_is_refused(tmp_path: Path) -> None:
    cut = "FromBus,ToBus,Circuit\n1,3,1\n2,3,1\n"
    findings = refused(folder(tmp_path / "case", GOOD, outages=cut))
    assert any("not in one island" in text for text in findings)


def test_an_infeasible_base_is_relaxed_or_refused(tmp_path: Path) -> None:
    rights = "CRRID,Owner,Source,Sink,HedgeType,TOU,Period,MW\nR1,P,1,3,OBL,ON,2024_M09,90\n"
    result = clear_folder(folder(tmp_path / "a", GOOD, fixed_crrs=rights), tmp_path / "out")
    assert [(r.from_bus, r.to_bus, r.fixed_flow_mw) for r in result.relaxed] == [(1, 3, 60)]
    strict = folder(tmp_path / "b", GOOD, MARKET + 'infeasible_base = "refuse"', fixed_crrs=rights)
    with pytest.raises(Refused, match="exceed the limit of 1-3-1"):
        clear_folder(strict, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_explain_adds_up_to_the_price(tmp_path: Path) -> None:
    checked = 0
    for seed in range(8):
        case = random_case(seed, "linear")
        write_case_folder(case, tmp_path / "case", matpower_text(case.network), "network.m")
        clear_folder(tmp_path / "case", tmp_path / "out")
        with (tmp_path / "out" / "awards.csv").open() as file:
            awards = list(csv.DictReader(file))
        for award in awards[:6]:
            reason = explain_bid(tmp_path / "out", award["BidID"])
            price = round(float(award["ClearingPrice"]), 2)
            assert reason["clearing_price"] == pytest.approx(price, abs=0.0051)
            total = sum(part["usd_per_mw"] for part in reason["limits"])
            assert total == pytest.approx(reason["clearing_price"], abs=1e-9)
            assert award["BidID"] in as_text(reason)
            if reason["verdict"] != "all of it":
                lost = reason["lost_to"]
                assert lost["their_value"] >= lost["own_value"] - 0.05, (seed, award["BidID"])
            checked += 1
    assert checked >= 30


def test_explain_names_the_price_that_wins_all(tmp_path: Path) -> None:
    """15 of 20 MW of LOW are out because HIGH takes 45 of 50: 12 USD would have beaten it."""
    case = auction(grid([(1, 2, 0.1, 50)]), flat("HIGH", 1, 2, 45, 12), flat("LOW", 1, 2, 20, 5))
    write_case_folder(case, tmp_path / "case", matpower_text(case.network), "network.m")
    clear_folder(tmp_path / "case", tmp_path / "out")
    reason = explain_bid(tmp_path / "out", "LOW")
    assert (reason["awarded_mw"], reason["clearing_price"]) == (5, 5)
    assert reason["price_that_wins_all"] == 12
    assert [rival["id"] for rival in reason["others_on_the_same_limits"]] == ["HIGH"]
    lost = reason["lost_to"]
    assert (lost["own_value"], lost["their_value"], lost["bids"]) == (15 * 5, 15 * 12, 1)
    assert [(x["id"], x["would_have_got_mw"]) for x in lost["largest"]] == [("HIGH", 30)]
    assert "HIGH (P): 30.000 instead of 45.000 MW" in as_text(reason)
    assert "won at 12.00 USD per MW, a cent more where other bids stand at just" in as_text(reason)
    for price, got in ((12, 50 * 20 / 65), (12.01, 20)):  # at 12 it would share with HIGH
        again = replace(case, bids=(case.bids[0], flat("LOW", 1, 2, 20, price)))
        mw = {award.bid_id: float(award.awarded_mw) for award in clear(again).awards}
        assert mw["LOW"] == pytest.approx(got, abs=1e-3)
    with pytest.raises(Refused, match="no bid or nomination HIHG") as refused:
        explain_bid(tmp_path / "out", "HIHG")
    assert refused.value.findings[0].allowed == "an id of awards.csv, such as HIGH"


def test_limits_that_add_nothing_to_a_price_are_counted_not_told() -> None:
    def part(name: str, usd_per_mw: float) -> dict:
        return {"constraint": name, "direction": "FROM_TO", "contingency": "Base Case",
                "shift_factor": usd_per_mw / 5, "shadow_price": 5.0, "usd_per_mw": usd_per_mw,
                "one_more_mw_is_worth": 5.0, "one_mw_less_would_cost": 5.0, "flow_mw": 9.0,
                "limit_mw": 9.0}  # fmt: skip

    reason = {
        "id": "B1", "participant": "P", "transaction": "BUY", "source": "1", "sink": "3",
        "period": "2024_M09", "tou": "ON", "awarded_mw": 5.0, "submitted_mw": 5.0,
        "verdict": "all of it", "clearing_price": 7.25, "own_price_of_next_mw": None,
        "limits": [part("1-3-1", 7.25), *(part(f"far-{k}", 0.0) for k in range(4))],
        "others_on_the_same_limits": [],
    }  # fmt: skip
    text = as_text(reason)
    assert "7.25  1-3-1" in text
    assert "0.00  4 more limits, each less than a cent" in text
    assert "far-" not in text
    few = as_text(reason | {"limits": reason["limits"][:4]})
    assert few.count("far-") == 3
    assert "more limits" not in few


def test_rights_held_stay_in_the_flows(tmp_path: Path) -> None:
    case = auction(
        grid([(1, 2, 0.1, 50)]), flat("B", 1, 2, 90, 3), fixed_crrs=(held("R", 1, 2, 30),)
    )
    assert clear(case).awards[0].awarded_mw == 20
    back = auction(
        grid([(1, 2, 0.1, 50)]), flat("B", 1, 2, 90, 3), fixed_crrs=(held("R", 2, 1, 30),)
    )
    assert clear(back).awards[0].awarded_mw == 80


def test_the_picture_of_a_price_shows_every_limit() -> None:
    reason = {
        "id": "B1", "source": "1", "sink": "3", "period": "2024_M09", "tou": "ON",
        "awarded_mw": 5.0, "submitted_mw": 20.0, "clearing_price": 7.25,
        "limits": [
            {"constraint": "1-3-1", "direction": "FROM_TO", "contingency": "Base Case",
             "usd_per_mw": 9.0},
            {"constraint": "2-3-1", "direction": "TO_FROM", "contingency": "LOSS",
             "usd_per_mw": -1.75},
        ],
    }  # fmt: skip
    picture = waterfall_svg(reason)
    assert picture == waterfall_svg(reason)
    text = picture.decode()
    for part in ("1-3-1 FROM_TO", "Base Case", "+9.00", "LOSS", "7.25", "USD per MW"):
        assert part in text.replace("\N{MINUS SIGN}", "-"), part
    assert "-1.75" in text
