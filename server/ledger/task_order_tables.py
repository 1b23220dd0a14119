"""The table of orders that counted for a countdown task (L3). See `server.ledger.tables` for what holds for all of them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table

from server.ledger.tables import Amount, Id, metadata

task_orders = Table(
    "task_orders",
    metadata,
    Column("task", Id, primary_key=True),
    Column("order_id", Id, primary_key=True),
    Column("member", Id, ForeignKey("members.id"), nullable=False),
    Column("target", Integer, nullable=False),
    Column("reward", Amount, nullable=False),
    Column("taken", Amount, nullable=False),
    CheckConstraint("target > 0 AND taken BETWEEN 0 AND reward", name="taken_of_reward"),
    comment="Orders that counted for a countdown task, and what refunds took of the reward one of them reached (L3).",
)
Index("ix_task_orders_member", task_orders.c.member)
