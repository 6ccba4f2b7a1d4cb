"""CSV faults are all found at once, each with its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from simulator.domain.table import (
    Column,
    any_text,
    choice,
    decimal,
    integer,
    iso_date,
    number,
    read_table,
    text,
)

COLUMNS = (
    Column("ID", text),
    Column("Kind", choice(("BUY", "SELL"))),
    Column("MW", decimal(3)),
    Column("Count", integer),
    Column("From", iso_date),
    Column("Factor", number),
    Column("Note", any_text, optional=True),
)
HEADER = "ID,Kind,MW,Count,From,Factor\n"


def test_good_rows_are_typed_and_keep_their_place():
    rows, findings = read_table(
        "\ufeff"
        + HEADER
        + 'a,BUY,1.250,3,2024-04-01,0.5\r\n\r\n"b,c",SELL,0,-1,2024-02-29,1e-3\r\n',
        "x.csv",
        COLUMNS,
    )
    assert findings == []
    assert rows[0]["MW"] == Decimal("1.250")
    assert rows[0]["From"] == date(2024, 4, 1)
    assert rows[0].get("Note", "none") == "none"
    assert (rows[1]["ID"], rows[1].line) == ("b,c", 4)
    assert rows[1].where("MW") == "x.csv row 4 column MW"


def test_every_bad_cell_is_named_and_good_rows_stay():
    rows, findings = read_table(
        HEADER
        + "a,HOLD,1.2345,x,2024-13-01,nan\n"
        + "b,BUY,1,1,2024-01-01,2\n"
        + ",SELL,inf,1.5,2024-01-01,\n"
        + "c,BUY,1\n",
        "x.csv",
        COLUMNS,
    )
    assert [row["ID"] for row in rows] == ["b"]
    assert [finding.where for finding in findings] == [
        "x.csv row 2 column Kind",
        "x.csv row 2 column MW",
        "x.csv row 2 column Count",
        "x.csv row 2 column From",
        "x.csv row 2 column Factor",
        "x.csv row 4 column ID",
        "x.csv row 4 column MW",
        "x.csv row 4 column Count",
        "x.csv row 4 column Factor",
        "x.csv row 5",
    ]
    assert findings[0].allowed == "BUY or SELL"
    assert findings[1].found == "1.2345"


def test_columns_that_are_unknown_missing_or_twice_are_refused_by_name():
    _, findings = read_table("ID,Kind,MW,Count,From,MW,Colour\n", "x.csv", COLUMNS)
    assert [finding.message for finding in findings] == [
        "column Factor is missing",
        "column 'MW' is there twice",
        "column 'Colour' is not known",
    ]


def test_text_that_is_no_table_is_a_finding():
    assert read_table("", "x.csv", COLUMNS)[1][0].found == "an empty file"
    assert read_table('ID\n"open', "x.csv", COLUMNS[:1])[1][0].code == "TAB0001"
