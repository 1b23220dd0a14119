"""The show an order was paid in, and what a host's figures, the leaderboard and the audit are found by (L8, X7)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
OF_A_SHOW = "substr(scope, 1, 2) = 's:'"
PRESSED = "(substr(actor, 1, 5) = 'host:' OR substr(actor, 1, 9) = 'operator:' OR actor = 'command line')"


def upgrade() -> None:
    op.add_column("orders", sa.Column("show", ID, nullable=True))
    # Each order's own line says which show it was.
    op.execute(
        "UPDATE orders SET show = e.show FROM (SELECT order_id, MAX(show) AS show FROM entries "
        "WHERE rule IN ('order', 'first_order') AND NOT taken_back AND show IS NOT NULL GROUP BY order_id) AS e "
        "WHERE e.order_id = orders.id"
    )
    _index("ix_awards_scope", "awards", ["scope"], OF_A_SHOW)
    _index("ix_orders_show_paid_ms", "orders", ["show", "paid_ms"], "show IS NOT NULL")
    _index("ix_changes_shouted", "changes", ["room", "at_ms"], "kind = 'shouted_out'")
    _index("ix_changes_pressed", "changes", ["id"], PRESSED)


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
