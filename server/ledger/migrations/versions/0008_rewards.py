"""The reward shop and who redeemed what (P2)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "rewards",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=True),
        sa.Column("per_member", sa.BigInteger(), nullable=True),
        sa.Column("cooldown_s", sa.BigInteger(), nullable=False),
        sa.Column("off", sa.BigInteger(), nullable=False),
        sa.Column("min", sa.BigInteger(), nullable=False),
        sa.Column("valid_ms", sa.BigInteger(), nullable=False),
        sa.Column("image", sa.Text(), nullable=True),
        sa.Column("order_no", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("cost > 0", name="ck_rewards_cost_positive"),
        sa.CheckConstraint("stock >= 0", name="ck_rewards_stock_not_negative"),
        sa.CheckConstraint("taken >= 0", name="ck_rewards_taken_not_negative"),
        sa.CheckConstraint("state IN ('open', 'closed')", name="ck_rewards_state_known"),
        sa.PrimaryKeyConstraint("id", name="pk_rewards"),
        postgresql_with={"fillfactor": "80"},
        comment="The reward shop; the row lock under which stock is taken (P2).",
    )
    op.create_table(
        "reward_claims",
        sa.Column("id", ID, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("reward", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("coupon", ID, nullable=True),
        sa.CheckConstraint("state IN ('taken', 'cancelled')", name="ck_reward_claims_state_known"),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name="fk_reward_claims_member"),
        sa.ForeignKeyConstraint(["reward"], ["rewards.id"], name="fk_reward_claims_reward"),
        sa.PrimaryKeyConstraint("id", name="pk_reward_claims"),
        comment="Who redeemed which reward, with the terms of that moment (P2).",
    )
    op.create_index(
        "ix_reward_claims_member_reward_at_ms",
        "reward_claims",
        ["member", "reward", "at_ms"],
        unique=False,
        sqlite_where=sa.text("state = 'taken'"),
        postgresql_where=sa.text("state = 'taken'"),
    )
