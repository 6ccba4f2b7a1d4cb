"""Load-serving entities outside the balancing area: need, election, prepayment (rulebook 2.7)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from simulator.domain import (
    MW_STEP,
    Award,
    CrrType,
    Finding,
    Market,
    MarketKind,
    MarketStatus,
    Nomination,
    Period,
    Product,
    Role,
    Tou,
    refuse_if_any,
)
from simulator.market import load, processes
from simulator.market.command import Command
from simulator.market.messages import send
from simulator.market.plain import acting_for, understood
from simulator.market.windows import for_submissions, known_market
from simulator.market.world import World
from simulator.rules.eligibility import EQ
from simulator.rules.figure import Figure, mw_figure
from simulator.rules.quantities import mw_findings, price_findings
from simulator.rules.wheeling import (
    Election,
    elected_quantity,
    need_findings,
    prepayment,
    prepayment_findings,
    refund,
    total,
)
from simulator.store import Transaction, special_tables
from simulator.store.canonical import canonical_json
from simulator.timeline.process import ProcessKind

NEED = ProcessKind.SHOWN_NEED


def show_need(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """An entity shows its need for each period and time of use and elects EQ or load.

    A row may end with the scheduling point that it is for; who serves load at one need not name it.
    """
    given = command.arguments
    with understood(command):
        window, owner = str(given["window"]), str(given["owner"])
        own = load.served_sinks(world, owner)
        rows = [
            {
                "sink": str(sink[0]) if sink else (own[0] if len(own) == 1 else ""),
                "period": str(period),
                "tou": Tou(tou).value,
                "need_mw": Decimal(need),
                "election": Election(election).value,
                "elected_mw": Decimal(elected),
            }
            for period, tou, need, election, elected, *sink in given["rows"]
        ]
    refuse_if_any([*acting_for(command, owner), *_need_findings(tx, world, window, owner, rows)])
    for row in rows:
        key = {"window": window, "participant": owner, **_served(row)}
        tx.delete(special_tables.shown_need, key)
        tx.insert(special_tables.shown_need, [{**row, **key}])
    return {"window": window, "owner": owner, "status": "VALID", "shown": len(rows)}


def elected(
    tx: Transaction, world: World, owner: str, product: Product, sink: str, by_load: Figure
) -> Figure | None:
    """What an entity outside elected within its need: a quantity of its own, or what follows from
    load. 0 MW where it has shown nothing; None where nothing is to be shown, as by others or in a
    calendar without a window for the period.
    """
    spec = processes.serving(world, NEED, product.period)
    participant = world.participants[owner]
    if spec is None or participant.role != Role.OBAALSE:
        return None
    key = {"window": spec.name, "participant": owner, "sink": sink}
    row = tx.one(
        special_tables.shown_need, **key, period=product.period.name, tou=product.tou.value
    )
    if row is None:
        return mw_figure(EQ, Decimal(0), f"no need shown in {spec.name}", (by_load,), "2.7")
    return elected_quantity(Election(row["election"]), row["need_mw"], row["elected_mw"], by_load)


def prepay(tx: Transaction, world: World, command: Command) -> dict[str, Any]:
    """Money for wheeling access, paid before nominating."""
    given = command.arguments
    with understood(command):
        owner, amount = str(given["owner"]), Decimal(given["amount_usd"])
    market = known_market(tx, str(given["market"])).market
    findings = [*acting_for(command, owner), *price_findings(amount, "amount")]
    findings += _market_findings(tx, market, command.at)
    if not amount > 0:
        findings.append(
            _finding("SER0030", "a prepayment is more than nothing", str(amount), "above 0 USD")
        )
    if owner not in world.participants or world.participants[owner].role != Role.OBAALSE:
        message = f"{owner} is not outside the balancing area"
        findings.append(_finding("SEC0001", message, owner, "an OBAALSE"))
    refuse_if_any(findings)
    _enter(tx, market.name, owner, amount, "prepayment", command.at)
    return {
        "market": market.name,
        "owner": owner,
        "status": "PAID",
        "paid_usd": paid_usd(tx, market.name, owner),
    }


def _market_findings(tx: Transaction, market: Market, at: int) -> list[Finding]:
    """Money is taken for an allocation in which there is still something to nominate."""
    if market.kind == MarketKind.AUCTION:
        message = f"nothing is nominated in {market.name}, an auction"
        return [_finding("SER0005", message, market.kind.value, MarketKind.ALLOCATION.value)]
    state = for_submissions(tx, market.name, at)
    if state is None or state.status in (MarketStatus.PREP, MarketStatus.OPEN):
        return []
    message = f"market {market.name} takes no more nominations"
    return [_finding("MKT0004", message, state.status.value, "PREP or OPEN")]


def due(world: World, nominations: Iterable[Nomination]) -> Figure:
    """The prepayment of nominations, one by one."""
    return total(
        prepayment(
            line.mw, _product(line.period, line.tou), world.settings.eligibility,
            world.settings.calendar,
        )
        for line in nominations
        if line.crr_type == CrrType.OBAALSE
    )  # fmt: skip


def payment_findings(
    tx: Transaction, world: World, market: Market, owner: str, nominations: Iterable[Nomination]
) -> tuple[Finding, ...]:
    """Whether what was prepaid covers all that is nominated; others than OBAALSE owe nothing."""
    return prepayment_findings(paid_usd(tx, market.name, owner), due(world, nominations))


def refund_unawarded(
    tx: Transaction, world: World, market: Market, awards: Iterable[Award], at: int
) -> int:
    """What was paid and not used comes back when results are posted; how many are refunded."""
    refunds: dict[str, list[Figure]] = {}
    used: dict[str, Decimal] = {}
    for award in awards:
        if award.crr_type != CrrType.OBAALSE:
            continue
        product = _product(award.period, award.tou)
        settings, calendar = world.settings.eligibility, world.settings.calendar
        owed = prepayment(award.awarded_mw, product, settings, calendar)
        back = refund(award.submitted_mw, award.awarded_mw, product, settings, calendar)
        used[award.participant] = used.get(award.participant, Decimal(0)) + owed.value
        refunds.setdefault(award.participant, []).append(back)
    payers = {row["participant"] for row in tx.rows(special_tables.wheeling_payment)}
    count = 0
    for owner in sorted(payers):
        left = paid_usd(tx, market.name, owner) - used.get(owner, Decimal(0))
        if left <= 0:
            continue
        how = canonical_json(total(refunds.get(owner, ())).as_dict())
        _enter(tx, market.name, owner, -left, how, at)
        send(tx, at, f"{left:.2f} USD of wheeling access charges of {market.name} return", owner)
        count += 1
    return count


def paid_usd(tx: Transaction, market: str, owner: str) -> Decimal:
    """Prepayments less refunds of one participant for one market."""
    rows = tx.rows(special_tables.wheeling_payment, market=market, participant=owner)
    return sum((row["amount_usd"] for row in rows), Decimal("0.00"))


def _need_findings(
    tx: Transaction, world: World, window: str, owner: str, rows: list[dict[str, Any]]
) -> list[Finding]:
    spec = processes.spec_of(world, window, NEED)
    if spec is None:
        names = [item.name for item in processes.of_kind(world, NEED)]
        allowed = ", ".join(names) or "no window in this calendar"
        return [_finding("LHFV0030", f"window {window} is invalid", window, allowed)]
    findings = []
    found = processes.status(tx, spec)
    if found != "OPEN":
        findings.append(_finding("LHFV0033", f"window {window} is not open", found, "OPEN"))
    participant = world.participants.get(owner)
    if participant is None or participant.role != Role.OBAALSE:
        message = f"{owner} is not outside the balancing area"
        findings.append(_finding("LHFV0033", message, owner, "an OBAALSE"))
    allowed = ", ".join(period.name for period in spec.periods)
    own = load.served_sinks(world, owner)
    shown: set[tuple[str, ...]] = set()
    for row in rows:
        if row["sink"] not in own:
            message = "a need is for a scheduling point at which the entity serves load"
            findings.append(
                _finding("SER0030", message, row["sink"] or "none", ", ".join(own) or "none")
            )
        at = tuple(_served(row).values())
        if at in shown:
            message = "a need is shown twice"
            findings.append(_finding("SER0030", message, " ".join(at), "each once"))
        shown.add(at)
        if row["period"] not in allowed.split(", "):
            message = f"period {row['period']} is not of window {window}"
            findings.append(_finding("LHFV0031", message, row["period"], allowed))
        findings += mw_findings(row["need_mw"], "need", MW_STEP)
        findings += mw_findings(row["elected_mw"], "elected quantity", MW_STEP * 0)
    return findings


def _served(row: dict[str, Any]) -> dict[str, str]:
    """What a shown need is for."""
    return {name: row[name] for name in ("sink", "period", "tou")}


def _product(period: str, tou: Tou) -> Product:
    return Product(Period.parse(period), tou)


def _enter(
    tx: Transaction, market: str, owner: str, amount_usd: Decimal, how: str, at: int
) -> None:
    payment = {
        "payment_id": tx.next_id(special_tables.wheeling_payment),
        "market": market,
        "participant": owner,
        "at": at,
        "amount_usd": amount_usd,
        "how": how,
    }
    tx.insert(special_tables.wheeling_payment, [payment])


def _finding(code: str, message: str, found: str, allowed: str) -> Finding:
    remedy = "correct it and send it again while the window is open"
    return Finding(code, message, "OBAALSE", found, allowed, remedy, "rulebook 2.7")


__all__ = [
    "due",
    "elected",
    "need_findings",
    "paid_usd",
    "payment_findings",
    "prepay",
    "refund_unawarded",
    "show_need",
]
