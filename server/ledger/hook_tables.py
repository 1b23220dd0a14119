"""Who is told by webhook, and every message on its way; see `server.ledger.tables` for how values are kept."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, text

from server.ledger.tables import Id, Ms, Serial, Words, metadata

hook_endpoints = Table(
    "hook_endpoints",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url", Words, nullable=False),
    Column("types", Words, nullable=False),
    Column("note", Words, nullable=False),
    Column("secret", Words, nullable=False),
    Column("old_secret", Words),
    # Until then the secret before the last rotation signs, too.
    Column("old_until_ms", Ms),
    Column("created_ms", Ms, nullable=False),
    Column("paused_ms", Ms),
    Column("paused_why", Words),
    Column("deleted_ms", Ms),
    comment="Who is told by webhook; secrets are sealed. A deleted one stays until its deliveries are gone.",
)

hook_deliveries = Table(
    "hook_deliveries",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("endpoint", Id, ForeignKey("hook_endpoints.id"), nullable=False),
    # Whose first attempts keep their order: a member, or a room for what is about no member.
    Column("lane", Id, nullable=False),
    # The `webhook-id`, the same on every attempt and for every endpoint.
    Column("message", Id, nullable=False),
    Column("type", Words, nullable=False),
    Column("member", Id),
    Column("version", BigInteger),
    # The text that is signed and sent.
    Column("body", Words, nullable=False),
    Column("created_ms", Ms, nullable=False),
    Column("state", Words, nullable=False),
    Column("attempts", Integer, nullable=False),
    # Of these, how many were made before it was last sent again by hand.
    Column("spent", Integer, nullable=False),
    # Whether a first attempt has ended: until then the lane waits.
    Column("tried", Boolean, nullable=False),
    Column("sending", Boolean, nullable=False),
    # While `sending` the end of the lease, after which anybody may try again.
    Column("due_ms", Ms, nullable=False),
    Column("began_ms", Ms),
    Column("last_ms", Ms),
    Column("last_status", Integer),
    Column("last_error", Words),
    Column("ended_ms", Ms),
    CheckConstraint("state IN ('waiting', 'delivered', 'dead')", name="state_known"),
    sqlite_autoincrement=True,
    comment="One message for one endpoint: waiting, delivered or a dead letter.",
)
Index("ix_hook_deliveries_endpoint_id", hook_deliveries.c.endpoint, hook_deliveries.c.id)
Index("ix_hook_deliveries_ended_ms", hook_deliveries.c.ended_ms)
Index(
    "ix_hook_deliveries_due",
    hook_deliveries.c.endpoint,
    hook_deliveries.c.due_ms,
    hook_deliveries.c.id,
    sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'"),
)
Index(
    "ix_hook_deliveries_untried",
    hook_deliveries.c.endpoint,
    hook_deliveries.c.lane,
    hook_deliveries.c.id,
    sqlite_where=text("NOT tried"),
    postgresql_where=text("NOT tried"),
)
Index(
    "ix_hook_deliveries_dead",
    hook_deliveries.c.id,
    sqlite_where=text("state = 'dead'"),
    postgresql_where=text("state = 'dead'"),
)
Index(
    "ix_hook_deliveries_points",
    hook_deliveries.c.lane,
    hook_deliveries.c.created_ms,
    sqlite_where=text("type = 'points.changed'"),
    postgresql_where=text("type = 'points.changed'"),
)
