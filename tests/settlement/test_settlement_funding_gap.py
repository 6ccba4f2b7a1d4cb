"""W12: rights sold on a model that is not the day-ahead one, settled to the published gap.

Three equal lines S-L, C-L and S-C of 75, 300 and 25 MW. Each case holds the rights that pay most
at the day-ahead prices among those that fit the model they are sold on; the limits that they use up
there are those with a published shadow price.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from settlement_cases import ON_HOURS, case, congestion, crr, paid

from simulator.domain import ChargeCode
from simulator.settlement import adequacy, settle

SL = {"S": 2 / 3, "C": 1 / 3}
SC = {"S": 1 / 3, "C": -1 / 3}
SL_WITHOUT_SC = {"S": 1.0}


def hour(price, surplus, factors, from_s_mw, from_c_mw):
    rights = [crr("1", "H", from_s_mw, "S", "L")]
    if from_c_mw != "0":
        rights.append(crr("2", "H", from_c_mw, "C", "L"))
    return settle(case(rights, [congestion(ON_HOURS[0], price, surplus, factors)]))


@pytest.mark.parametrize(
    ("price", "surplus", "factors", "from_s_mw", "from_c_mw", "payout", "funded"),
    [
        pytest.param(
            "435", "32625", SL, "56.25", "56.25", "24468.75", 0.75, id="derate (a): S-L at 56.25"
        ),
        pytest.param(
            "217.5", "5437.50", SC, "56.25", "0", "4078.13", 0.75, id="derate (b): S-C at 18.75"
        ),
        pytest.param(
            "435", "32625", SL, "25", "100", "21750.00", 2 / 3,
            id="extra contingency (a): S-C at -25, and at 25 without S-L",
        ),
    ],
)  # fmt: skip
def test_w12_rights_of_a_tighter_model_leave_the_published_gap(
    price, surplus, factors, from_s_mw, from_c_mw, payout, funded
):
    result = hour(price, surplus, factors, from_s_mw, from_c_mw)
    assert paid(result, "H") == Decimal(payout)
    assert result.account.balance_usd == Decimal(surplus) - Decimal(payout)
    (row,) = adequacy(result)
    assert row.notional_usd / row.revenue_usd == pytest.approx(funded, rel=1e-6)
    assert row.funded_share == 1, "more was collected than is owed"


def test_w12_an_outage_that_the_sold_model_did_not_have_is_borne_by_the_holders():
    """Day-ahead, S-L binds at 75 MW without S-C, at 145; sold were 100 MW from S, 25 from C.

    They use up S-L (75) and S-C (25) of the sold model, each worth 145: 14,500 against 10,875.
    """
    result = hour("145", "10875", SL_WITHOUT_SC, "100", "25")
    assert paid(result, "H", ChargeCode.HOURLY) == 145 * 75 + 145 * 25
    assert paid(result, "H", ChargeCode.ADJUSTMENT) == -3625
    assert paid(result, "H") == 10_875
    assert result.account.balance_usd == 0
