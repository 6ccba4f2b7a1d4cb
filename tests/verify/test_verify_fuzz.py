"""Garbage in any file is a failed check: never a traceback, never a pass."""

from __future__ import annotations

import random
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
import verify_market as market
from verify_folders import reseal

from simulator.verify import verify_folder

ROUNDS = 100
SCRAPS = (
    b"",
    b"0",
    b"-1",
    b"nan",
    b"1e309",
    b",",
    b'"',
    b"\n",
    b"{}",
    b"[]",
    b"null",
    b"\xff",
    b"X",
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return market.publish(tmp_path_factory.mktemp("verify") / "market")


def spoil(folder: Path, chance: random.Random) -> str:
    """Replaces a few bytes of one file; its name."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    path = chance.choice(files)
    data = path.read_bytes()
    place = chance.randrange(len(data))
    length = chance.choice((0, 1, 3, 20, 400))
    path.write_bytes(data[:place] + chance.choice(SCRAPS) + data[place + length :])
    return f"{path.relative_to(folder)} at {place}"


@pytest.mark.parametrize("forged", [False, True])
def test_spoilt_files_never_crash_and_never_pass_unsealed(
    published: Path, tmp_path: Path, forged: bool
) -> None:
    chance = random.Random(2024)
    for attempt in range(ROUNDS):
        folder = tmp_path / str(attempt)
        shutil.copytree(published, folder)
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        what = spoil(folder, chance)
        changed = any(path.read_bytes() != data for path, data in before.items())
        if forged:
            with suppress(ValueError, KeyError, TypeError, AttributeError):
                reseal(folder)
        verification = verify_folder(folder)
        numbers_file = not what.startswith(("summary.json", "certificate.json"))
        if changed and not forged and numbers_file:
            assert not verification.ok, what
        shutil.rmtree(folder)
