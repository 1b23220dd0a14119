"""A member's orders by their time: those inside their return window are found by key (P1)."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.drop_index("ix_orders_member", "orders")
    op.create_index("ix_orders_member_paid_ms", "orders", ["member", "paid_ms"], unique=False)
