"""The reward shop's tables (P2); see `server.ledger.tables` for how values are kept."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table

from server.ledger.tables import Amount, Id, Ms, Words, metadata

rewards = Table(
    "rewards",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("cost", Amount, nullable=False),
    Column("stock", Amount),
    Column("per_member", Amount),
    Column("cooldown_s", Amount, nullable=False),
    # Of a coupon; 0 = it is none.
    Column("off", Amount, nullable=False),
    Column("min", Amount, nullable=False),
    Column("valid_ms", Ms, nullable=False),
    # Of a blind box: what it may hold, JSON; null = it is none.
    Column("contents", Words),
    Column("image", Words),
    Column("order_no", Integer, nullable=False),
    Column("state", Words, nullable=False),
    Column("taken", Amount, nullable=False),
    Column("rev", Amount, nullable=False),
    CheckConstraint("cost > 0", name="cost_positive"),
    CheckConstraint("stock >= 0", name="stock_not_negative"),
    CheckConstraint("taken >= 0", name="taken_not_negative"),
    CheckConstraint("state IN ('open', 'closed')", name="state_known"),
    postgresql_with={"fillfactor": "80"},
    comment="The reward shop; the row lock under which stock is taken (P2).",
)

reward_claims = Table(
    "reward_claims",
    metadata,
    Column("id", Id, primary_key=True),
    Column("member", Id, ForeignKey("members.id"), nullable=False),
    Column("reward", Id, ForeignKey("rewards.id"), nullable=False),
    Column("name", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("cost", Amount, nullable=False),
    Column("at_ms", Ms, nullable=False),
    Column("state", Words, nullable=False),
    Column("coupon", Id),
    CheckConstraint("state IN ('taken', 'cancelled')", name="state_known"),
    comment="Who redeemed which reward, with the terms of that moment (P2).",
)
# Limits and cooldowns: what one member has of one reward.
Index(
    "ix_reward_claims_member_reward_at_ms",
    reward_claims.c.member,
    reward_claims.c.reward,
    reward_claims.c.at_ms,
    sqlite_where=reward_claims.c.state == "taken",
    postgresql_where=reward_claims.c.state == "taken",
)
