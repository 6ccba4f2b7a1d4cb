"""What a run leaves beside its cleared products: downloads, a settled month and the summary."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path

MONTH, DAY = "2024_M04", "2024-04-11"
CENT, KILOWATT = Decimal("0.01"), Decimal("0.001")
Rows = list[dict[str, str]]


def read(path: Path) -> Rows:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def write_rows(path: Path, rows: list[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def write_table(path: Path, header: str, rows: list[list[object]]) -> None:
    write_rows(path, [header.split(","), *([str(cell) for cell in row] for row in rows)])


def rounded(text: str, step: Decimal = CENT) -> Decimal:
    return Decimal(text).quantize(step, ROUND_HALF_UP)


def won(place: Path) -> Rows:
    return [row for row in read(place / "awards.csv") if Decimal(row["AwardedMW"]) > 0]


def crr_id(award: dict[str, str]) -> str:
    return award["CRRID"] or f"N{award['BidID']}"


def write_downloads(place: Path) -> None:
    """Results, prices and binding constraints of the market whose only folder is `place`."""
    market = place.parent.name
    write_table(
        place.parent / f"{market}_PUBLIC_AUCTION_RESULT.csv",
        "MarketName,Period,TOU,CRRID,AssetOwner,TransactionType,HedgeType,Source,Sink,AwardedMW,"
        "ClearingPrice",
        [
            [
                *(market, row["Period"], row["TOU"], crr_id(row), row["Participant"]),
                *(row["TransactionType"], row["HedgeType"], row["Source"], row["Sink"]),
                *(row["AwardedMW"], rounded(row["ClearingPrice"])),
            ]
            for row in won(place)
        ],
    )
    write_table(
        place.parent / f"{market}_CLEARING_PRICE.csv",
        "MarketName,Period,TOU,SourceSink,ClearingPrice",
        [
            [market, row["Period"], row["TOU"], row["SourceSink"], rounded(row["ClearingPrice"])]
            for row in read(place / "clearing_prices.csv")
        ],
    )
    named = "Period,TOU,ConstraintName,DeviceType,ContingencyName,Direction"
    write_table(
        place.parent / f"{market}_BINDING_CONSTRAINT.csv",
        f"MarketName,{named},Flow,Limit,ShadowPrice",
        [
            [
                *(market, *(row[name] for name in named.split(","))),
                *(rounded(row[name], KILOWATT) for name in ("FlowMW", "LimitMW")),
                rounded(row["ShadowPrice"]),
            ]
            for row in read(place / "binding_constraints.csv")
        ],
    )


def write_settlement(folder: Path, place: Path) -> dict[str, float]:
    """A month of one trading day: every winner also gets 10.00 and an adjustment of -1.50."""
    awards = won(place)
    case = folder / "published/settlement" / MONTH
    write_table(
        case / "auction_awards.csv",
        "CRRID,Owner,TransactionType,MW,ClearingPrice,TradingDay",
        [
            [
                *(crr_id(row), row["Participant"], row["TransactionType"]),
                *(row["AwardedMW"], row["ClearingPrice"], DAY),
            ]
            for row in awards
        ],
    )
    _write_congestion(case, sorted({row["Participant"] for row in awards}))
    owed: dict[str, Decimal] = defaultdict(Decimal)
    for row in awards:
        cost = (Decimal(row["AwardedMW"]) * Decimal(row["ClearingPrice"])).quantize(
            CENT, ROUND_HALF_UP
        )
        owed[row["Participant"]] += -cost if row["TransactionType"] == "SELL" else cost
    for owner, cost in owed.items():
        amounts = {"6700": "10.00", "CRR_ADJUSTMENT": "-1.50", "6798": str(-cost)}
        write_table(
            folder / "private" / owner / "settlement" / MONTH / "statements.csv",
            "Owner,TradingDay,StatementDate,ChargeCode,AmountUSD,Version",
            [[owner, DAY, "2024-04-16", code, usd, 1] for code, usd in amounts.items()],
        )
    revenue, paid = Decimal("1000.25"), Decimal("8.50") * len(owed)
    net = sum(owed.values(), Decimal(0))
    balance = revenue + net - paid
    _write_account(folder, case, revenue, paid, net)
    return {
        "statements": len(owed) + 2,
        "congestion_revenue_usd": float(revenue),
        "auction_net_usd": float(net),
        "paid_to_holders_usd": float(paid),
        "balancing_account_usd": float(balance),
        "residual_usd": 0.0,
        "to_measured_demand_usd": float(balance),
    }


def _write_account(folder: Path, case: Path, revenue: Decimal, paid: Decimal, net: Decimal) -> None:
    """What was collected less what was paid, all of April's auction money, and its two sharers.

    LSE has 3 MWh, one of them under existing rights, and LSE2 has 1 MWh: it gets a third.
    """
    balance, owed = revenue + net - paid, paid / Decimal("0.85")
    collected, third = revenue - paid, (balance / 3).quantize(CENT, ROUND_FLOOR)
    shares = {"LSE": balance - third, "LSE2": third}
    if (balance / 3) % CENT > CENT / 2:  # the larger remainder is the third's
        shares = {"LSE": balance - third - CENT, "LSE2": third + CENT}
    write_table(
        case / "balancing_account.csv",
        "Entry,TradingDay,Period,AmountUSD,BalanceUSD",
        [
            ["CONGESTION_REVENUE", DAY, "", revenue, revenue],
            ["HOLDERS", DAY, "", -paid, collected],
            ["TRUE_UP", DAY, "", "0.00", collected],
            ["AUCTION", DAY, MONTH, net, balance],
            ["MEASURED_DEMAND", DAY, "", -balance, "0.00"],
        ],
    )
    write_table(
        case / "balancing_constraints.csv",
        "Constraint,RevenueUSD,NotionalValueUSD,DeficitUSD,GivenBackUSD,ResidualUSD,UnborneUSD",
        [["1-3-1", collected, 0, 0, 0, collected, 0], ["E", paid, owed, owed - paid, 0, 0, 0]],
    )
    for owner, amount in shares.items():
        write_table(
            folder / "private" / owner / "settlement" / MONTH / "balancing_share.csv",
            "Owner,TradingDay,StatementDate,ChargeCode,AmountUSD,Version",
            [[owner, DAY, "2024-05-03", "CRR_BALANCING", amount, 1]],
        )
    write_table(
        folder / "private/OPERATOR/settlement" / MONTH / "measured_demand.csv",
        "Owner,DemandMWh,ExcludedMWh,AmountUSD",
        [["LSE", 3, 1, shares["LSE"]], ["LSE2", 1, 0, shares["LSE2"]]],
    )


def _write_congestion(case: Path, owners: list[str]) -> None:
    """Everybody's 1 MW over E at 10 USD/MWh, and 1.50 USD too little for each; 1-3-1 is free."""
    hours = [f"{DAY}T00:00:00-07:00", f"{DAY}T01:00:00-07:00"]
    short = Decimal("8.50") * len(owners)
    (case / "calendar.toml").write_text(
        f'month = "{DAY[:7]}"\ntimezone = "America/Los_Angeles"\ntrue_up_day = "{DAY}"\n'
    )
    write_table(
        case / "crrs.csv",
        "CRRID,Owner,HedgeType,Source,Sink,TOU,MW,StartDate,EndDate",
        [
            [f"C{number}", owner, hedge, *ends, tou, mw, "2024-04-01", "2024-04-30"]
            for number, owner in enumerate(owners)
            for hedge, tou, mw, ends in (
                ("OBL", "OFF", 1, "AB"),
                ("OPT", "OFF", 7, "BA"),  # worth less than nothing, so it pays nothing
                ("OBL", "ON", 3, "AB"),  # not in these hours
            )
        ],
    )
    write_table(
        case / "congestion_revenue.csv",
        "Hour,Constraint,RevenueUSD",
        [[hours[0], "1-3-1", Decimal("1000.25") - short], [hours[1], "E", short]],
    )
    write_table(case / "shadow_prices.csv", "Hour,Constraint,ShadowPrice", [[hours[1], "E", 10]])
    left_out = [DAY, "LOST", "1-3-1", "39.5", "25.0"]
    columns = "TradingDay,Contingency,ConstraintName,ShiftFactor,LargestShiftFactor"
    write_table(case / "contingencies_left_out.csv", columns, [left_out])
    write_table(
        case / "shift_factors.csv",
        "Hour,Constraint,SourceSink,ShiftFactor",
        [["", "E", "A", "0.75"], ["", "E", "B", "-0.25"], ["", "1-3-1", "A", "0.5"]],
    )


def summary(place: Path, journal: str, money: dict[str, float]) -> dict[str, object]:
    awards = read(place / "awards.csv")
    problems = json.loads((place / "summary.json").read_text())["problems"]
    commands = ("setup", "open", "clear")
    return {
        "seed": 1,
        "journal_digest": journal,
        "events": [
            *({"id": f"w1-{command}", "status": "done"} for command in commands),
            {"id": "w2-setup", "status": "pending"},
        ],
        "markets": [
            {
                "name": place.parent.name,
                "kind": "AUCTION",
                "status": "POSTED",
                "submitted": len(awards),
                "awarded_mw": float(sum(Decimal(a["AwardedMW"]) for a in awards)),
                "objective": sum(p["objective"] for p in problems),
            }
        ],
        "settlement": money,
    }
