"""The table of gifts (P5); see `server.ledger.tables` for how values are kept."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table

from server.ledger.tables import Amount, Id, Ms, Words, metadata

gifts = Table(
    "gifts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("giver", Id, ForeignKey("members.id"), nullable=False),
    Column("points", Amount, nullable=False),
    Column("state", Words, nullable=False),
    Column("at_ms", Ms, nullable=False),
    Column("day", Integer, nullable=False),
    Column("receiver", Id, ForeignKey("members.id")),
    Column("received_day", Integer),
    Column("code", Id),
    Column("expires_ms", Ms),
    CheckConstraint("state IN ('waiting', 'given', 'returned')", name="state_known"),
    CheckConstraint("points > 0", name="points_positive"),
    CheckConstraint("(state = 'given') = (receiver IS NOT NULL)", name="given_to_somebody"),
    comment="Points from member to member (P5), those behind a link with its code.",
)
Index("ix_gifts_giver_day", gifts.c.giver, gifts.c.day)
Index("ix_gifts_receiver_received_day", gifts.c.receiver, gifts.c.received_day)
Index(
    "ux_gifts_code",
    gifts.c.code,
    unique=True,
    sqlite_where=gifts.c.code.is_not(None),
    postgresql_where=gifts.c.code.is_not(None),
)
Index(
    "ix_gifts_waiting",
    gifts.c.expires_ms,
    sqlite_where=gifts.c.state == "waiting",
    postgresql_where=gifts.c.state == "waiting",
)
