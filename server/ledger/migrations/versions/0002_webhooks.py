"""Webhook endpoints and what is to be delivered to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "hook_endpoints",
        sa.Column("id", ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("paused_ms", sa.BigInteger(), nullable=True),
        sa.Column("paused_why", sa.Text(), nullable=True),
        sa.Column("deleted_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_hook_endpoints"),
        comment="Who is told by webhook; secrets are sealed. A deleted one stays until its deliveries are gone.",
    )
    op.create_table(
        "hook_deliveries",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("endpoint", ID, nullable=False),
        sa.Column("lane", ID, nullable=False),
        sa.Column("message", ID, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("member", ID, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.Column("tried", sa.Boolean(), nullable=False),
        sa.Column("sending", sa.Boolean(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("began_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'dead')", name="ck_hook_deliveries_state_known"
        ),
        sa.ForeignKeyConstraint(["endpoint"], ["hook_endpoints.id"], name="fk_hook_deliveries_endpoint"),
        sa.PrimaryKeyConstraint("id", name="pk_hook_deliveries"),
        comment="One message for one endpoint: waiting, delivered or a dead letter.",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_hook_deliveries_endpoint_id", "hook_deliveries", ["endpoint", "id"], unique=False)
    op.create_index("ix_hook_deliveries_ended_ms", "hook_deliveries", ["ended_ms"], unique=False)
    _partial("ix_hook_deliveries_due", ["endpoint", "due_ms", "id"], "state = 'waiting'")
    _partial("ix_hook_deliveries_untried", ["endpoint", "lane", "id"], "NOT tried")
    _partial("ix_hook_deliveries_dead", ["id"], "state = 'dead'")
    _partial("ix_hook_deliveries_points", ["lane", "created_ms"], "type = 'points.changed'")


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        name,
        "hook_deliveries",
        columns,
        unique=False,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
