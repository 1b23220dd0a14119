"""What is given once in a while, since when things are on, and when to look for whom nobody sees (B4, L11)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "perks",
        sa.Column("member", ID, nullable=False),
        sa.Column("perk", ID, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("member", "perk", name="pk_perks"),
        sqlite_with_rowid=False,
        comment="When a member was last given what is given once in a while (B4, B6, E11, L11).",
    )
    op.create_table(
        "switches",
        sa.Column("name", ID, nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_switches"),
        sqlite_with_rowid=False,
        comment="Since when something of the rulebook is on (L11).",
    )
    op.add_column(
        "members", sa.Column("look_ms", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    op.create_index("ix_members_look_ms", "members", ["look_ms"])
