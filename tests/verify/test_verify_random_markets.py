"""Two physics, one answer: what the core clears, the second opinion finds right."""

from __future__ import annotations

from pathlib import Path

import pytest
import verify_market as market

from simulator.verify import verify_folder

MARKETS = [("auction", "linear"), ("auction", "step"), ("allocation", "linear")]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("kind", "curve"), MARKETS)
def test_what_is_cleared_is_verified(tmp_path: Path, kind: str, curve: str, seed: int) -> None:
    folder = market.publish(tmp_path / "market", kind, curve, seed, machines=seed % 2 == 0)
    verification = verify_folder(folder)
    assert verification.ok, [str(check) for check in verification.failed]


def test_verify_shares_no_code_with_the_clearing() -> None:
    for path in (Path(market.__file__).parents[2] / "simulator" / "verify").glob("*.py"):
        assert "simulator.clearing" not in path.read_text(), path.name
