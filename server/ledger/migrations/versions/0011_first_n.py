"""First-N campaigns and their places (L4)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("rooms", sa.Column("first_n", sa.Text(), nullable=False, server_default=sa.text("'[]'")))
    op.create_table(
        "first_n",
        sa.Column("id", ID, nullable=False),
        sa.Column("room", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("closed_ms", sa.BigInteger()),
        sa.CheckConstraint("points > 0 AND taken >= 0 AND taken <= n", name="ck_first_n_never_overrun"),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name="fk_first_n_room"),
        sa.PrimaryKeyConstraint("id", name="pk_first_n"),
        comment="First-N campaigns; places are counted under their room's row lock (L4).",
    )
    op.create_index("ix_first_n_room", "first_n", ["room"], unique=False)
    op.create_table(
        "first_n_places",
        sa.Column("campaign", ID, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", "member", name="pk_first_n_places"),
        sqlite_with_rowid=False,
        comment="One place per member and campaign, for good (L4).",
    )
    op.create_index("ux_first_n_places_campaign_place", "first_n_places", ["campaign", "place"], unique=True)
