"""A budget may be closed: nothing is charged to a countdown task's once it has ended (L3)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column(
        "budgets", sa.Column("closed", sa.Boolean(), nullable=False, server_default=sa.text("FALSE"))
    )
