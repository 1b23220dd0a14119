"""Mutes and bans of a member (L13)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("members", sa.Column("restrictions", sa.Text(), nullable=True))
