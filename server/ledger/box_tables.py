"""The tables of blind boxes (P2, P3, decision 0054); read `tables` first."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from server.ledger.tables import Amount, Id, Ms, Words, metadata

box_series = Table(
    "box_series",
    metadata,
    Column("id", Id, primary_key=True),
    Column("opened", Amount, nullable=False),
    CheckConstraint("opened >= 0", name="opened_not_negative"),
    comment="One row per series of blind boxes: the row lock under which nonces and pieces are taken (P3).",
)

box_seeds = Table(
    "box_seeds",
    metadata,
    Column("series", Id, ForeignKey("box_series.id"), primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("commitment", Words, nullable=False),
    Column("sealed_seed", Words, nullable=False),
    Column("made_ms", Ms, nullable=False),
    Column("seed", Words),
    Column("revealed_ms", Ms),
    CheckConstraint("seed IS NULL OR revealed_ms IS NOT NULL", name="revealed"),
    comment="The promised seed of each series and day (P3).",
)
Index(
    "ix_box_seeds_day",
    box_seeds.c.day,
    sqlite_where=box_seeds.c.revealed_ms.is_(None),
    postgresql_where=box_seeds.c.revealed_ms.is_(None),
)

box_openings = Table(
    "box_openings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("member", Id, ForeignKey("members.id"), nullable=False, index=True),
    Column("series", Id, ForeignKey("box_series.id"), nullable=False),
    Column("day", Integer, nullable=False),
    Column("nonce", Amount, nullable=False),
    Column("client_seed", Words, nullable=False),
    # [name, weight] of what was still to be had, JSON.
    Column("contents", Words, nullable=False),
    Column("holds", Integer, nullable=False),
    Column("prize", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("points", Amount, nullable=False),
    Column("limited", Boolean, nullable=False),
    Column("at_ms", Ms, nullable=False),
    # The reward claim it came with; null = opened with a ticket.
    Column("redemption", Id),
    UniqueConstraint("series", "nonce", name="uq_box_openings_series_nonce"),
    CheckConstraint("nonce > 0 AND holds >= 0 AND points >= 0", name="numbered"),
    comment="Opened blind boxes, with all that their proofs need (P3).",
)
# Pieces of prizes with a stock are counted, not kept (as claims of rewards are, decision 0042).
Index(
    "ix_box_openings_series_prize",
    box_openings.c.series,
    box_openings.c.prize,
    sqlite_where=box_openings.c.limited,
    postgresql_where=box_openings.c.limited,
)
