"""`marketsim network` on the shipped network and on published ones, and on what is none."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from commands_desk import CALIFORNIA, EXAMPLES, SHARED, marketsim

TRIANGLE = EXAMPLES / "auction" / "network.m"
IEEE14 = SHARED / "ieee14"
INFO_KEYS = [
    "format", "version", "buses", "branches", "branches_in_service", "transformers", "generators",
    "loads", "load_mw", "generation_mw", "islands", "monitored_branches", "warnings",
]  # fmt: skip

needs_ieee14 = pytest.mark.skipif(not IEEE14.is_dir(), reason="needs the shared ieee14 data")


def test_info_counts_the_california_network():
    found = marketsim("network", "info", CALIFORNIA, "--json").json
    assert list(found)[: len(INFO_KEYS)] == INFO_KEYS
    assert (found["buses"], found["branches"], found["transformers"]) == (242, 451, 117)


def test_info_in_words_holds_the_same_figures():
    found = marketsim("network", "info", TRIANGLE, "--json").json
    told = marketsim("network", "info", TRIANGLE).out.split()
    assert told[told.index("buses") + 1] == str(found["buses"]) == "3"


def test_ptdf_of_c1_is_a_third_and_two_thirds_and_all_after_the_outage():
    arguments = ("network", "ptdf", TRIANGLE, "--source", 1, "--sink", 3, "--json")
    found = marketsim(*arguments, "--mw", 300).json
    assert [round(flow["mw"], 9) for flow in found["flows"]] == [100.0, 200.0, 100.0]
    after = marketsim(*arguments, "--outage", "1,3,1").json
    assert [round(flow["mw"], 9) for flow in after["flows"]] == [1.0, 0.0, 1.0]


def test_ptdf_takes_several_outages_together():
    """With both lines at bus 3 out nothing can flow there, and it is said that an island is."""
    arguments = ("network", "ptdf", TRIANGLE, "--source", 1, "--sink", 2, "--json")
    after = marketsim(*arguments, "--outage", "1,3,1", "--outage", "2,3,1").json
    assert [round(flow["mw"], 9) for flow in after["flows"]] == [1.0, 0.0, 0.0]
    (said,) = after["warnings"]
    assert "1-3 circuit 1 and 2-3 circuit 1" in said


def test_convert_says_what_the_other_format_has_no_place_for(tmp_path):
    told = marketsim("network", "convert", CALIFORNIA, tmp_path / "out.m").out
    assert "warning: " in told
    assert "LOST_IN_MATPOWER" in told
    assert "multi-section" in told


@needs_ieee14
@pytest.mark.parametrize("dialect", ["v30", "v30space", "v30title0"])
def test_ptdf_of_ieee14_matches_the_reference_in_every_dialect(dialect):
    reference = np.load(IEEE14 / "h014_pglib_ieee14.npz")
    file = IEEE14 / f"h014_pglib_ieee14.{dialect}.raw"
    ends = zip(reference["br_f"].tolist(), reference["br_t"].tolist(), strict=True)
    expected = dict(zip(ends, reference["ref_xfer_dpf"][0].tolist(), strict=True))
    source, sink = int(reference["xfer_src"][0]), int(reference["xfer_snk"][0])
    arguments = ("--source", source, "--sink", sink, "--mw", 100, "--json")
    found = marketsim("network", "ptdf", file, *arguments).json
    ours = {(flow["from"], flow["to"]): flow["mw"] for flow in found["flows"]}
    assert ours == pytest.approx(expected, abs=1e-6)
    assert len(ours) == 20


@pytest.mark.parametrize("suffix", ["raw", "m"])
def test_convert_there_and_back_keeps_every_factor(tmp_path, suffix):
    file = tmp_path / "deep" / f"case.{suffix}"
    assert marketsim("network", "convert", CALIFORNIA, file).code == 0
    arguments = ("--source", 1001, "--sink", 3903, "--mw", 100, "--json")
    first = marketsim("network", "ptdf", CALIFORNIA, *arguments).json["flows"]
    again = marketsim("network", "ptdf", file, *arguments).json["flows"]
    assert len(first) == len(again)
    assert [f["mw"] for f in again] == pytest.approx([f["mw"] for f in first], abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("info", "nowhere.raw"), ("nowhere.raw", "cannot be read")),
        (("info", "folder.raw"), ("folder.raw",)),
        (("info", "binary.raw"), ("binary.raw", "not text")),
        (("info", "empty.raw"), ("empty.raw",)),
        (("info", "empty.m"), ("empty.m",)),
        (("info", "empty.txt"), (".txt", ".raw")),
        (("convert", TRIANGLE, "case.docx"), (".docx", ".raw or .m")),
        (("convert", TRIANGLE, "/dev/null/case.m"), ("/dev/null", "remedy")),
        (("ptdf", TRIANGLE, "--source", "1", "--sink", "9"), ("--sink", "9")),
        (("ptdf", TRIANGLE, "--source", "x", "--sink", "2"), ("--source", "int", "x")),
        (("ptdf", TRIANGLE, "--source", "1"), ("--sink",)),
        (("ptdf", TRIANGLE, "--source", "1", "--sink", "3", "--mw", "nan"), ("--mw", "nan")),
        (("ptdf", TRIANGLE, "--source", "1", "--sink", "3", "--mw", "1e999"), ("--mw", "inf")),
        (("ptdf", TRIANGLE, "--source", "1", "--sink", "3", "--outage", "1,3"), ("FROM,TO,CKT",)),
        (("ptdf", TRIANGLE, "--source", "1", "--sink", "3", "--outage", "--1,²,1"), ("--1,²,1",)),
        (("ptdf", TRIANGLE, "--source", "1", "--sink", "3", "--outage", "1,9,1"), ("1-9",)),
    ],
    ids=lambda value: " ".join(map(str, value))[-40:],
)
def test_what_is_wrong_is_said_in_words(tmp_path, arguments, words):
    (tmp_path / "folder.raw").mkdir()
    (tmp_path / "binary.raw").write_bytes(b"\xff\xfe\x00bad")
    for name in ("empty.raw", "empty.m", "empty.txt"):
        (tmp_path / name).write_text("")
    answer = marketsim("network", *arguments, cwd=tmp_path)
    assert answer.code == 2
    assert answer.out == ""
    for word in words:
        assert word in answer.err


def test_convert_on_a_full_disk_leaves_nothing_half_written(tmp_path):
    typed = f"ulimit -f 4; {sys.executable} -m simulator network convert {CALIFORNIA} case.m"
    done = subprocess.run(
        ["bash", "-c", typed], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "case.m" in done.stderr
    assert "remedy" in done.stderr
    assert not list(tmp_path.iterdir())
