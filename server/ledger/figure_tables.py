"""Indexes by which a host's figures, the leaderboard and the audit are found (L8, X7). The tables are others'."""

from __future__ import annotations

from sqlalchemy import Index, text

from server.ledger.tables import changes, orders

PRESSED = "(substr(actor, 1, 5) = 'host:' OR substr(actor, 1, 9) = 'operator:' OR actor = 'command line')"
"""Lines of hosts and operators: one in thousands. Queries must say it word for word, else the index is no use."""
SHOUTED = "kind = 'shouted_out'"

Index(
    "ix_orders_show_paid_ms",
    orders.c.show,
    orders.c.paid_ms,
    sqlite_where=orders.c.show.is_not(None),
    postgresql_where=orders.c.show.is_not(None),
)
Index(
    "ix_changes_shouted",
    changes.c.room,
    changes.c.at_ms,
    sqlite_where=text(SHOUTED),
    postgresql_where=text(SHOUTED),
)
Index("ix_changes_pressed", changes.c.id, sqlite_where=text(PRESSED), postgresql_where=text(PRESSED))
