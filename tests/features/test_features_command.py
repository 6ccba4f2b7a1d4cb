"""`marketsim feature` for somebody else's files, from somebody else's folder."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.cli.shell import shipped

BEGUN = 'Given the calendar "market-sim" is played with seed 1'


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulator", "feature", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def feature(*scenarios: str) -> str:
    return "@mine\nFeature: My own month\n" + "".join(f"\n{text}" for text in scenarios)


def scenario(name: str, *steps: str) -> str:
    return f"  Scenario: {name}\n" + "".join(f"    {step}\n" for step in steps)


MONDAY = scenario(
    "The first Monday sets up",
    BEGUN,
    'And nobody has the message "week 1"',
    "When it is Monday of week 1 at 08:00",
    'Then everybody has the message "week 1"',
)


def test_a_feature_runs_from_any_folder(tmp_path: Path) -> None:
    write(tmp_path, "mine/monday.feature", feature(MONDAY))
    result = run(tmp_path, "mine")
    assert result.returncode == 0, result.stderr
    assert "passed  The first Monday sets up" in result.stdout
    assert result.stdout.endswith("1 scenarios passed, 0 failed\n")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["mine", "monday.feature"]


def test_a_step_that_does_not_hold_is_told_without_a_traceback(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "mine.feature",
        feature(
            scenario("No message on Monday", BEGUN, 'Then everybody has the message "week 9"'),
            scenario(
                "Back in time",
                BEGUN,
                "When it is Monday of week 1 at 08:00",
                "And it is Monday of week 1 at 07:59",
            ),
            scenario("A wrong hour", BEGUN, "When it is Monday of week 1 at noon"),
            scenario("No beginning", "Given it is Monday of week 1 at 09:00"),
            MONDAY.replace("first Monday", "third Monday").replace("And nobody", "And  nobody"),
        ),
    )
    result = run(tmp_path, path.name, "--json")
    assert result.returncode == 1, result.stderr
    found = json.loads(result.stdout)
    assert (found["passed"], found["failed"]) == (0, 5)
    reasons = {item["scenario"]: item["reason"] for item in found["scenarios"]}
    assert reasons["No message on Monday"] == "the messages are []"
    assert "the clock only goes forward: it is Monday of week 1 at 08:00" in reasons["Back in time"]
    assert reasons["A wrong hour"] == "noon is no time of day; say it like 17:00"
    assert reasons["No beginning"].startswith("no market is played: begin with")
    first = found["scenarios"][0]
    assert first["where"] == f"{path}:6"
    assert first["step"] == 'Then everybody has the message "week 9"'
    assert first["tags"] == ["mine"]
    assert "Traceback" not in result.stdout + result.stderr


def test_all_undefined_steps_are_listed_before_any_runs(tmp_path: Path) -> None:
    write(
        tmp_path,
        "mine.feature",
        feature(
            MONDAY,
            scenario("Odd", BEGUN, "When it is Tuesday of wek 1 at 09:00", "Then pigs fly"),
        ),
    )
    write(tmp_path, "other.feature", feature(scenario("Odder", "Given the calender is played")))
    result = run(tmp_path, ".")
    assert result.returncode == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert [line.split(":")[1] for line in lines] == ["12", "13", "5"]
    assert all("FEA0005 no step is defined like this" in line for line in lines)
    assert "did you mean: it is {day:w} of week {week:d} at {clock}" in lines[0]
    assert "say it in the words of a known step" in lines[1]


def test_own_steps_add_to_the_library_and_override_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        "conftest.py",
        "from pytest_bdd import given, parsers, then\n"
        "@then('pigs fly')\n"
        "def _(play):\n"
        "    assert play.moment == 0\n"
        "@given(parsers.parse('nobody has the message \"{text}\"'))\n"
        "def _(text):\n"
        "    raise AssertionError(f'my own words about {text}')\n",
    )
    steps = (BEGUN, "Then pigs fly")
    write(tmp_path, "mine.feature", feature(scenario("Odd", *steps), MONDAY))
    result = run(tmp_path, "mine.feature")
    assert result.returncode == 1, result.stderr
    assert "passed  Odd" in result.stdout
    assert "my own words about week 1" in result.stdout


def test_a_step_that_two_definitions_fit_is_refused(tmp_path: Path) -> None:
    write(
        tmp_path,
        "conftest.py",
        "from pytest_bdd import parsers, then\n"
        "@then(parsers.parse('everybody has {anything}'))\n"
        "def _():\n    pass\n",
    )
    write(tmp_path, "mine.feature", feature(MONDAY))
    result = run(tmp_path, "mine.feature")
    assert result.returncode == 2
    assert "FEA0006 more than one definition fits this step" in result.stderr
    assert 'everybody has the message "{text}"; everybody has {anything}' in result.stderr


def test_a_conftest_that_breaks_is_told_without_a_traceback(tmp_path: Path) -> None:
    write(tmp_path, "conftest.py", "def pytest_sessionstart():\n    raise RuntimeError('boom')\n")
    write(tmp_path, "mine.feature", feature(MONDAY))
    result = run(tmp_path, "mine.feature")
    assert result.returncode == 1
    assert result.stderr == "failed: boom (RuntimeError); --debug shows where\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (feature(MONDAY, MONDAY), "mine.feature:10: FEA0004 two scenarios have one name"),
        ("Feature: x\n  Scenario: y\n    Given z\n    oops\n", "mine.feature:4: FEA0002"),
        ("", "FEA0003 the file has no scenario"),
        ("Feature: x\n", "FEA0003 the file has no scenario"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, "mine.feature", text)
    result = run(tmp_path, "mine.feature")
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_every_path_that_holds_no_feature_is_named(tmp_path: Path) -> None:
    write(tmp_path, "notes.txt", "nothing")
    (tmp_path / "empty").mkdir()
    result = run(tmp_path, "nowhere", "notes.txt", "empty")
    assert result.returncode == 2
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == [
        "nowhere",
        "notes.txt",
        "empty",
    ]
    assert run(tmp_path).returncode == 2


def test_the_steps_can_be_listed(tmp_path: Path) -> None:
    result = run(tmp_path, "--steps")
    assert result.returncode == 0
    assert "When  it is {day:w} of week {week:d} at {clock}" in result.stdout.splitlines()
    listed = json.loads(run(tmp_path, "--steps", "--json").stdout)
    assert len(listed["steps"]) == len(result.stdout.splitlines())


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    readme = (shipped("features") / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```gherkin\n(.*?)```", readme, re.S)
    write(tmp_path, "april.feature", example)
    result = run(tmp_path, "april.feature")
    assert result.returncode == 0, result.stdout + result.stderr


def test_what_a_server_can_play_is_counted(tmp_path: Path, record_property) -> None:
    result = run(tmp_path, "--reach", str(shipped("features")), "--json")
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    beyond = {item["scenario"]: item for item in told["in_process_only"]}
    assert told["reachable"] == told["scenarios"] - len(told["in_process_only"])
    assert "A name that is used already is refused" not in beyond
    assert beyond["What belongs to others is refused"]["found"].startswith("When LSEP retracts")
    said = f"{told['reachable']} of {told['scenarios']} scenarios can be played on a server"
    record_property("counted", said)
    of_ours = run(tmp_path, "--reach", str(shipped("features") / "portfolios.feature"))
    assert of_ours.stdout.splitlines()[0] == "in-process only  What belongs to others is refused"
    assert of_ours.stdout.endswith("8 of 9 scenarios can be played on a server\n"), of_ours.stdout


def test_a_step_of_ones_own_says_where_it_can_be_played(tmp_path: Path) -> None:
    write(
        tmp_path,
        "conftest.py",
        "from pytest_bdd import then\n"
        "from market_steps.door import Door\n"
        "@then('anywhere')\n"
        "def _(play: Door):\n    pass\n"
        "@then('here')\n"
        "def _(play):\n    pass\n",
    )
    write(
        tmp_path,
        "mine.feature",
        feature(scenario("A", BEGUN, "Then anywhere"), scenario("B", BEGUN, "Then here")),
    )
    told = json.loads(run(tmp_path, "--reach", "mine.feature", "--json").stdout)
    assert (told["scenarios"], told["reachable"]) == (2, 1)
    assert [item["found"] for item in told["in_process_only"]] == ["Then here"]


def test_what_its_writer_skips_is_told_and_not_counted_as_passed(tmp_path: Path) -> None:
    text = (
        "import pytest\nfrom pytest_bdd import then\n"
        "@then('later')\ndef _():\n    pytest.skip('not before May')\n"
    )
    write(tmp_path, "conftest.py", text)
    ours = scenario("Left out", BEGUN, "Then later")
    marked = "  @skip\n" + scenario("Marked", BEGUN, "Then later")
    write(tmp_path, "mine.feature", feature(ours, marked, scenario("Plain", BEGUN)))
    told = json.loads(run(tmp_path, "mine.feature", "--json").stdout)
    assert (told["passed"], told["failed"], told["skipped"]) == (1, 0, 2)
    assert [item["status"] for item in told["scenarios"]] == ["skipped", "skipped", "passed"]
    assert told["scenarios"][0]["reason"] == "Skipped: not before May"
