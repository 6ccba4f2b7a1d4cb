"""Writing and reading again: RAW version 30 and MATPOWER (contract 2, `convert`)."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_cases import CALIFORNIA, THREE_BUSES, TRIANGLE, case_of, raw

from simulator.domain import Refused
from simulator.network.case import (
    Bus,
    Case,
    DcLink,
    FixedShunt,
    Generator,
    Impedance,
    Line,
    Load,
    Transformer,
    Winding,
)
from simulator.network.check import checked
from simulator.network.dc import DcNetwork, dc_network
from simulator.network.matpower.reader import read_matpower
from simulator.network.matpower.writer import lost_in_matpower, write_matpower
from simulator.network.raw.reader import read_raw
from simulator.network.raw.writer import write_raw
from simulator.network.read import read_case

ARRAYS = [
    "bus", "isolated", "injection_mw", "island", "reference", "from_index", "to_index",
    "susceptance_mw_per_rad", "shift_rad", "rating_mw", "in_service", "is_transformer",
]  # fmt: skip


def assert_same_network(found: DcNetwork, expected: DcNetwork) -> None:
    assert found.key == expected.key
    assert dict(found.groups) == dict(expected.groups)
    for name in ARRAYS:
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name


def assert_same_flows(found: DcNetwork, expected: DcNetwork) -> None:
    """Star points have other numbers in a MATPOWER file, parallel circuits other names."""
    for name in ("from_index", "to_index", "in_service", "island", "reference"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name
    for name in ("injection_mw", "susceptance_mw_per_rad", "shift_rad", "rating_mw"):
        expected_values = getattr(expected, name)
        assert getattr(found, name) == pytest.approx(expected_values, rel=1e-12, abs=1e-9), name


def test_the_shipped_network_both_ways() -> None:
    case = read_case(CALIFORNIA / "network.raw")
    network = dc_network(case)
    assert_same_network(dc_network(read_raw(write_raw(case).encode("latin-1"))), network)
    assert_same_flows(dc_network(read_matpower(write_matpower(case).encode("latin-1"))), network)


def test_everything_a_version_30_file_says_is_written_again() -> None:
    data = raw(
        THREE_BUSES.replace("'ONE'", "'O''NE, /'").replace("230.0,3\n", "230.0,3 / TAG\n"),
        loads="3,'A ',1,1,1,90,10,1,2,3,4,5",
        generators="1,'B',10,1,2,-2,1.01,3,90,0,1,0,0,1,1,99,100,5,2,.5,3,.5",
        lines="1,-2,'&X',.01,.1,.02,1,2,3,.1,.2,.3,.4,1,7.5,4,1.0\n2,3,'1',0,.1",
        transformers="1,2,3,'T',2,2,1,0,0,1,'NAME',4,6,1.0\n.1,.2,50,.1,.2,60,.1,.2,70,1.02,-3\n"
        "230.0,220.0,30,1,2,3,1,-2,1.2,.8,1.1,.9,17,4,.1,.2\n,,-30\n115.0,0,0,4,5,6",
        area="1,1,0.0,10.0,'AREA, ONE'",
        two_terminal="1,1,1.0,40.0,500\n1,2\n3,2",
        vsc="'V''1',1,0.1\n2,2,1,12.0\n1,1,1,0.0",
        shunt="1,1,1.1,.9,0,100.0,'',20.0,1,10.0",
        correction="4,0.9,1.2,1.1,1.4",
        multi_section="1,-3,'&1',2",
        facts="1,1,2,1,5.0",
    )
    case = case_of(data)
    again = read_raw(write_raw(case).encode("latin-1"))

    def content(item: Case) -> dict[str, object]:
        lists = {f.name: getattr(item, f.name) for f in fields(item) if f.name != "warnings"}
        return {
            name: [replace(row, line=0) if hasattr(row, "line") else row for row in value]
            if isinstance(value, tuple) and name not in ("plain", "titles")
            else value
            for name, value in lists.items()
            if name != "plain"
        }

    assert content(again) == content(case)
    texts = [[record.items for record in records] for _, records in case.plain]
    assert [[record.items for record in records] for _, records in again.plain] == texts
    assert case.buses[0].comment == "TAG"


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any case a version 30 file can say, as far as the DC network sees it."""
    count = draw(st.integers(2, 8))
    kv = st.sampled_from([0.0, 13.8, 115.0, 230.0, 500.0])
    real = st.floats(-1e4, 1e4, allow_nan=False).map(lambda v: round(v, 4))
    positive = st.floats(0.01, 9.0).map(lambda v: round(v, 5))
    buses = tuple(
        Bus(
            n, draw(st.text("AB ',/\"#0", max_size=12)).strip(), draw(kv),
            draw(st.sampled_from([1, 1, 2, 3, 4])), draw(real), 0.0, vm_pu=draw(positive),
        )
        for n in range(1, count + 1)
    )  # fmt: skip
    number = st.integers(1, count)
    ends = st.tuples(number, number).filter(lambda pair: pair[0] != pair[1])
    three = st.permutations(range(1, count + 1)).map(lambda order: tuple(order[:3]))
    rating = st.sampled_from([0.0, 10.5, 300.0, 99999.0])
    x = positive | positive.map(lambda v: -v) | st.just(0.0)
    lines, transformers = [], []
    for circuit in range(draw(st.integers(1, 8))):
        gi = draw(st.sampled_from([0.0, 0.01]))
        lines.append(
            Line(*draw(ends), f"L{circuit}", 0.0, draw(x), 0.0, draw(rating), draw(rating), 0.0,
                 gi, 0.0, 0.0, 0.0, draw(st.sampled_from([0, 1, 1])),
                 metered_at_to=draw(st.booleans()))
        )  # fmt: skip
    for circuit in range(draw(st.integers(0, 4))):
        triple = count >= 3 and draw(st.booleans())
        terminals = draw(three) if triple else (*draw(ends), 0)
        cz = draw(st.sampled_from([1, 2]))
        windings = tuple(
            Winding(draw(positive), draw(kv), draw(real) if k == 0 or triple else 0.0)
            for k in range(3 if triple else 2)
        )
        transformers.append(
            Transformer(
                *terminals, f"T{circuit}", cw=draw(st.sampled_from([1, 3])), cz=cz,
                status=draw(st.sampled_from([0, 1, 2, 3, 4] if triple else [0, 1])),
                impedances=tuple(
                    Impedance(0.0, draw(x), draw(positive)) for _ in range(3 if triple else 1)
                ),
                windings=windings,
            )
        )  # fmt: skip
    first, second = draw(ends)
    mw = draw(real)
    rows = (("1", "1", "0.0", repr(abs(mw)), "500.0"), (str(first), "1"), (str(second), "1"))
    link = DcLink("two-terminal", "1", ((first, -abs(mw)), (second, abs(mw))), rows)
    return Case(
        draw(st.sampled_from([100.0, 1.0])), buses,
        loads=tuple(
            Load(n, "1", draw(st.sampled_from([0, 1])), 1, 1, draw(real), 0.0, draw(real))
            for n in range(1, count + 1)
        ),
        generators=tuple(Generator(draw(number), str(k), draw(real)) for k in range(3)),
        lines=tuple(lines), transformers=tuple(transformers), dc_links=(link,),
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(cases())
def test_any_case_reads_back_to_the_same_network(case: Case) -> None:
    network = dc_network(checked(case, "generated"))
    again = read_raw(write_raw(case).encode("latin-1"))
    assert_same_network(dc_network(again), network)
    assert_same_flows(dc_network(read_matpower(write_matpower(case).encode("latin-1"))), network)


def test_version_33_impedances_on_nominal_voltage_keep_their_ohms() -> None:
    case = case_of(
        raw("1,'ONE',230.0,3\n2,'TWO',115.0,1", transformers="1,2,0,'1',1,2,1\n0,.1,50\n1,220.0\n1")
    )
    newer = replace(case, version=33)
    expected = 100 / (0.2 * (220 / 230) ** 2)
    assert dc_network(newer).susceptance_mw_per_rad[0] == pytest.approx(expected)
    again = dc_network(read_raw(write_raw(newer).encode()))
    assert again.susceptance_mw_per_rad[0] == pytest.approx(expected)


def test_fixed_shunts_of_later_versions_go_into_the_bus_record() -> None:
    case = replace(
        case_of(raw(THREE_BUSES.replace("230.0,2", "230.0,2,3.0,4.0"), lines=TRIANGLE)),
        fixed_shunts=(FixedShunt(2, "1", 1, 5.0, 6.0), FixedShunt(2, "2", 0, 99.0, 99.0)),
    )
    again = read_raw(write_raw(case).encode())
    assert (again.buses[1].gl_mw, again.buses[1].bl_mvar) == (8.0, 10.0)
    assert_same_network(dc_network(again), dc_network(case))
    assert_same_flows(dc_network(read_matpower(write_matpower(case).encode())), dc_network(case))


MATPOWER = """function mpc = small
%% a comment with 'quotes and mpc.bus = [
mpc.version = '2'; mpc.baseMVA = 100;
mpc.bus = [
  1 3 0 0 0 0 1 1 0 230 1 1.1 0.9;   % the swing
  2, 1, 50, 10, 5, 0, 1, 1, 0, 230, 1, 1.1, 0.9
  3 4 70 0 0 0 1 1 0 230 1 1.1 0.9; ];
mpc.gen = [ 1 60 0 Inf -Inf 1 100 1 200 0; 1 9 0 9 -9 1 0 0 200 0 ];
mpc.branch = [
  1 2 0 0.1 0 100 Inf 0 0 0 1 -360 360;
  2 1 0 0.2 0 0 0 0 0.95 30 1 -360 360;
  1 2 0 0.4 0 0 0 0 0 0 0 -360 360;
];
mpc.gencost = [ 2 0 0 3 0 0 0 ];
mpc.bus_name = { 'ONE'; 'TW''O' ; 'THREE' };
"""


def test_a_matpower_case() -> None:
    case = read_matpower(MATPOWER.encode())
    network = dc_network(case)
    assert [(k.from_bus, k.to_bus, k.circuit) for k in network.key] == [
        (1, 2, "1"), (2, 1, "2"), (1, 2, "3"),
    ]  # fmt: skip
    assert network.injection_mw.tolist() == [60.0, -55.0, 0.0]
    assert network.susceptance_mw_per_rad == pytest.approx([1000, 100 / 0.19, 250])
    assert network.is_transformer.tolist() == [False, True, False]
    assert network.in_service.tolist() == [True, True, False]
    assert network.rating_mw[0].tolist() == [100.0, 0.0, 0.0]
    assert network.bus_name == ("ONE", "TW'O", "THREE")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("mpc.version = '2'", "mpc.version = '1'", "case format"),
        ("mpc.baseMVA = 100", "mpc.baseMVA = 0", "MVA base"),
        ("mpc.gencost", "mpc.branch(:, 4) = mpc.branch(:, 4) / 2;\nmpc.gencost", "not read"),
        ("  1 2 0 0.1 0", "  1 2 0 abc 0", "BR_X"),
        ("  1 2 0 0.4 0 0 0 0 0 0 0 -360 360;", "  1 2 0;", "columns"),
        ("'THREE' };", "'THREE' ", "not closed"),
        ("mpc.gen =", "mpc.generators =", "missing"),
        ("  1 2 0 0.4", "  1 9 0 0.4", "does not exist"),
        ("mpc.bus_name", "mpc.baseMVA = 10;\nmpc.bus_name", "not read"),
    ],
)
def test_matpower_files_that_cannot_be_trusted(old: str, new: str, said: str) -> None:
    assert old in MATPOWER
    with pytest.raises(Refused, match=said):
        read_matpower(MATPOWER.replace(old, new).encode())


