"""Wrong files: every fault at once, with line and field, in words; never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from network_cases import THREE_BUSES, TRIANGLE, case_of, raw

from simulator.domain import Finding, Refused
from simulator.network.raw.reader import read_raw
from simulator.network.read import read_case


def faults(data: bytes) -> tuple[Finding, ...]:
    with pytest.raises(Refused) as refusal:
        read_raw(data, "case.raw")
    return refusal.value.findings


def test_all_unreadable_fields_are_reported_together() -> None:
    found = faults(raw(THREE_BUSES, loads="3,1,1,1,1,ninety\n2,1,x", lines="1,2,'1',0.0,0,1e999"))
    assert [(item.where, item.found) for item in found] == [
        ("case.raw line 8 field PL", "ninety"),
        ("case.raw line 9 field STATUS", "x"),
        ("case.raw line 12 field B", "1e999"),
    ]
    assert found[0].allowed == "a number of at most 1e+15"
    assert found[1].allowed == "a whole number"


def test_all_faults_between_records_are_reported_together() -> None:
    found = faults(
        raw(
            THREE_BUSES + "3,'AGAIN',230.0,1\n0",
            loads="77,1",
            generators="1,1\n1,'1 '",
            lines=TRIANGLE + "2,1,'1',0,.1\n1,88,'1',0,.1\n3,3,'1',0,.1\n1,2,'2',0,.1,0,-5",
        ).replace(b"0\n 0 / END\n", b" 0 / END\n", 1)
    )
    said = [(item.code, item.found) for item in found]
    assert ("DUPLICATE", "3, first on line 6") in said
    assert ("UNKNOWN_BUS", "77") in said
    assert ("UNKNOWN_BUS", "88") in said
    assert ("NOT_ALLOWED", "3-3") in said
    assert ("NOT_ALLOWED", "-5.0") in said
    assert sum(code == "DUPLICATE" for code, _ in said) == 3


@pytest.mark.parametrize(
    ("bus", "field"),
    [("1000000,'X',1.0,1", "I"), ("4,'X',1.0,7", "IDE"), ("4,'X',-1.0,1", "BASKV")],
)
def test_bus_fields_out_of_range(bus: str, field: str) -> None:
    (found,) = faults(raw(THREE_BUSES + bus, lines=TRIANGLE))
    assert found.where == f"case.raw line 7 field {field}"


@pytest.mark.parametrize("base", ["0", "-100", "0.0"])
def test_a_base_that_is_not_positive(base: str) -> None:
    (found,) = faults(raw(THREE_BUSES, lines=TRIANGLE, header=f"0,{base},30"))
    assert "MVA base must be positive" in found.message


def test_a_case_to_add_to_another_is_refused() -> None:
    (found,) = faults(raw(THREE_BUSES, lines=TRIANGLE, header="1,100.0,30"))
    assert "only a base case" in found.message


@pytest.mark.parametrize(
    "rows",
    [
        "1,2,0,'1',4,1,1\n0,0.1,100\n1\n1",
        "1,2,0,'1',1,9,1\n0,0.1,100\n1\n1",
        "1,2,0,'1',1,2,1\n0,0.1,0\n1\n1",
        "1,2,0,'1',1,3,1\n9.0E9,0.1,100\n1\n1",
        "1,2,0,'1',1,1,1\n0,0.1,100\n-1\n1",
        "1,2,0,'1',1,1,1\n0,0.1,100\n1\n0.0",
        "1,2,0,'1',1,1,1,0,0,2,'T',3\n0,0.1,100\n1\n1",
        "1,2,0,'1',1,1,1\n0,,100\n1\n1",
        "1,2,0,'1',1,1,1\n0,0.1,100,0,.2,100\n1\n1",
        "1,2,3,'1',1,1,1\n0,.1,100,0,.1,100,0,.1,100\n1\n1\n1\n1,2,3,'1'\n0,.1,100,0,.1,100,0,.1\n1\n1\n1",
    ],
)
def test_transformers_that_mean_nothing(rows: str) -> None:
    assert faults(raw(THREE_BUSES, lines=TRIANGLE.replace("'1'", "'9'"), transformers=rows))


def test_a_line_and_a_transformer_may_not_share_a_name() -> None:
    (found,) = faults(raw(THREE_BUSES, lines=TRIANGLE, transformers="2,1,0,'1'\n0,.1\n1\n1"))
    assert found.code == "DUPLICATE"


def test_a_multi_section_line_along_no_branch() -> None:
    found = faults(raw(THREE_BUSES, lines="1,2,'1',0,.1", multi_section="1,2,'&1',3"))
    assert [item.found for item in found] == ["1-3", "3-2"]
    assert "multi-section" in found[0].message


def test_a_dc_line_at_an_unknown_bus() -> None:
    found = faults(raw(THREE_BUSES, lines=TRIANGLE, two_terminal="1,1,1,50,500\n1,2\n66,2"))
    assert found[0].found == "66"


@pytest.mark.parametrize(
    "counts", ["2,3,1", "3,1,2", "4,1,1", "4,2,1", "3,2,2", "3,2,0", "2,2,1", "-1,2,1"]
)
def test_a_multi_terminal_record_whose_counts_are_wrong(counts: str) -> None:
    rows = (
        f"1,{counts},1,3\n1,2,90,5,0,0,230,1,1,1.5,.5,.006,30,1,0,1\n"
        "2,2,90,5,0,0,230,1,1,1.5,.5,.006,20,1,0,1\n3,2,90,5,0,0,230,1,1,1.5,.5,.006,500,1,0,1\n"
        "1,1,1,1,'A',0,0.,1\n2,2,1,1,'B',0,0.,1\n1,2,'1',8.2,0."
    )
    good = raw(THREE_BUSES, lines=TRIANGLE, multi_terminal=rows.replace(counts, "3,2,1"))
    assert len(case_of(good).dc_links[0].rows) == 7
    assert faults(raw(THREE_BUSES, lines=TRIANGLE, multi_terminal=rows))


def test_data_in_a_later_version_layout_has_too_many_fields() -> None:
    (found,) = faults(raw("1,'ONE',230.0,3,0.0,0.0,1,1,1.0,0.0,1,1.1,0.9,7", lines=""))
    assert "too many fields" in found.message


COMPLETE = raw(THREE_BUSES, loads="3,1,1,1,1,9", generators="1,1,9", lines=TRIANGLE,
               transformers="1,2,0,'9'\n0,.1\n1\n1")  # fmt: skip
NETWORK_ENDS = COMPLETE.index(b"END\n", COMPLETE.index(b"1,2,0,'9'")) - 4


def test_a_truncated_file_is_refused_wherever_it_ends_before_its_network_does() -> None:
    for end in range(NETWORK_ENDS):
        with pytest.raises(Refused):
            read_raw(COMPLETE[:end], "case.raw")


def test_a_zero_byte_means_not_text() -> None:
    (found,) = faults(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    assert found.code == "NOT_TEXT"


def test_binary_garbage_without_a_zero_byte() -> None:
    assert faults(bytes(range(1, 256)) * 50)


def test_an_empty_file() -> None:
    (found,) = faults(b"")
    assert found.code == "EMPTY_FILE"


def test_a_line_of_a_hundred_megabytes() -> None:
    data = raw(THREE_BUSES, lines=TRIANGLE).replace(b"'ONE'", b"'" + b"x" * 100_000_000 + b"'")
    (found,) = faults(data)
    assert found.code == "LINE_TOO_LONG"
    assert found.where == "case.raw line 4"


def test_a_file_of_faults_stops_after_a_thousand() -> None:
    found = faults(raw("\n".join(f"{n},'B',x" for n in range(1, 5000)), lines=TRIANGLE))
    assert len(found) == 1001
    assert found[-1].code == "TOO_MANY_FAULTS"


def test_an_open_quote_is_named() -> None:
    found = faults(raw(THREE_BUSES.replace("'TWO'", "'TWO"), lines=TRIANGLE))
    assert found[0].where == "case.raw line 5"
    assert "quote" in found[0].message


def test_missing_files_folders_and_unknown_kinds(tmp_path: Path) -> None:
    for path in (tmp_path / "no.raw", tmp_path / "no.m"):
        with pytest.raises(Refused, match="FILE_UNREADABLE"):
            read_case(path)
    (tmp_path / "a.raw").mkdir()
    with pytest.raises(Refused, match="FILE_UNREADABLE"):
        read_case(tmp_path / "a.raw")
    (tmp_path / "case.sav").write_bytes(b"")
    with pytest.raises(Refused, match=r"\.raw \(PSS/E\) or \.m"):
        read_case(tmp_path / "case.sav")


def test_a_record_of_bus_0_is_named_where_it_stands() -> None:
    buses = THREE_BUSES.strip() + "\n0,'NONE',230.0,1\n4,'FOUR',230.0,1\n"
    (finding,) = faults(raw(buses, lines=TRIANGLE))
    assert (finding.where, finding.found) == ("case.raw line 7", "0,NONE,230.0,1")
    (finding,) = faults(raw(THREE_BUSES, lines=TRIANGLE + "0,3,'1',0.0,0.1\n"))
    assert (finding.where, finding.found) == ("case.raw line 13", "0,3,1,0.0,0.1")


def test_a_row_of_zeros_ends_a_section() -> None:
    data = raw(THREE_BUSES, lines=TRIANGLE).replace(b" 0 / END\n", b"0, 0, 0.0\n")
    assert case_of(data).warnings == ()


SECTIONS_30 = (
    "BUS", "LOAD", "GENERATOR", "NON-TRANSFORMER BRANCH", "TRANSFORMER", "AREA INTERCHANGE",
    "TWO-TERMINAL DC", "VSC DC LINE", "SWITCHED SHUNT", "TRANSFORMER IMPEDANCE CORRECTION",
    "MULTI-TERMINAL DC", "MULTI-SECTION LINE", "ZONE", "INTER-AREA TRANSFER", "OWNER",
    "FACTS CONTROL DEVICE",
)  # fmt: skip
END = " 0 / END\n"


def with_everything() -> list[str]:
    """A file by its 16 sections: what a 0 too few or too many would hide is in it."""
    text = raw(
        THREE_BUSES,
        lines=TRIANGLE,
        transformers="1,3,0,'T1',1,1,1,0,0,2,'T',1,1,1.0\n0.0,0.2,100\n1,0,0,9,9,9\n1,0\n",
        area="1,1,0.0,10.0,'AREA ONE'",
        two_terminal="1,1,8.2,500.0,400.0,0,0,0,'I',0,20,1\n"
        "1,2,18,5,0,1,230,1,1,1.5,.51,.00625,0,0,0,'1',0\n"
        "3,2,18,5,0,1,230,1,1,1.5,.51,.00625,0,0,0,'1',0\n",
        vsc="'VSC',1,0.5,1,1.0\n1,1,1,320,1,0,0,0,9,0,1,9,-9,0,100\n"
        "3,2,1,50,1,0,0,0,9,0,1,9,-9,0,100\n",
        shunt="2,1,1.1,0.9,0,100,'',0,1,20",
        correction="1,0.9,0.5,1.0,1.0,1.1,2.0",
        multi_section="1,3,'&1',2",
        zone="1,'ZONE ONE'",
        transfer="1,2,'1',10.0",
        owner="1,'OWNER ONE'",
        facts="1,1,3,0,0,0,1,9999,9999,.9,1.1,1,0,.05,100,1,0,0,0",
    ).decode()
    return text.split(END)[:16]


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("section", range(16))
def test_a_section_end_too_many_or_too_few_never_gives_another_network(
    section: int, told: bool
) -> None:
    """Where comments name what ends there the line is named; without them the records tell."""
    ends = [f"0 / END OF {name} DATA\n" if told else "0\n" for name in SECTIONS_30]
    parts = with_everything()
    whole = "".join(part + end for part, end in zip(parts, ends, strict=True))
    right = case_of(whole.encode())
    assert [len(part) for part in (right.dc_links, right.multi_section, right.corrections)] == [
        2, 1, 1,
    ]  # fmt: skip
    assert right.warnings == ()
    many = list(ends)
    many[section] += "0\n"
    few = list(ends)
    few[section] = ""
    for wrong in (many, few):
        text = "".join(part + end for part, end in zip(parts, wrong, strict=True)) + "Q\n"
        try:
            found = case_of(text.encode())
        except Refused:
            continue
        assert wrong is few
        assert section >= 12  # of zones and later nothing bears on the network
        assert found.multi_section == right.multi_section
        assert {item.code for item in found.warnings} == {"SECTIONS_MISSING"}


def test_where_comments_name_another_section_that_line_is_named() -> None:
    ends = [f"0 / END OF {name} DATA\n" for name in SECTIONS_30]
    ends[3] += "0\n"
    text = "".join(part + end for part, end in zip(with_everything(), ends, strict=True))
    finding = faults(text.encode())[0]
    assert finding.found == "END OF TRANSFORMER DATA"
    assert "the area section" in finding.message


@pytest.mark.parametrize(
    "wrong",
    [
        {"area": "1,1,0,10,'A',7"},
        {"zone": "1,'Z',2"},
        {"zone": "'Z'"},
        {"owner": "1,'O',2"},
        {"transfer": "1,2,'A',5,6"},
        {"shunt": "1,9,1.1,0.9"},
        {"facts": "'F',1,0"},
        {"facts": "1,1,0" + ",0" * 17},
        {"two_terminal": "1,3,8,500\n1,2\n3,2\n"},
        {"two_terminal": "'DC',1,8,500\n1,2\n3,2\n"},
        {"two_terminal": "1,1,8,500" + ",0" * 9 + "\n1,2\n3,2\n"},
        {"two_terminal": "1,1,8,500\n1,2" + ",0" * 16 + "\n3,2\n"},
        {"vsc": "'V',2,8\n1,1\n3,2\n"},
        {"vsc": "'V',1,8\n1,1\n3,3\n"},
        {"vsc": "'V',1,8" + ",1" * 9 + "\n1,1\n3,2\n"},
        {"vsc": "'V',1,8\n1,1\n3,2" + ",0" * 14 + "\n"},
    ],
)
def test_records_that_belong_to_another_section(wrong: dict[str, str]) -> None:
    assert faults(raw(THREE_BUSES, lines=TRIANGLE, **wrong))
