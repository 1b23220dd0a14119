"""Broadcast sources that prove themselves by a secret."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "widgets",
        sa.Column("id", ID, nullable=False),
        sa.Column("room", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("secret_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name="fk_widgets_room"),
        sa.PrimaryKeyConstraint("id", name="pk_widgets"),
        comment="Broadcast sources that prove themselves by a secret, of which only the digest is kept.",
    )
    op.create_index("ix_widgets_room", "widgets", ["room"], unique=False)
