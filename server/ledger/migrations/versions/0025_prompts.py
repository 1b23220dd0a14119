"""Lines of the prompter that were said (L9)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "prompts_said",
        sa.Column("show", _ID, sa.ForeignKey("shows.id", name="fk_prompts_said_show"), nullable=False),
        sa.Column("key", _ID, nullable=False),
        sa.Column("stage", _ID, nullable=False),
        sa.Column("room", _ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("said_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("show", "key", "stage", name="pk_prompts_said"),
        sqlite_with_rowid=False,
    )
