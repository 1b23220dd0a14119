"""Accounts that are part of others (X1)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("members", sa.Column("merged_into", ID, nullable=True))
    op.create_index(
        "ix_members_merged_into",
        "members",
        ["merged_into"],
        unique=False,
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    # Whose these are was never asked before.
    op.create_index("ix_redemptions_member", "redemptions", ["member"], unique=False)
    op.create_index("ix_draw_entries_member", "draw_entries", ["member"], unique=False)
    op.create_index("ix_first_n_places_member", "first_n_places", ["member"], unique=False)
