"""The tables of the rulebooks (X3), beside those of `tables`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table

from server.ledger.tables import Id, Ms, Words, metadata

rulebooks = Table(
    "rulebooks",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    # The name of a preset, or `own`.
    Column("preset", Words, nullable=False),
    # The text as it was sent.
    Column("document", Words, nullable=False),
    Column("note", Words, nullable=False),
    Column("created_ms", Ms, nullable=False),
    # The write it came by: the same write again makes no second one (R2).
    Column("event", Id, nullable=False, unique=True),
    Column("actor", Words, nullable=False),
    comment="Append-only (X3): every rulebook document that was accepted.",
)

publications = Table(
    "publications",
    metadata,
    Column("version", Integer, ForeignKey("rulebooks.version"), primary_key=True, autoincrement=False),
    Column("effective_ms", Ms, nullable=False),
    Column("published_ms", Ms, nullable=False),
    Column("event", Id, nullable=False, unique=True),
    Column("actor", Words, nullable=False),
    comment="Append-only (X3): which rulebooks count, and from when.",
)

APPEND_ONLY = ("rulebooks", "publications")
"""As `tables.APPEND_ONLY`."""
