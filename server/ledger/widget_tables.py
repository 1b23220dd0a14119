"""The table of broadcast widgets (PROTOCOL §2); see `server.ledger.tables`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table

from server.ledger.tables import Id, Ms, Words, metadata

widgets = Table(
    "widgets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("room", Id, ForeignKey("rooms.id"), nullable=False),
    Column("name", Words, nullable=False),
    Column("digest", Words, nullable=False),
    # Raised with every new secret: tickets and connections of an older one are worth nothing.
    Column("generation", Integer, nullable=False),
    Column("made_ms", Ms, nullable=False),
    Column("secret_ms", Ms, nullable=False),
    comment="Broadcast sources that prove themselves by a secret, of which only the digest is kept.",
)
Index("ix_widgets_room", widgets.c.room)
