"""What is wrong with a run's input is said at once, in words, before anything is begun."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from simulator.cli import execute, world

ROOT = Path(__file__).resolve().parents[2]
SHORT_RUN = ROOT / "tests" / "engine" / "short_run.toml"
REFUSED = 2


@pytest.fixture
def refused(capsys, tmp_path):
    """Runs the command line, which must refuse, and gives what it said line by line."""

    def command(*arguments: object, out: Path = tmp_path / "run") -> list[str]:
        code = execute(["run", *map(str, arguments), "--out", str(out)])
        said = capsys.readouterr()
        assert code == REFUSED, said.err
        assert "Traceback" not in said.err
        assert said.out == ""
        assert not (out / "market.db").is_file(), "nothing is begun"
        return said.err.splitlines()

    return command


@pytest.fixture
def fixtures(tmp_path, monkeypatch) -> Path:
    """A copy of the shipped data that the command reads in place of the shipped ones."""
    folder = tmp_path / "fixtures"
    shutil.copytree(ROOT / "fixtures", folder)
    monkeypatch.setattr(world, "shipped", lambda name: tmp_path / name)
    return folder


def test_every_fault_of_a_scenario_at_once_each_with_its_line(refused, tmp_path):
    text = SHORT_RUN.read_text()
    for good, bad in (
        ("first_monday = 2024-04-01", "first_monday = 2024-04-02"),
        ("participants = 8", 'participants = "many"'),
        ("history_days = 2", "histry_days = 2"),
        ('kind = "verify_collateral"', 'kind = "verify_colateral"'),
        ('last_trading_day = "week 2 sat"', 'last_trading_day = "some day"'),
    ):
        assert text.count(good) == 1
        text = text.replace(good, bad)
    file = tmp_path / "bad.toml"
    file.write_text(text)
    said = refused(file)
    for bad in ("first_monday", "many", "histry_days", "verify_colateral", "some day"):
        line = next(n for n, row in enumerate(text.splitlines(), 1) if bad in row)
        about = [row for row in said if bad in row and f"{file}:{line} " in row]
        assert about, f"nothing about {bad} in line {line}: {said}"
        assert "allowed: " in about[0]
        assert "remedy: " in about[0]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"\x80\x81", "SCN0002"), (b"", "SCN"), (b"name = [", "SCN"), (b'name = "x"', "SCN")],
)
def test_what_is_no_scenario_is_refused(refused, tmp_path, content, code):
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    assert code in refused(file)[0]


def test_a_market_before_the_preload_is_refused(refused, tmp_path):
    text = SHORT_RUN.read_text()
    later = 'week = 2\nday = "tue"\ntime = "08:30"\nkind = "verify_collateral"'
    earlier = 'week = 1\nday = "mon"\ntime = "08:30"\nkind = "verify_collateral"'
    assert text.count(later) == text.count('needs = ["t2-post"]') == 1
    file = tmp_path / "bare.toml"
    early = text.replace(later, earlier).replace('needs = ["t2-post"]', 'needs = ["setup"]')
    opens = 'needs = ["collateral"]'
    file.write_text(early.replace(opens, 'needs = ["collateral", "t2-post"]'))
    (line,) = refused(file)
    assert "RUN0006" in line
    assert "collateral" in line


@pytest.mark.parametrize(
    ("good", "bad", "about"),
    [
        ('"ALLOC_MN_{month}_T2"\ndata = ["SET_ASIDE"]', '"AUC_MN_{month}"\ndata = ["MEQ"]', "data"),
        ('_T2"\ndata = ["SET_ASIDE', '_T1"\ndata = ["SET_ASIDE', "market"),
        ('market = "ALLOC_MN_{month}_T2"\ndata = ["SET_ASIDE"]', 'data = ["SET_ASIDE"]', "market"),
    ],
)
def test_data_that_does_not_fit_its_market_is_refused(refused, tmp_path, good, bad, about):
    text = SHORT_RUN.read_text()
    assert text.count(good) == 1
    file = tmp_path / "odd.toml"
    file.write_text(text.replace(good, bad))
    line, missing = refused(file)
    assert "SCN_VALUE" in line
    assert f"].{about}:" in line
    assert "SCN_MISSING_EVENT" in missing
    assert "SET_ASIDE" in missing


def test_unknown_names_are_refused_with_what_is_allowed(refused):
    (line,) = refused("five-weeks")
    assert "found: five-weeks" in line
    assert "market-sim" in line
    (line,) = refused(SHORT_RUN, "--until", "t9-open")
    assert "found: t9-open" in line
    assert "t1-open" in line


@pytest.mark.parametrize("count", [0, 5, 301, -3])
def test_a_number_of_participants_out_of_range_is_refused_before_the_run(refused, count):
    (line,) = refused(SHORT_RUN, "--participants", count)
    assert f"found: {count}" in line
    assert "allowed: 6 to 300" in line


@pytest.mark.parametrize("options", [["--seed", "-1"], ["--seed", "x"], ["--sede", "1"]])
def test_wrong_usage_names_the_option(refused, options):
    assert options[0] in "\n".join(refused(SHORT_RUN, *options))


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/run"])
def test_a_folder_that_cannot_be_written_is_refused(refused, tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    (line,) = refused(SHORT_RUN, out=tmp_path / place)
    assert "RUN0004" in line
    assert str(tmp_path / place) in line


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://somebody:secret@127.0.0.1:1/market",
        "nonsense://somebody:secret@127.0.0.1/market",
        "nonsense",
        "sqlite:////proc/market.db",
    ],
)
def test_a_database_that_is_not_there_is_refused_without_telling_the_password(refused, address):
    (line,) = refused(SHORT_RUN, "--database", address)
    assert "RUN0001" in line
    assert address.partition("://")[0] in line
    assert "secret" not in line


def test_a_file_that_is_no_database_is_refused(refused, tmp_path):
    file = tmp_path / "notes.db"
    file.write_text("not a database, but somebody's notes, long enough to be looked at " * 9)
    (line,) = refused(SHORT_RUN, "--database", f"sqlite:///{file}")
    assert "RUN0001" in line
    assert file.read_text().startswith("not a database")


def test_faults_of_all_the_worlds_files_come_at_once(refused, fixtures):
    _replace(fixtures / "participants/roster.csv", "LSEP,LSE,", "LSEP,BAKER,")
    _replace(fixtures / "california/planned_outages.csv", "BOTH", "NEITHER")
    (fixtures / "california/coordinates.csv").write_bytes(b"\xff\xfe")
    (fixtures / "load_history/levels.csv").unlink()
    (fixtures / "california/generators.csv").write_text("Nope\n1\n")
    said = refused(SHORT_RUN)
    for file, found in (
        ("roster.csv row 2 column Role", "found: BAKER"),
        ("planned_outages.csv row", "found: NEITHER"),
        ("coordinates.csv", "found: "),
        ("levels.csv", "missing"),
        ("generators.csv", "Nope"),
    ):
        assert any(file in line and found in line for line in said), (file, said)


@pytest.mark.parametrize(
    "name",
    [
        "california/network.raw",
        "california/locations.csv",
        "california/location_zones.csv",
        "california/generators.csv",
        "california/availability.csv",
        "participants/roster.csv",
        "load_history/shapes.csv",
    ],
)
@pytest.mark.parametrize("harm", ["missing", "empty", "bytes", "folder"])
def test_a_file_that_is_missing_or_no_text_is_named(refused, fixtures, name, harm):
    file = fixtures / name
    file.unlink()
    if harm == "folder":
        file.mkdir()
    elif harm != "missing":
        file.write_bytes(b"" if harm == "empty" else bytes(range(128, 256)))
    assert any(file.name in line for line in refused(SHORT_RUN))


def _replace(file: Path, good: str, bad: str) -> None:
    text = file.read_text()
    assert good in text
    file.write_text(text.replace(good, bad, 1))
