"""What `marketsim network info` and `ptdf` answer (contract 2)."""

from __future__ import annotations

import pytest
from network_cases import (
    CALIFORNIA,
    THREE_BUSES,
    TRIANGLE,
    case_of,
    key,
    machine,
    network_of,
    raw,
    triangle,
)

from simulator.domain import Refused
from simulator.network.dc import dc_network
from simulator.network.machine import MachineKey
from simulator.network.model import Contingency
from simulator.network.read import read_case
from simulator.network.report import info, ptdf


def test_info_of_the_shipped_network() -> None:
    case = read_case(CALIFORNIA / "network.raw")
    assert info(case, dc_network(case)) == {
        "format": "PSS/E RAW",
        "version": 30,
        "buses": 242,
        "branches": 451,
        "branches_in_service": 451,
        "transformers": 117,
        "generators": 143,
        "loads": 141,
        "load_mw": pytest.approx(144339.728),
        "generation_mw": pytest.approx(144339.728),
        "islands": 1,
        "monitored_branches": 398,
        "warnings": [],
    }


def test_info_counts_windings_and_leaves_out_what_is_out_of_service() -> None:
    case = case_of(
        raw(
            THREE_BUSES + "\n4,'OUT',230.0,4\n5,'ALONE',230.0,1",
            loads="3,1,1,1,1,50\n3,2,0,1,1,7\n4,1,1,1,1,9",
            generators="1,1,60\n4,1,80",
            lines="1,2,'1',0,.1,0,100\n3,4,'1',0,.1,0,100",
            transformers="1,2,3,'1',1,1,1,0,0,2,'',2\n0,.1,100,0,.1,100,0,.1,100\n1,0,0,50\n1\n1",
        )
    )
    facts = info(case, dc_network(case))
    assert (facts["buses"], facts["branches"], facts["branches_in_service"]) == (5, 5, 3)
    assert (facts["transformers"], facts["islands"], facts["monitored_branches"]) == (1, 2, 2)
    assert (facts["load_mw"], facts["generation_mw"]) == (50.0, 60.0)


def test_ptdf_of_three_equal_branches() -> None:
    answer = ptdf(triangle(), 1, 3, mw=30)
    assert [(item["from"], item["to"], item["circuit"]) for item in answer["flows"]] == [
        (1, 2, "1"), (1, 3, "1"), (2, 3, "1"),
    ]  # fmt: skip
    assert [item["mw"] for item in answer["flows"]] == pytest.approx([10, 20, 10])
    assert (answer["source"], answer["sink"], answer["mw"]) == (1, 3, 30)


def test_ptdf_after_an_outage() -> None:
    answer = ptdf(triangle(), 1, 3, outage=Contingency("X", (key(3, 1),)))
    assert [item["mw"] for item in answer["flows"]] == pytest.approx([1, 0, 1])
    assert answer["warnings"] == []


def test_ptdf_after_an_outage_that_parts_source_from_sink() -> None:
    network = triangle().without([key(1, 3)])
    answer = ptdf(network, 1, 3, outage=Contingency("X", (key(2, 3),)))
    assert [item["mw"] for item in answer["flows"]] == [0.5, 0, 0]  # made up for by 1 and 2 alike
    assert len(answer["warnings"]) == 2
    apart = ptdf(network.without([key(2, 3)]), 1, 3)  # apart from the start
    assert [item["mw"] for item in apart["flows"]] == [0.5, 0, 0]
    assert len(apart["warnings"]) == 1


def test_ptdf_after_a_split_with_a_machine_lost_is_made_up_for_by_the_machine_left() -> None:
    """1 MW from 3 to 4 over the line that is out: bus 1 alone takes it when 2's machine is lost."""
    buses = THREE_BUSES + "\n4,'FOUR',230.0,1"
    plants = "\n".join(machine(bus, "1", 100) for bus in (1, 2, 4))
    network = network_of(raw(buses, generators=plants, lines=TRIANGLE + "3,4,'1',0,.1"))
    for lost, flows in (
        ((), [0, -0.5, -0.5, 0]),
        ((MachineKey(2, "1"),), [-1 / 3, -2 / 3, -1 / 3, 0]),
    ):
        answer = ptdf(network, 3, 4, outage=Contingency("X", (key(3, 4),), lost))
        assert [item["mw"] for item in answer["flows"]] == pytest.approx(flows)


def test_ptdf_names_all_that_is_unknown() -> None:
    with pytest.raises(Refused) as refusal:
        ptdf(triangle(), 8, 9, outage=Contingency("X", (key(1, 2, "7"),), (MachineKey(1, "1"),)))
    where = [item.where for item in refusal.value.findings]
    assert where == ["--source", "--sink", "--outage", "--outage"]


def test_flows_of_a_transfer_ignore_phase_shifts() -> None:
    rows = "1,2,0,'2'\n0,0.1,100\n1.0,0,-5.0\n1.0,0"
    case = case_of(raw(THREE_BUSES, lines=TRIANGLE, transformers=rows))
    answer = ptdf(dc_network(case), 1, 3, mw=0)
    assert [item["mw"] for item in answer["flows"]] == [0, 0, 0, 0]
