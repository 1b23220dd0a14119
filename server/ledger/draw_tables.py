"""The tables of draws and their tickets (P3); read `tables` first."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, text

from server.ledger.tables import Amount, Id, Ms, Words, metadata

draws = Table(
    "draws",
    metadata,
    Column("id", Id, primary_key=True),
    Column("room", Id, ForeignKey("rooms.id"), nullable=False),
    Column("title", Words, nullable=False),
    Column("cost", Amount, nullable=False),
    Column("prizes", Words, nullable=False),
    Column("max_entries", Integer, nullable=False),
    Column("state", Words, nullable=False),
    Column("opened_ms", Ms, nullable=False),
    Column("ends_ms", Ms, nullable=False),
    Column("commitment", Words, nullable=False),
    Column("sealed_seed", Words, nullable=False),
    # Goes into the tickets' tags; like the sealed seed it is never shown.
    Column("salt", Words, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("returned", Integer, nullable=False),
    Column("list_hash", Words),
    Column("seed", Words),
    Column("closed_ms", Ms),
    Column("settled_ms", Ms),
    Column("winners", Words, nullable=False),
    Column("shown", Boolean, nullable=False),
    CheckConstraint("state IN ('open', 'closed', 'drawn', 'cancelled')", name="state_known"),
    CheckConstraint("cost >= 0 AND entries >= 0", name="amounts_not_negative"),
    CheckConstraint("returned >= 0 AND returned <= entries", name="returned_once"),
    # The seed is not public before the list is.
    CheckConstraint("seed IS NULL OR list_hash IS NOT NULL", name="list_before_seed"),
    comment="Draws paid in points, provably fair (P3).",
)
Index("ix_draws_room", draws.c.room, sqlite_where=text("shown"), postgresql_where=text("shown"))
Index(
    "ix_draws_running",
    draws.c.ends_ms,
    sqlite_where=text("state IN ('open', 'closed')"),
    postgresql_where=text("state IN ('open', 'closed')"),
)
Index(
    "ix_draws_returning",
    draws.c.settled_ms,
    sqlite_where=text("state = 'cancelled' AND cost > 0 AND returned < entries"),
    postgresql_where=text("state = 'cancelled' AND cost > 0 AND returned < entries"),
)

draw_entries = Table(
    "draw_entries",
    metadata,
    Column("draw", Id, ForeignKey("draws.id"), primary_key=True),
    # Numbered under the draw's row lock, from 1 and without a gap.
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("member", Id, ForeignKey("members.id"), nullable=False, index=True),
    Column("tag", Id, nullable=False),
    Column("points", Amount, nullable=False),
    Column("at_ms", Ms, nullable=False),
    Column("returned", Boolean, nullable=False),
    CheckConstraint("n > 0 AND points >= 0", name="numbered"),
    comment="Tickets of draws (P3).",
)
Index("ix_draw_entries_draw_member", draw_entries.c.draw, draw_entries.c.member)
