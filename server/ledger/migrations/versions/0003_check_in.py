"""Days in a row with a check-in (E5)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for column in ("streak", "streak_day"):
        op.add_column("members", sa.Column(column, sa.Integer(), nullable=False, server_default=sa.text("0")))
