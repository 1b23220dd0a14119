"""Polls, and who voted in which (L8); see `server.ledger.tables`. How many voted what is counted in `budgets`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table

from server.ledger.tables import Id, Ms, Words, metadata

polls = Table(
    "polls",
    metadata,
    Column("id", Id, primary_key=True),
    Column("room", Id, ForeignKey("rooms.id"), nullable=False),
    Column("question", Words, nullable=False),
    # [[id, text], …], JSON.
    Column("options", Words, nullable=False),
    Column("ends_ms", Ms, nullable=False),
    Column("state", Words, nullable=False),
)
Index(
    "ix_polls_open",
    polls.c.ends_ms,
    sqlite_where=polls.c.state == "open",
    postgresql_where=polls.c.state == "open",
)

votes = Table(
    "votes",
    metadata,
    Column("poll", Id, primary_key=True),
    Column("member", Id, primary_key=True),
    Column("choice", Words, nullable=False),
    Column("at_ms", Ms, nullable=False),
    sqlite_with_rowid=False,
)
