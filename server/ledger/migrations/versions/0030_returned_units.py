"""A budget knows what has returned to it: what it stands at can be told in order, up and down (E8, L3)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column(
        "budgets", sa.Column("returned", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    op.execute(
        "UPDATE budgets SET returned = (SELECT COALESCE(SUM(c.amount), 0) FROM changes c "
        "WHERE c.kind = 'task_unit_returned' AND 'task:' || c.ref = budgets.name) WHERE name LIKE 'task:%'"
    )
