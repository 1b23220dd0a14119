"""Which orders counted for a countdown task: a refund of any of them counts, not of the last alone (L3, V3)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "task_orders",
        sa.Column("task", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("member", ID, nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("reward", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "target > 0 AND taken BETWEEN 0 AND reward", name="ck_task_orders_taken_of_reward"
        ),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name="fk_task_orders_member"),
        sa.PrimaryKeyConstraint("task", "order_id", name="pk_task_orders"),
        comment="Orders that counted for a countdown task, and what refunds took of the reward one of them reached (L3).",
    )
    op.create_index("ix_task_orders_member", "task_orders", ["member"], unique=False)
