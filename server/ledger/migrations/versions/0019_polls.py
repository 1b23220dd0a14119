"""Polls, who voted in which, and what is pinned (L8)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("rooms", sa.Column("stage", sa.Text(), nullable=True))
    op.create_table(
        "polls",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("room", _ID, sa.ForeignKey("rooms.id", name="fk_polls_room"), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("ends_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_polls"),
    )
    op.create_index(
        "ix_polls_open",
        "polls",
        ["ends_ms"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "votes",
        sa.Column("poll", _ID, primary_key=True),
        sa.Column("member", _ID, primary_key=True),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("poll", "member", name="pk_votes"),
        sqlite_with_rowid=False,
    )
