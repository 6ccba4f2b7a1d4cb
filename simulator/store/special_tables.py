"""Tables of the special processes: inventory changes, load, migration, trades, access."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Integer, String, Table, Text

from simulator.store.columns import mw, price, usd
from simulator.store.schema import key, metadata

__all__ = ["metadata"]

inventory_change = (
    Table(  # every change of the inventory; played from the first it is the inventory
        "inventory_change",
        metadata,
        key("change_id", BigInteger),
        Column("at", BigInteger, nullable=False),
        Column("ended", Text, nullable=False),  # ids, as JSON
        Column("made", Text, nullable=False),  # CRRs, as JSON
    )
)

life_event = Table(
    "life_event",
    metadata,
    key("event_id", BigInteger),
    Column("day", Date, nullable=False),
    Column("kind", String, nullable=False),
    Column("crr_id", String, nullable=False, index=True),
    Column("owner", String, nullable=False),
    Column("mw", mw(), nullable=False),
    Column("market", String, nullable=False),
    Column("parent_crr_id", String, nullable=False),
    Column("note", String, nullable=False),
)

counter = Table(  # the last number given out of each kind; numbers are never used again
    "counter", metadata, key("name"), Column("last", BigInteger, nullable=False)
)

process = Table(
    "process",
    metadata,
    key("name"),
    Column("kind", String, nullable=False),
    Column("periods", String, nullable=False),
    Column("status", String, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

load_submission = Table(
    "load_submission",
    metadata,
    key("window"),
    key("owner"),
    key("period"),
    Column("submitted_at", BigInteger, nullable=False),
    Column("records", Text, nullable=False),  # one row for each day of a sink and load type
    Column("status", String, nullable=False),
    Column("messages", Text, nullable=False),
)

load_exceedance = Table(
    "load_exceedance",
    metadata,
    key("window"),
    key("owner"),
    key("period"),
    key("sink"),
    key("tou"),
    Column("max_mw", mw(), nullable=False),
    Column("exceedance_mw", mw(), nullable=False),
    Column("how", Text, nullable=False),
)

reference_load = Table(  # the verified forecast (of the energy commission) at a sink, by day
    "reference_load",
    metadata,
    key("period"),
    key("sink"),
    key("day", Date),
    Column("hourly_mw", Text, nullable=False),
)

n_hour = Table(  # which hour of a season customer rates are for
    "n_hour",
    metadata,
    key("market"),
    key("dlap"),
    key("season", Integer),
    key("tou"),
    Column("day", Date, nullable=False),
    Column("hour_ending", Integer, nullable=False),
    Column("load_mw", mw(), nullable=False),
    Column("posted_at", BigInteger, nullable=False),
)

migration_upload = Table(
    "migration_upload",
    metadata,
    key("market"),
    key("udc"),
    key("part"),  # COUNTS, DASRS or RATES
    Column("effective_date", Date, nullable=False),
    Column("uploaded_at", BigInteger, nullable=False),
    Column("records", Text, nullable=False),
)

migration_share = Table(
    "migration_share",
    metadata,
    key("market"),
    key("udc"),
    key("from_lse"),
    key("to_lse"),
    key("season", Integer),
    key("tou"),
    Column("percent", String, nullable=False),  # not rounded
    Column("transfer_mw", String, nullable=False),
)

migrated_pair = Table(
    "migrated_pair",
    metadata,
    key("base_crr_id"),
    key("gainer"),
    Column("percent", String, nullable=False),
    Column("load_mw", String, nullable=False),  # not rounded
    Column("sold_mw", mw(), nullable=False),
    Column("gained", Text, nullable=False),  # the two CRRs, as JSON; "" while there are none
    Column("counter_flow", Text, nullable=False),
)

migration_result = Table(
    "migration_result",
    metadata,
    key("market"),
    key("crr_id"),
    Column("owner", String, nullable=False),
    Column("crr", Text, nullable=False),  # as it was after the market, as JSON
    Column("initial_mw", mw()),
    Column("adjusted_mw", mw()),
)

conversion_record = Table(
    "conversion_record",
    metadata,
    key("window"),
    key("record_id", BigInteger),
    Column("holder", String, nullable=False),
    Column("source", String, nullable=False),
    Column("sink", String, nullable=False),
    Column("start", Date, nullable=False),
    Column("end", Date, nullable=False),
    Column("mw", mw(), nullable=False),
    Column("transferee", String, nullable=False),
    Column("modeled", Integer, nullable=False),
    Column("tou", String, nullable=False),
    Column("hedge", String, nullable=False),
    Column("status", String, nullable=False),
    Column("crr_id", String, nullable=False),
)

secondary_offer = Table(
    "secondary_offer",
    metadata,
    key("request_id", BigInteger),
    Column("owner", String, nullable=False),
    Column("side", String, nullable=False),
    Column("source", String, nullable=False),
    Column("sink", String, nullable=False),
    Column("tou", String, nullable=False),
    Column("hedge", String, nullable=False),
    Column("crr_type", String, nullable=False),
    Column("start", Date, nullable=False),
    Column("end", Date, nullable=False),
    Column("mw", mw(), nullable=False),
    Column("price_usd_per_mw", price(), nullable=False),
    Column("crr_id", String, nullable=False),
    Column("counterparty", String, nullable=False),
    Column("contact", String, nullable=False),
    Column("status", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("post_type", String, nullable=False),
    Column("response_id", BigInteger, nullable=False),  # 0 before there is a response
)

shown_need = Table(
    "shown_need",
    metadata,
    key("window"),
    key("participant"),
    key("sink"),
    key("period"),
    key("tou"),
    Column("need_mw", mw(), nullable=False),
    Column("election", String, nullable=False),
    Column("elected_mw", mw(), nullable=False),
)

wheeling_payment = Table(  # prepayments are positive, refunds negative
    "wheeling_payment",
    metadata,
    key("payment_id", BigInteger),
    Column("market", String, nullable=False),
    Column("participant", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("amount_usd", usd(), nullable=False),
    Column("how", Text, nullable=False),
)

access_grant = Table(
    "access_grant",
    metadata,
    key("user"),
    key("participant"),
    key("service"),
    key("access"),
    Column("organisation", String, nullable=False),
    Column("status", String, nullable=False),
)

certificate = Table(
    "certificate",
    metadata,
    key("serial"),  # decimal; larger than any integer column
    Column("user", String, nullable=False, index=True),
    Column("status", String, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

hub_leg = Table(  # a nomination from a trading hub as it was cleared, node by node
    "hub_leg",
    metadata,
    key("bid_id", BigInteger),
    key("leg", Integer),
    Column("market", String, nullable=False, index=True),
    Column("owner", String, nullable=False),
    Column("hub", String, nullable=False),
    Column("sink", String, nullable=False),
    Column("period", String, nullable=False),
    Column("tou", String, nullable=False),
    Column("node", String, nullable=False),
    Column("factor", String, nullable=False),
    Column("nominated_mw", mw(), nullable=False),
    Column("awarded_mw", mw(), nullable=False),
    Column("counter_mw", mw(), nullable=False),
    Column("crr_id", String, nullable=False),  # of the counter CRR; "" until posted
)

clock = Table(  # of a sandbox: one row, written when the operator moves or sets it
    "clock",
    metadata,
    key("name"),
    Column("mode", String, nullable=False),
    Column("rate", String, nullable=False),
    Column("moment", BigInteger, nullable=False),
    Column("since", String, nullable=False),  # real seconds at which it stood at `moment`
    Column("goal", BigInteger, nullable=False),  # the moment it was sent to; 0 when it is there
)

service_outage = Table(  # one row while the participants' services are down
    "service_outage",
    metadata,
    key("since", BigInteger),
    Column("until", BigInteger, nullable=False),  # by the calendar; 0 when it does not say
    Column("text", String, nullable=False),
)

played = Table(  # participants whom people play: the engine leaves them alone
    "played",
    metadata,
    key("participant"),
    Column("since", BigInteger, nullable=False),
)
