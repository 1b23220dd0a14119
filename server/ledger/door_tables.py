"""Who may knock and what was answered: keys, sources, first answers; see `server.ledger.tables` for how values are kept."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table

from server.ledger.tables import Id, Ms, Words, metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Words, nullable=False),
    Column("digest", Words, nullable=False, unique=True),
    Column("scopes", Words, nullable=False),
    Column("source", Id),
    Column("signing_secret", Words),
    Column("created_ms", Ms, nullable=False),
    Column("revoked_ms", Ms),
)

sources = Table(
    "sources",
    metadata,
    Column("name", Id, primary_key=True),
    Column("can", Words),  # JSON list of event types; null = all
    Column("changed_ms", Ms, nullable=False),
    Column("changed_by", Words, nullable=False),
    comment="What an event source is declared to be able to prove (X6); no row = everything.",
)

answers = Table(
    "answers",
    metadata,
    Column("owner", Id, primary_key=True),
    Column("key", Id, primary_key=True),
    Column("digest", Words, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Words, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("claimed_ms", Ms, nullable=False),
    comment="First answers of writes with an Idempotency-Key, kept 7 days at least.",
)
Index("ix_answers_claimed_ms", answers.c.claimed_ms)
