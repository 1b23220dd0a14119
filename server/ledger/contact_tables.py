"""The table of members' contacts (X8); see `server.ledger.tables`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table

from server.ledger.tables import Id, Ms, Words, metadata

contacts = Table(
    "contacts",
    metadata,
    Column("member", Id, ForeignKey("members.id"), primary_key=True),
    Column("channel", Id, primary_key=True),
    Column("purpose", Id, primary_key=True),
    Column("address", Words, nullable=False),
    Column("since_ms", Ms, nullable=False),
    comment="Consent to be reached, a row per purpose (X8); withdrawn = no row.",
)
Index("ix_contacts_purpose_member", contacts.c.purpose, contacts.c.member)
