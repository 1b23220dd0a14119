"""Awards whose points may be spent only some days later (E6)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "held_awards",
        sa.Column("id", ID, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("points_left", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("order_id", ID, nullable=True),
        sa.CheckConstraint(
            "points > 0 AND points_left BETWEEN 0 AND points", name="ck_held_awards_left_of_points"
        ),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name="fk_held_awards_member"),
        sa.PrimaryKeyConstraint("id", name="pk_held_awards"),
        comment="Awards that may be spent only from a time on (E6); 0 left = released or taken back.",
    )
    for name, column in (("ix_held_awards_due", "due_ms"), ("ix_held_awards_member", "member")):
        left = sa.text("points_left > 0")
        op.create_index(name, "held_awards", [column], unique=False, sqlite_where=left, postgresql_where=left)
