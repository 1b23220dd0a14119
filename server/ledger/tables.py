"""The tables, one definition for SQLite and PostgreSQL. Constraints guard what code promises (X7, R2, R3).

Times are Unix ms, amounts minor units, days are days since 1970-01-01 in the programme's time zone.
Plain data that is only ever read back whole (receipt details, room items, webhook bodies) is JSON text.
What of these is the record and what only follows from it: `entries`, `changes` and `events` are the
record; balances, buckets, counters and coupons follow from it and are recomputed by `server.ledger.verify`.

Only the record and what has an identity of its own has foreign keys: on PostgreSQL they cost as much as the row, and
a stray bucket or counter is a difference that `verify` names. On SQLite, narrow tables found by their whole key are
kept without a second index (`with_rowid`). Changing a table needs a migration; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Bytewise order on PostgreSQL too: locks are taken in the order Python sorts, and prefixes are index ranges.
Id = Text().with_variant(Text(collation="C"), "postgresql")
Words = Text()
Ms = BigInteger()
Amount = BigInteger()
# SQLite numbers rows itself only in an INTEGER primary key.
Serial = BigInteger().with_variant(Integer, "sqlite")

events = Table(
    "events",
    metadata,
    Column("source", Id, primary_key=True),
    Column("event", Id, primary_key=True),
    Column("digest", Words, nullable=False),
    Column("received_ms", Ms, nullable=False),
    Column("member", Id),  # the receipt, from here on
    Column("outcome", Words, nullable=False),
    Column("code", Words),
    Column("rule", Words),
    Column("points", Amount, nullable=False, server_default=text("0")),
    Column("growth", Amount, nullable=False, server_default=text("0")),
    Column("message", Words, nullable=False, server_default=text("''")),
    Column("details", Words, nullable=False, server_default=text("'[]'")),
    Column("retry_after_ms", Ms),
    sqlite_with_rowid=False,
    comment="Every event ever answered, with its first answer (R2).",
)

members = Table(
    "members",
    metadata,
    Column("id", Id, primary_key=True),
    Column("author", Id, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("name_as_of_ms", Ms, nullable=False),
    Column("created_ms", Ms, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("tier", Words, nullable=False),
    Column("tier_since_ms", Ms, nullable=False),
    Column("tier_until_ms", Ms),
    Column("tier_by_order", Id),
    Column("birthday", Words),
    Column("birthday_set_ms", Ms),
    Column("announce_optout", Boolean, nullable=False),
    Column("points", Amount, nullable=False),
    Column("held", Amount, nullable=False),
    Column("last_act_ms", Ms, nullable=False),
    Column("last_watch_award_ms", Ms, nullable=False),
    Column("last_watch10_award_ms", Ms, nullable=False),
    Column("last_active_ms", Ms, nullable=False),
    Column("first_order_ms", Ms),
    Column("boost_tier", Words),
    Column("boost_until_ms", Ms),
    Column("grant_tier", Words),
    Column("grant_until_ms", Ms),
    Column("warned_until_ms", Ms, nullable=False, server_default=text("0")),
    # When recall looks next (L11); the job's own: an index on `last_active_ms` would be written by every event.
    Column("look_ms", Ms, nullable=False, server_default=text("0")),
    Column("streak", Integer, nullable=False, server_default=text("0")),
    Column("streak_day", Integer, nullable=False, server_default=text("0")),
    Column("tickets", Integer, nullable=False, server_default=text("0")),  # to blind boxes (E5)
    Column(
        "newest_days", Words
    ),  # JSON: [[day, growth, paid, orders]], the newest of `days` (T11, `in_the_row`)
    Column("ever", Words),  # ``rule:n,rule:n``, how often each has paid for ever (E8)
    Column("invited_by", Id),
    Column("invite_open", Boolean, nullable=False, server_default=text("false")),
    Column("tasks", Words),  # JSON: [[task, count, target, forget_ms]] of late; null = none (L3)
    Column("restrictions", Words),  # JSON: [[room or null, mute or ban, until_ms]]; null = none (L13)
    Column("merged_into", Id),  # the account this one is part of (X1)
    CheckConstraint("version > 0", name="version_raised"),
    CheckConstraint("held >= 0", name="held_not_negative"),
    postgresql_with={"fillfactor": "80"},
    comment="One row per member: the row lock under which everything of the member changes.",
)
Index("ix_members_look_ms", members.c.look_ms)
# Only of those who have such a time: a line for everybody else is a scattered page to write when they come by one.
for _hold in ("tier", "boost", "grant"):
    _until_ms = members.c[f"{_hold}_until_ms"]
    Index(
        f"ix_members_{_hold}_until_ms",
        _until_ms,
        sqlite_where=_until_ms.is_not(None),
        postgresql_where=_until_ms.is_not(None),
    )
Index(
    "ix_members_merged_into",
    members.c.merged_into,
    sqlite_where=members.c.merged_into.is_not(None),
    postgresql_where=members.c.merged_into.is_not(None),
)

identities = Table(
    "identities",
    metadata,
    Column("platform", Id, primary_key=True),
    Column("openid", Id, primary_key=True),
    Column("member", Id, ForeignKey("members.id"), nullable=False, index=True),
    Column("linked_ms", Ms, nullable=False),
    sqlite_with_rowid=False,
)

entries = Table(
    "entries",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("member", Id, ForeignKey("members.id"), nullable=False),
    Column("book", Words, nullable=False),
    Column("delta", Amount, nullable=False),
    Column("rule", Words, nullable=False),
    # How many awards this line counts for (E8). An award with lines in both books counts on its points line.
    Column("awards", Integer, nullable=False),
    # Charged to the budgets of its day and show (E8).
    Column("behaviour", Boolean, nullable=False),
    # Moves a balance without being an award: a refund (V3), points spent and given back (P1).
    Column("taken_back", Boolean, nullable=False),
    Column("source", Id, nullable=False),
    Column("event", Id, nullable=False),
    Column("order_id", Id),
    Column("room", Id),
    Column("show", Id),
    Column("day", Integer, nullable=False),
    Column("at_ms", Ms, nullable=False),
    Column("rulebook_version", Integer, nullable=False),
    Column("actor", Words, nullable=False),
    CheckConstraint("book IN ('points', 'growth')", name="book_known"),
    CheckConstraint("awards >= 0", name="awards_not_negative"),
    comment="Append-only (X7): what every balance is the sum of (R3).",
)
# Time first: the lines of today stand together, however many members there are. A member's are found by the member's
# days (`history`), all that is asked of them being here.
Index("ix_entries_day_member_id_delta", entries.c.day, entries.c.member, entries.c.id, entries.c.delta)

changes = Table(
    "changes",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("kind", Words, nullable=False),
    Column("member", Id),
    Column("room", Id),
    # What it is about – a tier, coupon, order or show – and how much, so that SQL can recompute from it.
    Column("ref", Id),
    Column("amount", Amount),
    Column("data", Words, nullable=False),
    Column("source", Id, nullable=False),
    Column("event", Id, nullable=False),
    Column("at_ms", Ms, nullable=False),
    Column("rulebook_version", Integer, nullable=False),
    Column("actor", Words, nullable=False),
    comment="Append-only (X7): business changes that move no balance: tiers, coupons, orders, rooms, shows.",
)
Index("ix_changes_member_id", changes.c.member, changes.c.id)
Index(
    "ix_changes_room_id",
    changes.c.room,
    changes.c.id,
    sqlite_where=changes.c.room.is_not(None),
    postgresql_where=changes.c.room.is_not(None),
)

days = Table(
    "days",
    metadata,
    Column("member", Id, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("growth", Amount, nullable=False),
    Column("paid", Amount, nullable=False),
    Column("orders", Integer, nullable=False),
    sqlite_with_rowid=False,
    comment="Rolling growth's daily buckets but for the newest, which stand in the member's row (T11).",
)

awards = Table(
    "awards",
    metadata,
    # First what is counted in: today's counters of all who come stand together, however many members there are.
    Column("scope", Id, primary_key=True),
    Column("member", Id, primary_key=True),
    Column("rule", Id, primary_key=True),
    Column("n", Integer, nullable=False),
    Column("points", Amount, nullable=False),
    Column("growth", Amount, nullable=False),
    # A server of an earlier version would write here, and be right in its own eyes, what stands in the row by now.
    CheckConstraint("scope <> 'total'", name="scope_ends"),
    sqlite_with_rowid=False,
    postgresql_with={"fillfactor": "80"},
    comment="How often a rule has paid in a day or show, for the caps (E8); for ever: in the member's row.",
)

coupons = Table(
    "coupons",
    metadata,
    Column("id", Id, primary_key=True),
    Column("member", Id, ForeignKey("members.id"), nullable=False),
    Column("title", Words, nullable=False),
    Column("off", Amount, nullable=False),
    Column("min", Amount, nullable=False),
    Column("granted_ms", Ms, nullable=False),
    Column("expires_ms", Ms, nullable=False),
    Column("reason", Words, nullable=False),
    Column("used_by", Id),
    CheckConstraint("off > 0", name="off_positive"),
    CheckConstraint("min >= 0", name="min_not_negative"),
)
Index("ix_coupons_member_expires_ms", coupons.c.member, coupons.c.expires_ms)
# A coupon pays into one order, and an order takes one coupon (B9).
Index(
    "ux_coupons_used_by",
    coupons.c.used_by,
    unique=True,
    sqlite_where=coupons.c.used_by.is_not(None),
    postgresql_where=coupons.c.used_by.is_not(None),
)

shouts = Table(
    "shouts",
    metadata,
    Column("member", Id, primary_key=True),
    Column("tier", Id, primary_key=True),
    Column("at_ms", Ms, nullable=False),
    sqlite_with_rowid=False,
    comment="When a member's tier was last shouted (T12).",
)

recent_comments = Table(
    "recent_comments",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("member", Id, nullable=False),
    Column("room", Id, nullable=False),
    Column("digest", Words, nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("at_ms", Ms, nullable=False),
    comment="For E9's repeats and waves; pruned after 10 min.",
)
Index("ix_recent_comments_member_at_ms", recent_comments.c.member, recent_comments.c.at_ms)
Index(
    "ix_recent_comments_room_digest_at_ms",
    recent_comments.c.room,
    recent_comments.c.digest,
    recent_comments.c.at_ms,
)
Index("ix_recent_comments_at_ms", recent_comments.c.at_ms)

orders = Table(
    "orders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("member", Id, ForeignKey("members.id"), nullable=False),
    Column("amount", Amount, nullable=False),
    Column("refunded", Amount, nullable=False),
    Column("paid_ms", Ms, nullable=False),
    Column("day", Integer, nullable=False),
    Column("points_given", Amount, nullable=False),
    Column("growth_given", Amount, nullable=False),
    Column("points_taken", Amount, nullable=False),
    Column("growth_taken", Amount, nullable=False),
    Column("room", Id),
    Column("reached", Words),
    Column("replaced_tier", Words),
    Column("replaced_until_ms", Ms),
    Column("code", Words),
    Column("show", Id),
    CheckConstraint("amount >= 0 AND refunded >= 0", name="amounts_not_negative"),
    CheckConstraint("amount = 0 OR refunded <= amount", name="refunded_within_paid"),
    comment="Paid once in the programme; amount 0 = refunds that came first and wait up to 7 days.",
)
Index("ix_orders_member_paid_ms", orders.c.member, orders.c.paid_ms)
Index(
    "ix_orders_waiting",
    orders.c.paid_ms,
    sqlite_where=orders.c.amount == 0,
    postgresql_where=orders.c.amount == 0,
)

redemptions = Table(
    "redemptions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("member", Id, ForeignKey("members.id"), nullable=False, index=True),
    Column("order_id", Id, nullable=False),
    Column("points", Amount, nullable=False),
    Column("discount", Amount, nullable=False),
    Column("state", Words, nullable=False),
    Column("held_ms", Ms, nullable=False),
    Column("expires_ms", Ms, nullable=False),
    Column("returned", Amount, nullable=False),
    CheckConstraint("state IN ('held', 'captured', 'released')", name="state_known"),
    CheckConstraint("points > 0 AND returned >= 0 AND returned <= points", name="never_more_than_taken"),
    comment="Points that pay into orders (P1).",
)
# An order takes one redemption.
Index(
    "ux_redemptions_order_id",
    redemptions.c.order_id,
    unique=True,
    sqlite_where=redemptions.c.state != "released",
    postgresql_where=redemptions.c.state != "released",
)
Index(
    "ix_redemptions_held",
    redemptions.c.expires_ms,
    sqlite_where=redemptions.c.state == "held",
    postgresql_where=redemptions.c.state == "held",
)

claims = Table(
    "claims",
    metadata,
    Column("kind", Id, primary_key=True),
    Column("id", Id, primary_key=True),
    Column("until_ms", Ms, nullable=False),
    sqlite_with_rowid=False,
    comment="Due work that a process has taken upon itself, and until when nobody else looks at it.",
)

rooms = Table(
    "rooms",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Words, nullable=False),
    Column("members_only", Words),
    Column("writers", Words, nullable=False),
    Column("slow_s", Integer, nullable=False),
    Column("theme", Words, nullable=False),
    # So many tasks are on the screen: none, and nobody looks for them (L3).
    Column("tasks_shown", Integer, nullable=False, server_default=text("0")),
    # What is on stage, JSON, null = nothing: the pinned line and polls (L8); gates (L5).
    Column("stage", Words),
    Column("gates", Words),
    # The show the room presents; no foreign key, for shows point here already.
    Column("show", Id),
    Column("spotlight", Words),
    # The campaigns it shows, of which `first_n` counts the places.
    Column("first_n", Words, nullable=False, server_default=text("'[]'")),
)

shows = Table(
    "shows",
    metadata,
    Column("id", Id, primary_key=True),
    Column("room", Id, ForeignKey("rooms.id"), nullable=False),
    Column("title", Words, nullable=False),
    Column("status", Words, nullable=False),
    Column("starts_ms", Ms),
    Column("ended_ms", Ms),
    Column("offers", Words, nullable=False),
    Column("members_only", Words),
    Column("replay_url", Words),
    CheckConstraint("status IN ('scheduled', 'live', 'ended', 'replay')", name="status_known"),
)
Index("ix_shows_room_status", shows.c.room, shows.c.status)
Index(
    "ux_shows_one_live",
    shows.c.room,
    unique=True,
    sqlite_where=shows.c.status == "live",
    postgresql_where=shows.c.status == "live",
)

first_n = Table(
    "first_n",
    metadata,
    Column("id", Id, primary_key=True),
    Column("room", Id, ForeignKey("rooms.id"), nullable=False, index=True),
    Column("title", Words, nullable=False),
    Column("n", Integer, nullable=False),
    Column("points", Amount, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("opened_ms", Ms, nullable=False),
    Column("closed_ms", Ms),
    CheckConstraint("points > 0 AND taken >= 0 AND taken <= n", name="never_overrun"),
    comment="First-N campaigns; places are counted under their room's row lock (L4).",
)

first_n_places = Table(
    "first_n_places",
    metadata,
    Column("campaign", Id, primary_key=True),
    Column("member", Id, primary_key=True, index=True),
    Column("place", Integer, nullable=False),
    Column("order_id", Id, nullable=False),
    Column("at_ms", Ms, nullable=False),
    sqlite_with_rowid=False,
    comment="One place per member and campaign, for good (L4).",
)
Index(
    "ux_first_n_places_campaign_place",
    first_n_places.c.campaign,
    first_n_places.c.place,
    unique=True,
)

room_items = Table(
    "room_items",
    metadata,
    Column("room", Id, ForeignKey("rooms.id"), primary_key=True),
    Column("key", Id, primary_key=True),
    Column("rev", BigInteger, nullable=False),
    # Null = removed; the row stays, so that a late publish cannot revive the item (DESIGN §4).
    Column("value", Words),
    Column("gone_ms", Ms),  # when pruning first saw it removed
    CheckConstraint("rev > 0", name="rev_raised"),
)

budgets = Table(
    "budgets",
    metadata,
    Column("name", Id, primary_key=True),
    Column("spent", Amount, nullable=False),
    Column("most", Amount, nullable=False),  # when it was last charged
    Column("closed", Boolean, nullable=False, server_default=text("FALSE")),  # nothing is charged any more
    Column(
        "returned", Amount, nullable=False, server_default=text("0")
    ),  # of what was charged, by refunds (E8)
    CheckConstraint("spent >= 0 AND spent <= most", name="never_overrun"),
    comment="What behaviour has cost so far; charged only by conditional updates (E8, R3).",
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("type", Words, nullable=False),
    Column("member", Id),
    Column("room", Id),
    # The member's version after the commit: who receives it may drop an older one.
    Column("version", BigInteger),
    Column("body", Words, nullable=False),
    Column("at_ms", Ms, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("done_ms", Ms),
    # A number names one message for ever, also after pruning.
    sqlite_autoincrement=True,
    comment="Webhooks to be sent, written with what they tell of.",
)
# points.changed not yet tried is overtaken in place: a receiver wants the newest balance, not each step.
Index(
    "ux_outbox_points_waiting",
    outbox.c.member,
    unique=True,
    sqlite_where=text("type = 'points.changed' AND attempts = 0"),
    postgresql_where=text("type = 'points.changed' AND attempts = 0"),
)
Index(
    "ix_outbox_waiting",
    outbox.c.id,
    sqlite_where=text("done_ms IS NULL"),
    postgresql_where=text("done_ms IS NULL"),
)

APPEND_ONLY = ("entries", "changes")
"""Tables whose rows the database itself refuses to change or remove; the triggers are in the migration."""
