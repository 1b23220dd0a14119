"""A server of an earlier version that was left running fails at whatever it would write of a member (0087).

Of what stands in the member's row since 0032 it knows nothing: it would take refunds from buckets that are not there,
and count for ever in rows that no update finds. Every commit about a member writes this column, by its name.
"""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.execute("ALTER TABLE members RENAME COLUMN box_tickets TO tickets")
