"""Which lines of the prompter a host has said in which show (L9); see `server.ledger.tables`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table

from server.ledger.tables import Id, Ms, Words, metadata

prompts_said = Table(
    "prompts_said",
    metadata,
    Column("show", Id, ForeignKey("shows.id"), primary_key=True),
    Column("key", Id, primary_key=True),
    # What there was to say of it then: another stage is said anew.
    Column("stage", Id, primary_key=True),
    Column("room", Id, nullable=False),
    Column("kind", Words, nullable=False),
    Column("said_ms", Ms, nullable=False),
    Column("actor", Words, nullable=False),
    sqlite_with_rowid=False,
)
