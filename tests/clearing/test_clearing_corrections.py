"""Impedance correction tables in a market: as in PSS/E, or off by `market.toml`; both verified."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.clearing.folder import clear_folder, read_case_folder
from simulator.domain import Refused
from simulator.verify import verify_folder

TRANSFORMER = (
    "1,2,0,'T1',1,1,1,0,0,2,'T',1\n0,0.1,100\n"
    "1.0,0,0,0,0,0,0,0,1.1,.9,1.1,.9,33,1\n1.0,0\n"
)  # fmt: skip


def folder(place: Path, more: str = "") -> Path:
    """A line of 60 MW beside a transformer of the same reactance, which its table triples."""
    sections = [
        "1,'A',230.0,3\n2,'B',230.0,1\n",
        *["", ""],
        "1,2,'1',0,0.1,0,60,60,60\n",
        TRANSFORMER,
        *["", "", "", ""],
        "1,0.9,2.0,1.0,3.0,1.1,4.0\n",
        *[""] * 6,
    ]
    place.mkdir()
    text = "0,100.0,30 / corrected\n\n\n" + "".join(f"{part}0\n" for part in sections) + "Q\n"
    (place / "network.raw").write_text(text)
    (place / "market.toml").write_text(f'name = "T"\nkind = "auction"\n{more}\n')
    (place / "bids.csv").write_text(
        "BidID,Participant,TransactionType,HedgeType,Source,Sink,TOU,Period,CRRID,Point,MW,Price\n"
        "A,P,BUY,OBL,1,2,ON,2024_M09,,1,0,5\nA,P,BUY,OBL,1,2,ON,2024_M09,,2,500,5\n"
    )
    return place


@pytest.mark.parametrize(
    ("more", "awarded"), [("", "80.000"), ("impedance_correction = false", "120.000")]
)
def test_what_a_table_does_to_an_award(tmp_path: Path, more: str, awarded: str) -> None:
    """Tripled, the transformer takes a quarter of a transfer; as stated, half of it."""
    result = clear_folder(folder(tmp_path / "in", more), tmp_path / "out")
    assert [str(item.awarded_mw) for item in result.awards] == [awarded]
    verification = verify_folder(tmp_path / "out")
    assert verification.ok, [str(check) for check in verification.failed]
    kept = read_case_folder(tmp_path / "out/case")
    assert kept.impedance_correction is (not more)


def test_verify_uses_the_table_itself(tmp_path: Path) -> None:
    clear_folder(folder(tmp_path / "in"), tmp_path / "out")
    settings = tmp_path / "out/case/market.toml"
    settings.write_text(settings.read_text() + "impedance_correction = false\n")
    failed = [str(check) for check in verify_folder(tmp_path / "out").failed]
    assert any("shadow prices times shift factors" in text or "flow" in text for text in failed)


def test_the_switch_is_true_or_false(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="impedance_correction"):
        read_case_folder(folder(tmp_path / "in", 'impedance_correction = "no"'))
