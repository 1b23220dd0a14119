"""Early-access gates and their permits (L5)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("rooms", sa.Column("gates", sa.Text(), nullable=True))
    op.create_table(
        "gates",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("room", _ID, sa.ForeignKey("rooms.id", name="fk_gates_room"), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("public_ms", sa.BigInteger(), nullable=False),
        sa.Column("opens", sa.Text(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("early", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("verified", sa.Integer(), nullable=False),
        sa.Column("verified_early", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('scheduled', 'sold_out', 'cancelled')", name=op.f("ck_gates_state_known")
        ),
        sa.CheckConstraint("verified >= 0 AND verified <= stock", name=op.f("ck_gates_never_oversold")),
        sa.CheckConstraint(
            "verified_early >= 0 AND verified_early <= early", name=op.f("ck_gates_early_share_held")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_gates"),
    )
    op.create_table(
        "permits",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("gate", _ID, sa.ForeignKey("gates.id", name="fk_permits_gate"), nullable=False),
        sa.Column("room", _ID, nullable=False),
        sa.Column("member", _ID, sa.ForeignKey("members.id", name="fk_permits_member"), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("early", sa.Boolean(), nullable=False),
        sa.Column("given_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'verified', 'expired')", name=op.f("ck_permits_state_known")),
        sa.PrimaryKeyConstraint("id", name="pk_permits"),
    )
    op.create_index("ix_permits_gate_member", "permits", ["gate", "member"])
    op.create_index(
        "ix_permits_open",
        "permits",
        ["expires_ms"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
