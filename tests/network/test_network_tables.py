"""The market's tables over a network (contract 3): values, and every fault at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from network_cases import CALIFORNIA, THREE_BUSES, TRIANGLE, key, network_of, raw, triangle

from simulator.domain import Refused, Tou
from simulator.network.dc import DcNetwork
from simulator.network.folder import read_network_folder
from simulator.network.locations import read_locations
from simulator.network.tables import read_branches, read_contingencies, read_interfaces


def sectioned() -> DcNetwork:
    buses = THREE_BUSES + "\n4,'DUMMY',230.0,1"
    lines = TRIANGLE + "1,4,'1',0,.1\n4,2,'1',0,.1"
    return network_of(raw(buses, lines=lines, multi_section="1,2,'&1',4"))


def test_rows_of_one_contingency_trip_together() -> None:
    content = "Contingency,FromBus,ToBus,Circuit\nN2,2,1,1\nN1,1,3, 1 \nN2,2,3,1\n"
    contingencies, faults = read_contingencies(content, "c.csv", triangle())
    assert faults == []
    assert [(item.name, item.branches) for item in contingencies] == [
        ("N2", (key(1, 2), key(2, 3))),
        ("N1", (key(1, 3),)),
    ]


def test_naming_a_section_names_the_whole_line() -> None:
    content = "FromBus,ToBus,Circuit\n2,4,1\n1,4,1\n"
    branches, faults = read_branches(content, "outages.csv", sectioned())
    assert faults == []
    assert branches == (key(1, 4), key(4, 2))


def test_unknown_branches_and_cells_come_back_together() -> None:
    content = "Contingency,FromBus,ToBus,Circuit\nA,1,9,1\n,1,2,1\nB,one,2,1\nC,1,2\n"
    _, faults = read_contingencies(content, "c.csv", triangle())
    assert sorted(item.where for item in faults) == [
        "c.csv row 2 column Circuit",
        "c.csv row 3 column Contingency",
        "c.csv row 4 column FromBus",
        "c.csv row 5",
    ]


def test_interfaces_keep_the_direction_they_are_written_in() -> None:
    content = (
        "Interface,FromBus,ToBus,Circuit,Weight,ForwardLimitMW,ReverseLimitMW\n"
        "P15,3,1,1,1,100,0\nP15,2,3,1,-0.5,,\nOPEN,1,2,1,,,\n"
    )
    interfaces, faults = read_interfaces(content, "i.csv", triangle())
    assert faults == []
    path, free = interfaces
    assert path.terms == ((key(3, 1), 1.0), (key(2, 3), -0.5))
    assert (path.forward_limit_mw, path.reverse_limit_mw) == (100.0, 0.0)
    assert (free.forward_limit_mw, free.reverse_limit_mw) == (None, None)


@pytest.mark.parametrize(
    "rows",
    [
        "P,1,2,1,1,-5,10",
        "P,1,2,1,1,5,10\nP,1,3,1,1,6,10",
        "P,1,2,1,1,5,10\nP,2,1,1,1,5,10",
        "P,1,2,1,nan,5,10",
        "P,1,2,7,1,5,10",
    ],
)
def test_interfaces_that_contradict_themselves(rows: str) -> None:
    heading = "Interface,FromBus,ToBus,Circuit,Weight,ForwardLimitMW,ReverseLimitMW\n"
    assert len(read_interfaces(heading + rows, "i.csv", triangle())[1]) == 1


HEADING = "SourceSink,Type,Biddable,Bus,Factor,TOU\n"


def test_locations_by_time_of_use() -> None:
    content = HEADING + (
        "LAP,LAP,Yes,1,0.25,ON\nLAP,LAP,Yes,2,0.75,ON\nLAP,LAP,Yes,2,1,OFF\nNODE,PNODE,No,3,1,\n"
    )
    locations, warnings, faults = read_locations(content, "l.csv", triangle())
    assert (warnings, faults) == ([], [])
    assert locations["LAP"].factors[Tou.ON] == ((1, 0.25), (2, 0.75))
    assert locations["LAP"].factors[Tou.OFF] == ((2, 1.0),)
    assert locations["NODE"].factors[Tou.ON] == locations["NODE"].factors[Tou.OFF] == ((3, 1.0),)
    assert not locations["NODE"].biddable


def test_factors_that_do_not_add_to_one_are_normalised_with_a_warning() -> None:
    content = HEADING + "HUB,TH,Yes,1,0.5,ON\nHUB,TH,Yes,2,0.3,ON\nOK,TH,Yes,1,0.9999999,ON\n"
    locations, warnings, faults = read_locations(content, "l.csv", triangle())
    assert faults == []
    assert locations["HUB"].factors[Tou.ON] == ((1, 0.625), (2, 0.37499999999999994))
    assert len(warnings) == 1
    assert "HUB" in warnings[0]
    assert "0.8" in warnings[0]


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        ("A,PNODE,Yes,9,1,ON", "Bus"),
        ("A,PNODE,Maybe,1,1,ON", "Biddable"),
        ("A,PNODE,Yes,1,-1,ON\nA,PNODE,Yes,2,2,ON", "Factor"),
        ("A,PNODE,Yes,1,1,NIGHT", "TOU"),
        ("A,PNODE,Yes,1,1,ON\nA,LAP,Yes,2,1,ON", "Type"),
        ("A,PNODE,Yes,1,.5,ON\nA,PNODE,Yes,1,.5,", "Bus"),
        ("A,PNODE,Yes,1,0,ON", None),
    ],
)
def test_locations_that_mean_nothing(rows: str, column: str | None) -> None:
    (fault,) = read_locations(HEADING + rows, "l.csv", triangle())[2]
    assert column is None or fault.where.endswith(f"column {column}")


def test_a_folder_reports_the_faults_of_all_its_tables(tmp_path: Path) -> None:
    (tmp_path / "network.raw").write_bytes(raw(THREE_BUSES, lines=TRIANGLE))
    (tmp_path / "outages.csv").write_text("FromBus,ToBus,Circuit\n1,8,1\n")
    (tmp_path / "monitored.csv").write_text("FromBus,ToBus,Circuit,Colour\n1,2,1,red\n")
    (tmp_path / "contingencies.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(Refused) as refusal:
        read_network_folder(tmp_path)
    assert [item.where.split()[0] for item in refusal.value.findings] == [
        "outages.csv",
        "monitored.csv",
        "contingencies.csv",
    ]


def test_a_folder_without_a_case_or_with_two(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="found: none"):
        read_network_folder(tmp_path)
    for name in ("network.raw", "network.m"):
        (tmp_path / name).write_text("")
    with pytest.raises(Refused, match=r"network\.raw and network\.m"):
        read_network_folder(tmp_path)


def test_outages_are_out_of_the_network(tmp_path: Path) -> None:
    (tmp_path / "network.raw").write_bytes(raw(THREE_BUSES, lines=TRIANGLE))
    (tmp_path / "outages.csv").write_text("FromBus,ToBus,Circuit\n3,1,1\n")
    model = read_network_folder(tmp_path)
    assert model.network.in_service.tolist() == [True, False, True]
    assert model.locations is None
    assert model.monitored is None


def test_the_shipped_folder_is_read_without_a_warning() -> None:
    model = read_network_folder(CALIFORNIA)
    assert model.warnings == ()
    assert model.locations is not None
    assert "TH_NP15_GEN-APND" in model.locations
    lines = [item for item in model.contingencies if len(item.branches) > 1]
    assert lines, "multi-section lines trip as one"
