"""Draws paid in points, provably fair (P3)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "draws",
        sa.Column("id", ID, nullable=False),
        sa.Column("room", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("prizes", sa.Text(), nullable=False),
        sa.Column("max_entries", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("ends_ms", sa.BigInteger(), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.Column("sealed_seed", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("list_hash", sa.Text()),
        sa.Column("seed", sa.Text()),
        sa.Column("closed_ms", sa.BigInteger()),
        sa.Column("settled_ms", sa.BigInteger()),
        sa.Column("winners", sa.Text(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed', 'drawn', 'cancelled')", name="ck_draws_state_known"),
        sa.CheckConstraint("cost >= 0 AND entries >= 0", name="ck_draws_amounts_not_negative"),
        sa.CheckConstraint("returned >= 0 AND returned <= entries", name="ck_draws_returned_once"),
        sa.CheckConstraint("seed IS NULL OR list_hash IS NOT NULL", name="ck_draws_list_before_seed"),
        sa.ForeignKeyConstraint(["room"], ["rooms.id"], name="fk_draws_room"),
        sa.PrimaryKeyConstraint("id", name="pk_draws"),
        comment="Draws paid in points, provably fair (P3).",
    )
    _index("ix_draws_room", "draws", ["room"], "shown")
    _index("ix_draws_running", "draws", ["ends_ms"], "state IN ('open', 'closed')")
    _index(
        "ix_draws_returning",
        "draws",
        ["settled_ms"],
        "state = 'cancelled' AND cost > 0 AND returned < entries",
    )
    op.create_table(
        "draw_entries",
        sa.Column("draw", ID, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("tag", ID, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.CheckConstraint("n > 0 AND points >= 0", name="ck_draw_entries_numbered"),
        sa.ForeignKeyConstraint(["draw"], ["draws.id"], name="fk_draw_entries_draw"),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name="fk_draw_entries_member"),
        sa.PrimaryKeyConstraint("draw", "n", name="pk_draw_entries"),
        comment="Tickets of draws (P3).",
    )
    op.create_index("ix_draw_entries_draw_member", "draw_entries", ["draw", "member"])


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
