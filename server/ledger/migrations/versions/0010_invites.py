"""Who brought whom (E4)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("members", sa.Column("invited_by", ID, nullable=True))
    op.add_column(
        "members", sa.Column("invite_open", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
