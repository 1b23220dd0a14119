"""What one member may buy at a gate, which number of what is left there is newer, and since when an item is removed (L5)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("gates", sa.Column("per_member", sa.Integer(), nullable=True))
    op.add_column("gates", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("room_items", sa.Column("gone_ms", sa.BigInteger(), nullable=True))
