"""The table of countdown tasks (L3). See `server.ledger.tables` for what holds for all of them."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table

from server.ledger.tables import Amount, Id, Ms, Words, metadata

tasks = Table(
    "tasks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("room", Id, ForeignKey("rooms.id"), nullable=False),
    Column("show", Id, nullable=False),
    Column("kind", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("reward", Amount, nullable=False),
    Column("target", Integer, nullable=False),
    Column("budget", Amount, nullable=False),
    Column("password", Words),
    Column("starts_ms", Ms, nullable=False),
    Column("ends_ms", Ms, nullable=False),
    Column("state", Words, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("remaining_ms", Ms),
    Column("grace_ms", Ms, nullable=False),
    Column("place", Integer, nullable=False),
    Column("audience", Integer, nullable=False),
    Column("shown", Boolean, nullable=False),
    CheckConstraint("state IN ('running', 'paused', 'ended', 'cancelled')", name="state_known"),
    CheckConstraint("reward > 0 AND target > 0 AND budget >= reward", name="worth_something"),
    comment="Countdown tasks (L3). Who came how far stands with the members.",
)
Index("ix_tasks_room", tasks.c.room)
Index(
    "ix_tasks_running",
    tasks.c.ends_ms,
    sqlite_where=tasks.c.state == "running",
    postgresql_where=tasks.c.state == "running",
)
