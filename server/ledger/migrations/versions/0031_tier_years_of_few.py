"""Whose tier's year ends: an index of those who have one alone, as of boosts and grants (T6, decision 0084)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

HAS_ONE = "tier_until_ms IS NOT NULL"


def upgrade() -> None:
    op.drop_index("ix_members_tier_until_ms", "members")
    op.create_index(
        "ix_members_tier_until_ms",
        "members",
        ["tier_until_ms"],
        unique=False,
        sqlite_where=sa.text(HAS_ONE),
        postgresql_where=sa.text(HAS_ONE),
    )
