"""Countdown tasks, and how far members have come with them (L3)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("members", sa.Column("tasks", sa.Text(), nullable=True))
    op.add_column(
        "rooms", sa.Column("tasks_shown", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.create_table(
        "tasks",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("room", _ID, sa.ForeignKey("rooms.id", name="fk_tasks_room"), nullable=False),
        sa.Column("show", _ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reward", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("starts_ms", sa.BigInteger(), nullable=False),
        sa.Column("ends_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("remaining_ms", sa.BigInteger(), nullable=True),
        sa.Column("grace_ms", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('running', 'paused', 'ended', 'cancelled')", name=op.f("ck_tasks_state_known")
        ),
        sa.CheckConstraint(
            "reward > 0 AND target > 0 AND budget >= reward", name=op.f("ck_tasks_worth_something")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        comment="Countdown tasks (L3). Who came how far stands with the members.",
    )
    op.create_index("ix_tasks_room", "tasks", ["room"])
    op.create_index(
        "ix_tasks_running",
        "tasks",
        ["ends_ms"],
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
