"""How members may be reached, and for what (X8)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("member", ID, nullable=False),
        sa.Column("channel", ID, nullable=False),
        sa.Column("purpose", ID, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["members.id"], name="fk_contacts_member"),
        sa.PrimaryKeyConstraint("member", "channel", "purpose", name="pk_contacts"),
        comment="Consent to be reached, a row per purpose (X8); withdrawn = no row.",
    )
    op.create_index("ix_contacts_purpose_member", "contacts", ["purpose", "member"], unique=False)