def test_bus_numbers_beyond_the_raw_format_are_refused_when_written() -> None:
    case = read_matpower(MATPOWER.replace("  3 4 70", "  1000003 4 70").encode())
    with pytest.raises(Refused, match="1000003"):
        write_raw(case)


@pytest.mark.parametrize(("taken", "given"), [(100, 97), (100, 100), (-100, -97), (0, 31), (-5, 0)])
def test_a_dc_line_that_loses_or_runs_backwards_is_the_same_in_both_formats(
    taken: float, given: float
) -> None:
    """A RAW record carries the same MW at both ends; what is lost on the way is a load there."""
    text = (
        "mpc.version = '2';\nmpc.baseMVA = 100;\n"
        "mpc.bus = [1 3 9 0 0 0 1 1 0 230 1 1 1; 2 1 5 0 0 0 1 1 0 230 1 1 1;"
        " 3 4 0 0 0 0 1 1 0 230 1 1 1];\n"
        "mpc.gen = [1 14 0 0 0 1 100 1 99 0];\nmpc.branch = [1 2 0 .1 0 9 9 9 0 0 1];\n"
        f"mpc.dcline = [1 2 1 {taken} {given}; 1 2 0 7 7; 3 2 1 8 6];\n"
    )
    case = read_matpower(text.encode())
    network = dc_network(case)
    assert network.injection_mw.tolist() == [14 - 9 - taken, -5 + given, 0]
    for again in (
        read_raw(write_raw(case).encode("latin-1")),
        read_matpower(write_matpower(case).encode("latin-1")),
        read_matpower(write_matpower(read_raw(write_raw(case).encode("latin-1"))).encode()),
    ):
        assert dc_network(again).injection_mw == pytest.approx(network.injection_mw)


