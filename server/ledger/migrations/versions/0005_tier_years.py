"""Tiers for a while, and of which end of a year a member was warned (T7, T8)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for hold in ("boost", "grant"):
        op.add_column("members", sa.Column(f"{hold}_tier", sa.Text(), nullable=True))
        op.add_column("members", sa.Column(f"{hold}_until_ms", sa.BigInteger(), nullable=True))
    op.add_column(
        "members",
        sa.Column("warned_until_ms", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
