"""Worked examples whose answers nobody computed with our clearing: verify agrees with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import verify_folders as folders

from simulator.domain import Refused
from simulator.verify import verify_folder


@pytest.mark.parametrize("example", [folders.c3, folders.c5a])
def test_a_right_answer_passes_every_check(tmp_path: Path, example: Callable[[Path], Path]) -> None:
    verification = verify_folder(example(tmp_path / "market"))
    assert verification.ok, [str(check) for check in verification.failed]
    assert len(verification.checks) >= 15


def test_a_folder_of_neither_kind_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        verify_folder(tmp_path)
    assert refused.value.findings[0].remedy


def test_a_missing_file_is_a_failed_check_not_a_traceback(tmp_path: Path) -> None:
    folder = folders.c3(tmp_path / "market")
    (folder / "awards.csv").unlink()
    verification = verify_folder(folder)
    assert [check.name for check in verification.failed] == [
        "output digests",
        "files can be read",
    ]
    assert "awards.csv" in verification.failed[0].worst
