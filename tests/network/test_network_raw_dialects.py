"""Every dialect of a RAW file gives the same network (psse_raw 1, 2, 6, 9)."""

from __future__ import annotations

import numpy as np
import pytest
from network_cases import THREE_BUSES, TRIANGLE, case_of, network_of, raw

from simulator.domain import Refused
from simulator.network.raw.reader import read_raw

PLAIN = raw(
    THREE_BUSES,
    loads="3,'1 ',1,1,1,90.0,10.0",
    generators="1,'1 ',60.0\n2,'1 ',30.0",
    lines=TRIANGLE,
)


def same(data: bytes) -> None:
    expected, found = network_of(PLAIN), network_of(data)
    assert found.key == expected.key
    for name in ("bus", "injection_mw", "susceptance_mw_per_rad", "rating_mw", "reference"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name


def edited(*changes: tuple[str, str]) -> bytes:
    text = PLAIN.decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode("latin-1")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    same(PLAIN.replace(b"\n", end.encode()))


@pytest.mark.parametrize(
    "header",
    [
        "0, 100.00 / PSS/E-30.3 THU, JAN 05 2012",
        "0, 100.00, 30 / PSS(tm)E-30 RAW created by rawd30",
        "0, 100.00, 30, 0, 1, 60.00 / PSS(R)E 30 RAW created by rawd30",
        "0 100.00 / RAW29 (REV 30)",
        "0,100.0",
        " 0, 1.0D2, 29",
        ",,30",
        "0,100.0,30.0",
    ],
)
def test_headers(header: str) -> None:
    same(edited(("0,100.0,30 / PSS/E-30.3", header)))


@pytest.mark.parametrize("title", [" 0", "", "0 / END OF BUS DATA", "a, title / with 'marks", "Q"])
def test_title_lines_are_taken_as_they_are(title: str) -> None:
    same(edited(("title one", title), ("title two", title)))
    assert case_of(edited(("title two", title))).titles == ("title one", title.rstrip())


def test_ems_export_with_trailing_commas_names_in_comments_and_an_old_version_word() -> None:
    data = edited(
        ("0,100.0,30 / PSS/E-30.3", "0,100.0"),
        ("title two", "VER 26 PARAMETERS INITIALIZED ON 01/02/24"),
        ("1,'ONE',230.0,3", "1,'ONE',230,3,0.0,0.0,1,1,1.0,0.0,1,/* [1_ONE_230_1] */"),
        ("1,2,'1',0.0,0.1", "1,2,' 1',0.0,0.1,,,,/* [CIM-1] */"),
    )
    same(data + b"Stop - Program terminated.\n")
    assert case_of(data).buses[0].comment == "* [1_ONE_230_1] */"


def test_blank_delimited_lines_quoted_zeros_and_comments() -> None:
    same(
        edited(
            ("1,2,'1',0.0,0.1", "1 2 '1' 0.0 .1 / a comment, with a comma"),
            ("3,'1 ',1,1,1,90.0,10.0\n 0", "3\t' 1'  1 1 1. 9.0D1 1E1\n'0'"),
            ("2,'TWO',230.0,2", '2,"TWO",230.,2.00'),
        )
    )


def test_a_quoted_name_may_hold_commas_slashes_hashes_and_doubled_quotes() -> None:
    case = case_of(edited(("'ONE'", "'O''N,E/#1'")))
    assert case.buses[0].name == "O'N,E/#1"


def test_q_ends_the_data_and_missing_trailing_sections_are_empty() -> None:
    body = PLAIN.decode().split(" 0 / END\n")
    same(" 0 / END\n".join([*body[:5], "Q\nanything, at all\n"]).encode())
    short = " 0 / END\n".join([*body[:5], ""]).encode()
    same(short)
    assert any(item.code == "SECTIONS_MISSING" for item in case_of(short).warnings)


def test_negative_bus_marks_the_metered_end_only() -> None:
    data = edited(("1,3,'1',0.0,0.1", "1,-3,'1',0.0,0.1"))
    same(data)
    assert case_of(data).lines[1].metered_at_to


def test_extended_bus_names() -> None:
    same(edited(("2,3,'1',0.0,0.1", "'TWO         230.0','THREE       230.0','1',0.0,0.1")))
    same(edited(("2,3,'1',0.0,0.1", "2,-'THREE       230.0','1',0.0,0.1")))


def test_padded_owners_are_none() -> None:
    data = edited(
        ("1,2,'1',0.0,0.1", "1,2,'1',0.0,0.1,0,0,0,0,0,0,0,0,1,0.0,1,1.0,0,0.0,0,0.0,0,0.0")
    )
    same(data)
    assert case_of(data).lines[0].owners == ((1, 1.0),)


NEWER = {
    31: ("1,'ONE',230.0,3,1,1,1,1.0,0.0", 17, ""),
    32: ("1,'ONE',230.0,3,1,1,1,1.0,0.0", 18, ",1"),
    33: ("1,'ONE',230.0,3,1,1,1,1.0,0.0,1.1,0.9,1.1,0.9", 19, ",1,0"),
}


@pytest.mark.parametrize("version", NEWER)
@pytest.mark.parametrize("stated", [True, False])
def test_versions_31_to_33(version: int, stated: bool) -> None:
    bus, count, load_tail = NEWER[version]
    buses = "\n".join(
        bus.replace("1,'ONE',230.0,3", start, 1)
        for start in ("1,'ONE',230.0,3", "2,'TWO',230.0,2", "3,'THREE',230.0,1")
    )
    sections = [
        buses,
        "3,'1',1,1,1,95.0,10.0,0,0,0,0,1" + load_tail,
        "3,'1',1,-5.0,20.0",
        "1,'1',60.0\n2,'1',30.0",
        "1,2,'1',0.0,0.1,0,0,0,0,0,0,0,0,1,2,0.0,1,1.0\n1,3,'1',0.0,0.1\n2,3,'1',0.0,0.1",
        "",
        "1,1,0.0,10.0,'AREA'",
    ]
    sections += [""] * (count - len(sections))
    header = f"0,100.0,{version}" if stated else "0,100.0"
    data = "\n".join([header, "t1", "t2", *(part + "\n0" for part in sections), "Q"])
    data = data.replace("\n\n", "\n")
    case = read_raw(data.encode())
    assert case.version == version
    assert case.lines[0].metered_at_to
    same(data.encode())


@pytest.mark.parametrize("stated", ["34", "35", "28", "23", "abc", "30.7", "1e400", "3O"])
def test_other_versions_are_refused_by_name(stated: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_raw(edited(("0,100.0,30 / PSS/E-30.3", f"0,100.0,{stated}")), "old.raw")
    (finding,) = refusal.value.findings
    assert finding.code == "RAW_VERSION"
    assert stated in finding.found
    assert "30" in finding.allowed
    assert finding.where == "old.raw line 1"


def test_column_comments_mean_version_34() -> None:
    with pytest.raises(Refused, match="34 or later"):
        read_raw(b"@!IC,SBASE,REV\n0,100.0\n\n\n0\n")


def test_branch_records_with_a_ratio_mean_a_version_before_29() -> None:
    # ratio and angle stand where version 30 has GI and BI, the status two fields further back
    line = "1,2,'1',0.0,0.1,0,0,0,0,0.98,0.0,0.0,0.0,0.5,0.0,1"
    data = edited(("1,2,'1',0.0,0.1", line), ("0,100.0,30 / PSS/E-30.3", "0,100.0"))
    with pytest.raises(Refused, match="28 or earlier"):
        read_raw(data)


def test_a_header_that_its_bus_records_contradict_is_refused() -> None:
    text = PLAIN.decode().replace("1,'ONE',230.0,3", "1,'ONE',230.0,3,1,1,1,1.00000,0.0")
    with pytest.raises(Refused, match="layout of the version the header states"):
        read_raw(text.encode())
