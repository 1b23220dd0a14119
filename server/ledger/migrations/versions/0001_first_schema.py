"""The first schema: events, members and what follows from them, rooms, outbox, keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("entries", "changes")


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("owner", ID, nullable=False),
        sa.Column("key", ID, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("claimed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name="pk_answers"),
        comment="First answers of writes with an Idempotency-Key, kept 7 days at least.",
    )
    op.create_index("ix_answers_claimed_ms", "answers", ["claimed_ms"], unique=False)
    op.create_table(
        "api_keys",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("source", ID, nullable=True),
        sa.Column("signing_secret", sa.Text(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
    )
    op.create_table(
        "awards",
        sa.Column("member", ID, nullable=False),
        sa.Column("scope", ID, nullable=False),
        sa.Column("rule", ID, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("growth", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member", "scope", "rule", name="pk_awards"),
        comment="How often a rule has paid in a scope, for the caps (E8).",
        postgresql_with={"fillfactor": "80"},
        sqlite_with_rowid=False,
    )
    op.create_table(
        "budgets",
        sa.Column("name", ID, nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("spent >= 0 AND spent <= most", name="ck_budgets_never_overrun"),
        sa.PrimaryKeyConstraint("name", name="pk_budgets"),
        comment="What behaviour has cost so far; charged only by conditional updates (E8, R3).",
    )
    op.create_table(
        "changes",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("member", ID, nullable=True),
        sa.Column("room", ID, nullable=True),
        sa.Column("ref", ID, nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("source", ID, nullable=False),
        sa.Column("event", ID, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        comment="Append-only (X7): business changes that move no balance: tiers, coupons, orders, rooms, shows.",
    )
    op.create_index("ix_changes_member_id", "changes", ["member", "id"], unique=False)
    op.create_index(
        "ix_changes_room_id",
        "changes",
        ["room", "id"],
        unique=False,
        sqlite_where=sa.text("room IS NOT NULL"),
        postgresql_where=sa.text("room IS NOT NULL"),
    )
    op.create_table(
        "days",
        sa.Column("member", ID, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("growth", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("member", "day", name="pk_days"),
        comment="Rolling growth's daily buckets (T11).",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events",
        sa.Column("source", ID, nullable=False),
        sa.Column("event", ID, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("member", ID, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("points", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("growth", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("message", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("details", sa.Text(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("retry_after_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("source", "event", name="pk_events"),
        comment="Every event ever answered, with its first answer (R2).",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "members",
        sa.Column("id", ID, nullable=False),
        sa.Column("author", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_as_of_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("tier_since_ms", sa.BigInteger(), nullable=False),
        sa.Column("tier_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("tier_by_order", ID, nullable=True),
        sa.Column("birthday", sa.Text(), nullable=True),
        sa.Column("birthday_set_ms", sa.BigInteger(), nullable=True),
        sa.Column("announce_optout", sa.Boolean(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("last_act_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_watch_award_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_watch10_award_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_active_ms", sa.BigInteger(), nullable=False),
        sa.Column("first_order_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("held >= 0", name="ck_members_held_not_negative"),
        sa.CheckConstraint("version > 0", name="ck_members_version_raised"),
        sa.PrimaryKeyConstraint("id", name="pk_members"),
        sa.UniqueConstraint("author", name="uq_members_author"),
        comment="One row per member: the row lock under which everything of the member changes.",
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("ix_members_tier_until_ms", "members", ["tier_until_ms"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("member", ID, nullable=True),
        sa.Column("room", ID, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        comment="Webhooks to be sent, written with what they tell of.",
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("done_ms IS NULL"),
        postgresql_where=sa.text("done_ms IS NULL"),
    )
    op.create_index(
        "ux_outbox_points_waiting",
        "outbox",
        ["member"],
        unique=True,
        sqlite_where=sa.text("type = 'points.changed' AND attempts = 0"),
        postgresql_where=sa.text("type = 'points.changed' AND attempts = 0"),
    )
    op.create_table(
        "recent_comments",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("room", ID, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recent_comments"),
        comment="For E9's repeats and waves; pruned after 10 min.",
    )
    op.create_index("ix_recent_comments_at_ms", "recent_comments", ["at_ms"], unique=False)
    op.create_index("ix_recent_comments_member_at_ms", "recent_comments", ["member", "at_ms"], unique=False)
    op.create_index(
        "ix_recent_comments_room_digest_at_ms", "recent_comments", ["room", "digest", "at_ms"], unique=False
    )
    op.create_table(
        "rooms",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("members_only", sa.Text(), nullable=True),
        sa.Column("writers", sa.Text(), nullable=False),
        sa.Column("slow_s", sa.Integer(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("show", ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_rooms"),
    )
    op.create_table(
        "shouts",
        sa.Column("member", ID, nullable=False),
        sa.Column("tier", ID, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member", "tier", name="pk_shouts"),
        comment="When a member's tier was last shouted (T12).",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "coupons",
        sa.Column("id", ID, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("off", sa.BigInteger(), nullable=False),
        sa.Column("min", sa.BigInteger(), nullable=False),
        sa.Column("granted_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("used_by", ID, nullable=True),
        sa.CheckConstraint("min >= 0", name="ck_coupons_min_not_negative"),
        sa.CheckConstraint("off > 0", name="ck_coupons_off_positive"),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name="fk_coupons_member"),
        sa.PrimaryKeyConstraint("id", name="pk_coupons"),
    )
    op.create_index("ix_coupons_member_expires_ms", "coupons", ["member", "expires_ms"], unique=False)
    op.create_index(
        "ux_coupons_used_by",
        "coupons",
        ["used_by"],
        unique=True,
        sqlite_where=sa.text("used_by IS NOT NULL"),
        postgresql_where=sa.text("used_by IS NOT NULL"),
    )
    op.create_table(
        "entries",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("delta", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("awards", sa.Integer(), nullable=False),
        sa.Column("behaviour", sa.Boolean(), nullable=False),
        sa.Column("taken_back", sa.Boolean(), nullable=False),
        sa.Column("source", ID, nullable=False),
        sa.Column("event", ID, nullable=False),
        sa.Column("order_id", ID, nullable=True),
        sa.Column("room", ID, nullable=True),
        sa.Column("show", ID, nullable=True),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.CheckConstraint("book IN ('points', 'growth')", name="ck_entries_book_known"),
        sa.CheckConstraint("awards >= 0", name="ck_entries_awards_not_negative"),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name="fk_entries_member"),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        comment="Append-only (X7): what every balance is the sum of (R3).",
    )
    op.create_index("ix_entries_member_id", "entries", ["member", "id"], unique=False)
    op.create_table(
        "identities",
        sa.Column("platform", ID, nullable=False),
        sa.Column("openid", ID, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("linked_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name="fk_identities_member"),
        sa.PrimaryKeyConstraint("platform", "openid", name="pk_identities"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_identities_member", "identities", ["member"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", ID, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("paid_ms", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("points_given", sa.BigInteger(), nullable=False),
        sa.Column("growth_given", sa.BigInteger(), nullable=False),
        sa.Column("points_taken", sa.BigInteger(), nullable=False),
        sa.Column("growth_taken", sa.BigInteger(), nullable=False),
        sa.Column("room", ID, nullable=True),
        sa.Column("reached", sa.Text(), nullable=True),
        sa.Column("replaced_tier", sa.Text(), nullable=True),
        sa.Column("replaced_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.CheckConstraint("amount = 0 OR refunded <= amount", name="ck_orders_refunded_within_paid"),
        sa.CheckConstraint("amount >= 0 AND refunded >= 0", name="ck_orders_amounts_not_negative"),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name="fk_orders_member"),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        comment="Paid once in the programme; amount 0 = refunds that came first and wait up to 7 days.",
    )
    op.create_index("ix_orders_member", "orders", ["member"], unique=False)
    op.create_index(
        "ix_orders_waiting",
        "orders",
        ["paid_ms"],
        unique=False,
        sqlite_where=sa.text("amount = 0"),
        postgresql_where=sa.text("amount = 0"),
    )
    op.create_table(
        "room_items",
        sa.Column("room", ID, nullable=False),
        sa.Column("key", ID, nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.CheckConstraint("rev > 0", name="ck_room_items_rev_raised"),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name="fk_room_items_room"),
        sa.PrimaryKeyConstraint("room", "key", name="pk_room_items"),
    )
    op.create_table(
        "shows",
        sa.Column("id", ID, nullable=False),
        sa.Column("room", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("starts_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("offers", sa.Text(), nullable=False),
        sa.Column("members_only", sa.Text(), nullable=True),
        sa.Column("replay_url", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('scheduled', 'live', 'ended', 'replay')", name="ck_shows_status_known"
        ),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name="fk_shows_room"),
        sa.PrimaryKeyConstraint("id", name="pk_shows"),
    )
    op.create_index("ix_shows_room_status", "shows", ["room", "status"], unique=False)
    op.create_index(
        "ux_shows_one_live",
        "shows",
        ["room"],
        unique=True,
        sqlite_where=sa.text("status = 'live'"),
        postgresql_where=sa.text("status = 'live'"),
    )

    for table in APPEND_ONLY:
        _refuse_changes(table)


def _refuse_changes(table: str) -> None:
    """Make the database itself refuse to change or remove a row (X7)."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} are append-only' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )
