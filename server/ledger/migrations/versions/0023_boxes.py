"""Blind boxes: series, seeds, openings, and tickets for them (P2, P3, E5)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column(
        "members", sa.Column("box_tickets", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column("rewards", sa.Column("contents", sa.Text(), nullable=True))
    op.create_table(
        "box_series",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("opened >= 0", name="ck_box_series_opened_not_negative"),
        sa.PrimaryKeyConstraint("id", name="pk_box_series"),
        comment="One row per series of blind boxes: the row lock under which nonces and pieces are taken (P3).",
    )
    op.create_table(
        "box_seeds",
        sa.Column(
            "series", _ID, sa.ForeignKey("box_series.id", name="fk_box_seeds_series"), primary_key=True
        ),
        sa.Column("day", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.Column("sealed_seed", sa.Text(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=True),
        sa.Column("revealed_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("seed IS NULL OR revealed_ms IS NOT NULL", name="ck_box_seeds_revealed"),
        sa.PrimaryKeyConstraint("series", "day", name="pk_box_seeds"),
        comment="The promised seed of each series and day (P3).",
    )
    op.create_index(
        "ix_box_seeds_day",
        "box_seeds",
        ["day"],
        sqlite_where=sa.text("revealed_ms IS NULL"),
        postgresql_where=sa.text("revealed_ms IS NULL"),
    )
    op.create_table(
        "box_openings",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("member", _ID, sa.ForeignKey("members.id", name="fk_box_openings_member"), nullable=False),
        sa.Column(
            "series", _ID, sa.ForeignKey("box_series.id", name="fk_box_openings_series"), nullable=False
        ),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("client_seed", sa.Text(), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.Column("holds", sa.Integer(), nullable=False),
        sa.Column("prize", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("limited", sa.Boolean(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("redemption", _ID, nullable=True),
        sa.CheckConstraint("nonce > 0 AND holds >= 0 AND points >= 0", name="ck_box_openings_numbered"),
        sa.PrimaryKeyConstraint("id", name="pk_box_openings"),
        sa.UniqueConstraint("series", "nonce", name="uq_box_openings_series_nonce"),
        comment="Opened blind boxes, with all that their proofs need (P3).",
    )
    op.create_index("ix_box_openings_member", "box_openings", ["member"])
    op.create_index(
        "ix_box_openings_series_prize",
        "box_openings",
        ["series", "prize"],
        sqlite_where=sa.text("limited"),
        postgresql_where=sa.text("limited"),
    )
