"""The table of awards whose points may not be spent yet (E6); see `server.ledger.tables`."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table

from server.ledger.tables import Amount, Id, Ms, Words, metadata

held_awards = Table(
    "held_awards",
    metadata,
    Column("id", Id, primary_key=True),
    Column("member", Id, ForeignKey("members.id"), nullable=False),
    Column("rule", Words, nullable=False),
    Column("points", Amount, nullable=False),
    Column("points_left", Amount, nullable=False),
    Column("due_ms", Ms, nullable=False),
    Column("order_id", Id),
    CheckConstraint("points > 0 AND points_left BETWEEN 0 AND points", name="left_of_points"),
    comment="Awards that may be spent only from a time on (E6); 0 left = released or taken back.",
)
Index(
    "ix_held_awards_due",
    held_awards.c.due_ms,
    sqlite_where=held_awards.c.points_left > 0,
    postgresql_where=held_awards.c.points_left > 0,
)
Index(
    "ix_held_awards_member",
    held_awards.c.member,
    sqlite_where=held_awards.c.points_left > 0,
    postgresql_where=held_awards.c.points_left > 0,
)
