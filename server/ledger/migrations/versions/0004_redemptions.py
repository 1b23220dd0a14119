"""Points that pay into orders (P1), and who does work that fell due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "redemptions",
        sa.Column("id", ID, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('held', 'captured', 'released')", name="ck_redemptions_state_known"),
        sa.CheckConstraint(
            "points > 0 AND returned >= 0 AND returned <= points",
            name="ck_redemptions_never_more_than_taken",
        ),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name="fk_redemptions_member"),
        sa.PrimaryKeyConstraint("id", name="pk_redemptions"),
        comment="Points that pay into orders (P1).",
    )
    op.create_index(
        "ux_redemptions_order_id",
        "redemptions",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("state != 'released'"),
        postgresql_where=sa.text("state != 'released'"),
    )
    op.create_index(
        "ix_redemptions_held",
        "redemptions",
        ["expires_ms"],
        unique=False,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_table(
        "claims",
        sa.Column("kind", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_claims"),
        sqlite_with_rowid=False,
        comment="Due work that a process has taken upon itself, and until when nobody else looks at it.",
    )
