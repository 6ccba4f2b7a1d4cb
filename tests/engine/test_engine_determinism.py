"""The same calendar, seed and people leave the same bytes; another seed is another month."""

from __future__ import annotations

import pytest
from engine_runs import SHORT_RUN, digests, done, fingerprints, marketsim


@pytest.mark.parametrize("hash_seed", ["1", "random"])
def test_two_runs_of_one_seed_are_the_same_to_the_byte(short_run, tmp_path, hash_seed):
    again = tmp_path / "elsewhere" / "again"
    done(marketsim("run", SHORT_RUN, "--out", again, PYTHONHASHSEED=hash_seed, TZ="Asia/Tokyo"))
    assert fingerprints(again) == fingerprints(short_run)


def test_a_second_run_into_the_same_folder_replaces_the_first(short_run, tmp_path):
    out = tmp_path / "run"
    done(marketsim("run", SHORT_RUN, "--out", out, "--seed", 8, "--until", "preload"))
    (out / "notes.txt").write_text("a person's own")
    done(marketsim("run", SHORT_RUN, "--out", out))
    assert (out / "notes.txt").read_text() == "a person's own"
    assert fingerprints(out, "notes.txt") == fingerprints(short_run)


def test_another_seed_is_another_month(short_run, tmp_path):
    other = tmp_path / "run"
    done(marketsim("run", SHORT_RUN, "--out", other, "--seed", 8))
    assert digests(other)[0] != digests(short_run)[0]
    assert digests(other)[1] != digests(short_run)[1]
