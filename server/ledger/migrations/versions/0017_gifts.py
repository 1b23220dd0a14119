"""Points from member to member (P5), and whose boost or granted tier ends next (P4, T8)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "gifts",
        sa.Column("id", ID, nullable=False),
        sa.Column("giver", ID, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("receiver", ID, nullable=True),
        sa.Column("received_day", sa.Integer(), nullable=True),
        sa.Column("code", ID, nullable=True),
        sa.Column("expires_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'given', 'returned')", name="ck_gifts_state_known"),
        sa.CheckConstraint("points > 0", name="ck_gifts_points_positive"),
        sa.CheckConstraint("(state = 'given') = (receiver IS NOT NULL)", name="ck_gifts_given_to_somebody"),
        sa.ForeignKeyConstraint(["giver"], ["members.id"], name="fk_gifts_giver"),
        sa.ForeignKeyConstraint(["receiver"], ["members.id"], name="fk_gifts_receiver"),
        sa.PrimaryKeyConstraint("id", name="pk_gifts"),
        comment="Points from member to member (P5), those behind a link with its code.",
    )
    op.create_index("ix_gifts_giver_day", "gifts", ["giver", "day"], unique=False)
    op.create_index("ix_gifts_receiver_received_day", "gifts", ["receiver", "received_day"], unique=False)
    _partial("ux_gifts_code", "gifts", "code", "code IS NOT NULL", unique=True)
    _partial("ix_gifts_waiting", "gifts", "expires_ms", "state = 'waiting'")
    for hold in ("boost", "grant"):
        column = f"{hold}_until_ms"
        _partial(f"ix_members_{column}", "members", column, f"{column} IS NOT NULL")


def _partial(name: str, table: str, column: str, where: str, *, unique: bool = False) -> None:
    op.create_index(
        name, table, [column], unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
