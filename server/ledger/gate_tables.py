"""Early-access gates and their permits (L5); see `server.ledger.tables` for how values are kept."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table

from server.ledger.tables import Amount, Id, Ms, Words, metadata

gates = Table(
    "gates",
    metadata,
    Column("id", Id, primary_key=True),
    Column("room", Id, ForeignKey("rooms.id"), nullable=False),
    Column("sku", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("price", Amount, nullable=False),
    Column("public_ms", Ms, nullable=False),
    # [[tier, ms], …], JSON.
    Column("opens", Words, nullable=False),
    Column("stock", Integer, nullable=False),
    Column("early", Integer, nullable=False),
    Column("state", Words, nullable=False),
    # Sealed.
    Column("link", Words, nullable=False),
    Column("verified", Integer, nullable=False),
    Column("verified_early", Integer, nullable=False),
    # Null = no end.
    Column("per_member", Integer),
    Column("version", Integer, nullable=False, server_default="0"),
    CheckConstraint("state IN ('scheduled', 'sold_out', 'cancelled')", name="state_known"),
    CheckConstraint("verified >= 0 AND verified <= stock", name="never_oversold"),
    CheckConstraint("verified_early >= 0 AND verified_early <= early", name="early_share_held"),
)

permits = Table(
    "permits",
    metadata,
    Column("id", Id, primary_key=True),
    Column("gate", Id, ForeignKey("gates.id"), nullable=False),
    Column("room", Id, nullable=False),
    Column("member", Id, ForeignKey("members.id"), nullable=False),
    Column("sku", Words, nullable=False),
    Column("tier", Words, nullable=False),
    Column("early", Boolean, nullable=False),
    Column("given_ms", Ms, nullable=False),
    Column("expires_ms", Ms, nullable=False),
    Column("state", Words, nullable=False),
    CheckConstraint("state IN ('open', 'verified', 'expired')", name="state_known"),
)
Index("ix_permits_gate_member", permits.c.gate, permits.c.member)
Index(
    "ix_permits_open",
    permits.c.expires_ms,
    sqlite_where=permits.c.state == "open",
    postgresql_where=permits.c.state == "open",
)
