"""The published and constructed numbers of the worked examples, by their ids."""

from __future__ import annotations

from decimal import Decimal

import pytest
from clearing_cases import allocation, auction, bid, flat, grid, held, nomination, triangle

from simulator.clearing.clear import clear
from simulator.domain import Hedge

A, B, C, D, E, F = 1, 2, 3, 4, 5, 6
ERCOT = [(A, E, 0.1, 200), (C, E, 0.1, 200), (E, F, 0.1, 100), (F, B, 0.1, 200), (F, D, 0.1, 200)]


def awards(result) -> dict[str, float]:
    return {award.bid_id: float(award.awarded_mw) for award in result.awards}


def prices(result) -> dict[str, float]:
    return {award.bid_id: float(award.clearing_price_usd_per_mw) for award in result.awards}


@pytest.mark.parametrize("hedge", list(Hedge))
def test_w1_radial_auction(hedge: Hedge) -> None:
    ellen = flat("ELLEN", A, B, 150, 20, hedge=hedge)
    jack = flat("JACK", C, D, 20, 10, hedge=hedge)
    result = clear(auction(grid(ERCOT), ellen, jack))
    assert awards(result) == {"ELLEN": 100, "JACK": 0}
    assert prices(result) == {"ELLEN": 20, "JACK": 20}
    assert result.objective == pytest.approx(2000)
    (binding,) = result.binding
    assert (binding.from_bus, binding.to_bus, binding.shadow_price_usd_per_mw) == (E, F, 20)


@pytest.mark.parametrize("hedge", list(Hedge))
def test_w3_base_loading_and_a_sell_offer(hedge: Hedge) -> None:
    case = auction(
        grid(ERCOT),
        flat("ELLEN", A, B, 150, 10, hedge=hedge),
        flat("JACK", C, D, 20, 20, hedge=hedge),
        flat("NAOMI", E, F, 30, 15, hedge=hedge, sells="OWNED"),
        fixed_crrs=(held("OWNED", E, F, 30, hedge),),
    )
    result = clear(case)
    assert awards(result) == {"ELLEN": 50, "JACK": 20, "NAOMI": 0}
    assert prices(result) == {"ELLEN": 10, "JACK": 10, "NAOMI": 10}
    assert result.objective == pytest.approx(900)


def test_w13_price_is_source_less_sink() -> None:
    result = clear(auction(grid([(1, 2, 0.1, 10)]), flat("BUY", 1, 2, 20, 100)))
    at = {price.location: price.price_usd_per_mw for price in result.prices}
    assert at["1"] - at["2"] == 100 == result.awards[0].clearing_price_usd_per_mw


def test_c2_options_get_no_counter_flow() -> None:
    def offered(mw: float, hedge: Hedge) -> dict[str, float]:
        pair = [flat(f"{k}", k, 3, mw, 5, hedge=hedge) for k in (1, 2)]
        return awards(clear(auction(triangle(limit_12=100), *pair)))

    assert offered(300, Hedge.OBL) == {"1": 300, "2": 300}
    assert offered(300, Hedge.OPT) == {"1": 300, "2": 300}
    assert offered(301, Hedge.OBL) == {"1": 301, "2": 301}
    assert offered(301, Hedge.OPT) == {"1": 300, "2": 300}


def test_c3_counter_flow_is_paid() -> None:
    result = clear(
        auction(
            triangle(limit_13=600),
            flat("A", 1, 3, 600, 9),
            flat("B", 2, 3, 900, 5),
            flat("C", 3, 2, 100, -2),
        )
    )
    assert awards(result) == {"A": 500, "B": 900, "C": 100}
    assert prices(result) == {"A": 9, "B": 4.5, "C": -4.5}
    assert result.objective == pytest.approx(8800)
    revenue = sum(awards(result)[k] * prices(result)[k] for k in "ABC")
    assert revenue == pytest.approx(8100)
    assert result.binding[0].shadow_price_usd_per_mw == Decimal("13.5")


def test_c4_piecewise_linear_curve() -> None:
    result = clear(auction(grid([(1, 2, 0.1, 4)]), bid("B", 1, 2, (0, 10), (10, 5))))
    assert awards(result) == {"B": 4}
    assert prices(result) == {"B": 8}
    assert result.objective == pytest.approx(36)


def test_c4_step_reading_and_vertical_step() -> None:
    network = grid([(1, 2, 0.1, 4)])
    case = auction(network, bid("B", 1, 2, (0, 10), (10, 5)), curve="step")
    assert clear(case).objective == pytest.approx(40)
    steps = bid("B", 1, 2, (0, 10), (10, 10), (10, 5), (20, 5))
    result = clear(auction(grid([(1, 2, 0.1, 12)]), steps))
    assert awards(result) == {"B": 12}
    assert prices(result) == {"B": 5}
    assert result.objective == pytest.approx(110)


def two_factors(limit: float):
    """f = 0.6 and 0.2 on the line 1-3 for sources 1 and 2: unequal reactances of a triangle."""
    return grid([(1, 3, 0.2, limit), (1, 2, 0.2, 0), (2, 3, 0.1, 0)])


@pytest.mark.parametrize(
    ("objective", "mw", "expected"),
    [
        ("weighted_least_squares", (100, 100), (70, 90)),
        ("weighted_least_squares", (100, 50), (84.210, 47.368)),
        ("max_mw", (100, 100), (66.666, 100)),
    ],
)
def test_c5_allocation(objective: str, mw: tuple[float, float], expected: tuple) -> None:
    nominations = [nomination(f"N{k}", k, 3, mw[k - 1]) for k in (1, 2)]
    result = clear(allocation(two_factors(60), *nominations, objective=objective))
    assert tuple(awards(result).values()) == expected


def test_c6_relaxed_limit() -> None:
    network = triangle(limit_13=260)
    fixed = (held("F", 1, 3, Decimal("412.5")),)  # 275 MW on 1-3
    buy = flat("BUY", 2, 3, 100, 10)  # +1/3 on 1-3
    alone = clear(auction(network, buy, fixed_crrs=fixed))
    assert awards(alone) == {"BUY": 0}
    (relaxed,) = alone.relaxed
    assert (relaxed.original_limit_mw, relaxed.limit_mw, relaxed.fixed_flow_mw) == (260, 275, 275)
    helped = clear(auction(network, buy, flat("HELP", 3, 2, 30, 1), fixed_crrs=fixed))
    assert awards(helped) == {"BUY": 30, "HELP": 30}
