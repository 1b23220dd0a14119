"""What is given once in a while, and since when things are on (B4, B6, E11, L11); see `tables`."""

from __future__ import annotations

from sqlalchemy import Column, Table

from server.ledger.tables import Id, Ms, metadata

perks = Table(
    "perks",
    metadata,
    Column("member", Id, primary_key=True),
    Column("perk", Id, primary_key=True),
    Column("at_ms", Ms, nullable=False),
    sqlite_with_rowid=False,
    comment="When a member was last given what is given once in a while (B4, B6, E11, L11).",
)

switches = Table(
    "switches",
    metadata,
    Column("name", Id, primary_key=True),
    Column("since_ms", Ms, nullable=False),
    sqlite_with_rowid=False,
    comment="Since when something of the rulebook is on (L11).",
)
