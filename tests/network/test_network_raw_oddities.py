"""What genuine RAW files do (psse_raw 1, 4, 6, 8): no oddity changes the network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from network_cases import THREE_BUSES, TRIANGLE, case_of, network_of, raw

from simulator.domain import Refused
from simulator.network.dc import dc_network
from simulator.network.raw.reader import read_raw
from simulator.network.raw.writer import write_raw

PLAIN = raw(
    THREE_BUSES,
    loads="3,'1 ',1,1,1,90.0,10.0",
    generators="1,'1 ',60.0\n2,'1 ',30.0",
    lines=TRIANGLE,
    transformers="1,2,0,'T1',1,1,1\n0.0,0.2,100.0\n1.0,0.0,0.0,50.0\n1.0,0.0",
    facts="1,1,0,1,0.0",
)
Edit = Callable[[str], str]


def put(*changes: tuple[str, str]) -> Edit:
    """Text replaced once each; every old text must be there."""

    def edit(text: str) -> str:
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        return text

    return edit


def everywhere(old: str, new: str) -> Edit:
    return lambda text: text.replace(old, new)


END, BUS_1, LINE_12 = " 0 / END\n", "1,'ONE',230.0,3", "1,2,'1',0.0,0.1\n"
ODDITIES: dict[str, Edit] = {
    # 1.1 to 1.3: lines, titles
    "line ends of Windows": everywhere("\n", "\r\n"),
    "line ends of old Macintoshes": everywhere("\n", "\r"),
    "a byte order mark": lambda text: "\xef\xbb\xbf" + text,
    "bytes beyond ASCII in a title and a comment": put(
        ("title one", "Se\xf1or \xe9t\xe9"), (LINE_12, "1,2,'1',0.0,0.1 / \xb0\xff\n")
    ),
    "a title that is a terminator": put(("title two", " 0")),
    "a title that is Q": put(("title one", "Q")),
    "a title of quotes and commas": put(("title one", "it's, 'half / quoted")),
    "no line end behind the last line": lambda text: text.rstrip("\n"),
    "blank lines between records": put((BUS_1, "\n  \n" + BUS_1), (END, "\t\n" + END)),
    "a line that is a comment": put((BUS_1, "/ what follows are buses\n" + BUS_1)),
    # 1.4, 1.5: delimiters and defaults
    "tabs between items": put((LINE_12, "1\t2\t'1'\t0.0\t0.1\n")),
    "tabs beside commas": put((LINE_12, "1 ,\t2,\t '1' ,0.0\t,\t0.1\n")),
    "blanks between items": put((LINE_12, "  1   2  '1 '  0.0  0.1  \n")),
    "trailing commas": put((LINE_12, "1,2,'1',0.0,0.1,,,,\n"), (BUS_1, BUS_1 + ",")),
    "defaulted fields": put((LINE_12, "1,2,,,0.1\n"), (BUS_1, "1,'ONE',230.0,3,,,,,,,")),
    "quoted nothing as an identifier": put((LINE_12, "1,2,'',0.0,0.1\n")),
    "a missing tail": put(("3,'THREE',230.0,1", "3,'THREE',230.0")),
    # 1.6, 1.7: quotes and comments
    "a name with everything in it": put(("'ONE'", "'O,N/E #''1\"'")),
    "names in double quotes": put(("'ONE'", '"O,N/E\'1"'), (LINE_12, '1,2,"1",0.0,0.1\n')),
    "a name without quotes": put(("'ONE'", "ONE_230")),
    "a name that looks like a number": put(("'ONE'", "'0'"), ("'TWO'", "'1E5'")),
    "forty characters of name": put(("'ONE'", "'" + "x" * 40 + "'")),
    "padded identifiers": put((LINE_12, "1,2,' 1',0.0,0.1\n"), ("1,'1 ',60.0", "1,1,60.0")),
    "a comment behind the last item": put((LINE_12, "1,2,'1',0.0,0.1/it's \"open\n")),
    "an equipment tag of an exporter": put((LINE_12, "1,2,'1',0.0,0.1,,,, /* [A,'B/C] */\n")),
    # 1.8: numbers
    "exponents of Fortran": put((LINE_12, "1,2,'1',0D0,1.0d-1\n"), ("90.0", "9.D+01")),
    "leading zeros and signs": put((LINE_12, "0001,+2,'1',-0,+.1\n"), ("60.0", "0060.")),
    "whole numbers as reals": put((LINE_12, "1.0,2.,'1',0,1.0E-1,0,0,0,0,0,0,0,0,1.0\n")),
    # 1.9, 1.10: ends of sections and of data
    "bare zeros": everywhere(END, "0\n"),
    "quoted zeros": everywhere(END, "'0'\n"),
    "zeros with commas and slashes": everywhere(END, "0,,/\n"),
    "zeros with something in capitals": everywhere(END, " 0 /END OF BUS CARDS, BEGIN 0\n"),
    "words behind a zero that name another section": put((END, "0 / END OF LOAD DATA\n")),
    "Q behind the last section": lambda text: text + "Q\n1,2,3\nanything\n",
    "q instead of the sections that are left": lambda text: (
        text[: text.index("1,1,0,1,0.0")] + "q\nnot, 'read\n"
    ),
    "a line of a program behind the data": lambda text: text + "Stop - Program terminated.\n",
    # 8: exports of an energy management system
    "unlimited and blank ratings": put((LINE_12, "1,2,'1',0.0,0.1,,0.,,   ,\n")),
    "ratings of current": put(("0,100.0,30 /", "0,100.0,30,1,1,50.0 /")),
}


def assert_same(data: bytes, plain: bytes = PLAIN) -> None:
    expected, found = network_of(plain), network_of(data)
    assert found.key == expected.key
    for name in ("bus", "injection_mw", "susceptance_mw_per_rad", "rating_mw", "reference"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name


@pytest.mark.parametrize("oddity", ODDITIES)
def test_an_oddity_leaves_the_network_as_it_is(oddity: str) -> None:
    text = ODDITIES[oddity](PLAIN.decode())
    assert text != PLAIN.decode()
    assert_same(text.encode("latin-1"))
    again = write_raw(case_of(text.encode("latin-1"))).encode("latin-1")
    assert_same(again)


@pytest.mark.parametrize(
    ("name", "read"),
    [("'A  '", "A"), ("'O''N'", "O'N"), ("'a, /b'", "a, /b"), ("'0'", "0"), ("''", "")],
)
def test_a_name_is_what_stands_between_its_quotes(name: str, read: str) -> None:
    assert case_of(put(("'ONE'", name))(PLAIN.decode()).encode()).buses[0].name == read


def test_a_record_named_q_does_not_end_the_data() -> None:
    """From version 31 on DC lines have names, and only an unquoted Q in column 1 is the end."""
    data = raw(THREE_BUSES, lines=TRIANGLE, vsc="'Q',1,0.1\n2,2,1,12.0\n1,1,1,0.0")
    assert network_of(data).injection_mw.tolist() == [-12.0, 12.0, 0.0]


def test_only_letters_of_ascii_have_a_case() -> None:
    """The capital of \xff is in no Latin-1 file, so a case with it could not be written again."""
    data = put((LINE_12, "1,2,'\xffa',0.0,0.1\n"))(PLAIN.decode()).encode("latin-1")
    case = case_of(data)
    assert case.lines[0].circuit == "\xffA"
    assert case_of(write_raw(case).encode("latin-1")).lines[0].circuit == "\xffA"


def test_a_byte_order_mark_of_two_byte_text_is_no_text() -> None:
    with pytest.raises(Refused, match="not text"):
        read_raw(PLAIN.decode().encode("utf-16"), "wide.raw")


# ---------------------------------------------------------------------- versions, field by field

BUSES = {
    30: "{0},'{1}',230.0,{2},5.0,7.0,1,1,1.00,0.0,1",
    31: "{0},'{1}',230.0,{2},1,1,1,1.00,0.0",
    33: "{0},'{1}',230.0,{2},1,1,1,1.00,0.0,1.1,0.9,1.1,0.9",
}
FACTS_TAIL = "0,1.0,9999.,9999.,.9,1.1,1.,0.,.05,100.,1,0.,0.,0"


def of_version(version: int, *, stated: bool = True) -> bytes:
    """One network with every kind of record, as that version writes it."""
    old, cnxa = version <= 30, ",0.0" if version >= 32 else ""
    bus = BUSES[max(family for family in BUSES if family <= max(version, 30))]
    winding = "1,0,0,9,9,9,0,0,1.1,.9,1.1,.9,33,0,0.,0." + cnxa
    owners, vector = "1,1.0,0,1.0,0,1.0,0,1.0", ",'YNyn0'" if version >= 33 else ""
    met = "" if old else "1,"
    parts: dict[str, str] = {
        "bus": "\n".join(
            bus.format(number, name, kind)
            for number, name, kind in ((1, "ONE", 3), (2, "TWO", 2), (3, "THREE", 1), (4, "F", 1))
        ),
        "load": "3,'1',1,1,1,90.0,10.0,1,2,3,4,1"
        + (",1" if version >= 32 else "")
        + (",0" if version >= 33 else ""),
        "fixed shunt": "\n".join(f"{n},'1',1,5.0,7.0\n{n},'2',0,99.0,0.0" for n in range(1, 5)),
        "generator": "1,'1',60.0,0,9,-9,1.0,0,100,0,1,0,0,1,1,100,99,0," + owners
        + ("" if old else ",0,1.0"),
        "line": "\n".join(
            f"{i},{'-' if old else ''}{j},'1',0.0,0.1,0,8,9,9,.01,0,0,0,1,{met}0.0,{owners}"
            for i, j in ((1, 2), (1, 3), (2, 3))
        ),
        "transformer": f"1,2,4,'T',1,2,1,0,0,2,'THREE WAY',4,{owners}{vector}\n"
        "0,.1,50,0,.2,60,0,.3,70,1.0,0.0\n" + "\n".join([winding] * 3) + "\n"
        f"3,4,0,'U',1,1,1,0,0,2,'TWO WAY',1,{owners}{vector}\n0,.1,100\n{winding}\n1.0,0.0",
        "area": "1,1,0.0,10.0,'AREA'",
        "two-terminal dc": f"{'1' if old else chr(34) + 'DC, 1' + chr(34)},1,1.0,40.0,500.0,0,0,0,"
        "'I',0,20,1.0\n1,2,90,5,0,0,230,1,1,1.5,.51,.00625,0,0,0,'1',0\n"
        "3,2,90,5,0,0,230,1,1,1.5,.51,.00625,0,0,0,'1',0",
        "vsc dc": "\"VSC\",1,0.1,1,1.0\n2,2,1,12.0\n1,1,1,500.0",
        "switched shunt": f"3,1,{'0,1,' if version >= 32 else ''}1.1,.9,0,100.0,' ',5.0,1,5.0",
        "impedance correction": "4,0.9,1.2,1.1,1.4",
        "multi-terminal dc": f"{'1' if old else chr(39) + 'MT' + chr(39)},3,2,1,1,3\n"
        "1,2,90,5,0,0,230,1,1,1.5,.5,.006,30\n2,2,90,5,0,0,230,1,1,1.5,.5,.006,20\n"
        "3,2,90,5,0,0,230,1,1,1.5,.5,.006,500\n0,0,1,1,'A'\n2,0,1,1,'B'\n0,2,'1',8.2",
        "multi-section line": f"1,{'-3,' if old else '3,'}'&1',{met}2",
        "zone": "1,'ZONE'",
        "transfer": "1,1,'1',0.0",
        "owner": "1,'OWNER'",
        "facts": ("1" if old else '"F,1"') + ",1,2,1,5.0," + FACTS_TAIL + ("" if old else ",0,''"),
    }  # fmt: skip
    rev = f", {version}" if stated else ""
    text = f"0, 100.0{rev} / made by hand\nt1\nt2\n"
    for name in SECTIONS[version]:
        text += f"{parts.get(name, '')}\n0 / end\n".lstrip("\n")
    return (text + "Q\n").encode()


IN_30 = (
    "bus", "load", "generator", "line", "transformer", "area", "two-terminal dc", "vsc dc",
    "switched shunt", "impedance correction", "multi-terminal dc", "multi-section line", "zone",
    "transfer", "owner", "facts",
)  # fmt: skip
IN_31 = (
    "bus", "load", "fixed shunt", "generator", "line", "transformer", "area", "two-terminal dc",
    "vsc dc", "impedance correction", "multi-terminal dc", "multi-section line", "zone",
    "transfer", "owner", "facts", "switched shunt",
)  # fmt: skip
SECTIONS = {29: IN_30, 30: IN_30, 31: IN_31, 32: (*IN_31, "gne device"),
            33: (*IN_31, "gne device", "induction machine")}  # fmt: skip


@pytest.mark.parametrize("version", SECTIONS)
@pytest.mark.parametrize("stated", [True, False])
def test_every_kind_of_record_is_the_same_in_every_version(version: int, stated: bool) -> None:
    data = of_version(version, stated=stated)
    case = read_raw(data)
    assert case.version == (version if stated or version >= 31 else 30)
    assert_same(data, of_version(30))
    assert_same(write_raw(case).encode("latin-1"), of_version(30))
    network = dc_network(case)
    assert len(network.sections(network.key[0])) == 2  # the multi-section line trips as one