def test_a_machine_of_infinite_size_has_that_of_a_raw_file_and_a_warning() -> None:
    text = MATPOWER.replace("0 0 200 0 ]", "0 1 Inf -Inf ]").encode()
    case = read_matpower(text)
    assert [(item.p_max_mw, item.p_min_mw) for item in case.generators] == [(200, 0), (9999, -9999)]
    assert [(item.code, item.found) for item in case.warnings] == [
        ("INFINITE_MACHINE", "inf"),
        ("INFINITE_MACHINE", "-inf"),
    ]
    for again in (
        read_raw(write_raw(case).encode("latin-1")),
        read_matpower(write_matpower(case).encode("latin-1")),
    ):
        assert dc_network(again).machine_mw == dc_network(case).machine_mw
        assert sorted(dc_network(again).machine_mw.values()) == [200, 9999]


def test_what_a_matpower_file_has_no_place_for_is_told_with_its_count() -> None:
    buses = "1,'A',230.0,3\n2,'B',230.0,1\n3,'C',230.0,1\n"
    table = ",0,0,0,0,0,0,0,1.1,.9,1.1,.9,33,1\n"
    data = raw(
        buses,
        generators="1,'1',5\n1,'G2',5\n2,'1',5\n",
        lines="1,2,'1',0,.1\n2,3,'A',0,.1\n1,3,'7',0,.1\n",
        transformers=f"1,3,0,'2'\n0,0.2,100\n1.0{table}1,0\n",
        correction="1,0.9,1.0,1.0,2.0,1.1,3.0",
        multi_section="1,3,'&1',2",
    )
    case = read_raw(data)
    told = {item.message.split(",")[0]: item.found for item in lost_in_matpower(case)}
    assert told == {
        "MATPOWER has no place for multi-section lines": "1",
        "MATPOWER has no place for circuit names": "2",
        "MATPOWER has no place for machine names": "1",
        "MATPOWER has no place for impedance correction tables": "1",
    }
    assert lost_in_matpower(read_matpower(MATPOWER.encode())) == []
    assert_same_flows(dc_network(read_matpower(write_matpower(case).encode())), dc_network(case))
    plain = read_matpower(write_matpower(case, impedance_correction=False).encode())
    assert_same_flows(dc_network(plain), dc_network(case, impedance_correction=False))
