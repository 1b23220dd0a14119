"""A member's mutes and bans ⇄ JSON text (L13). Pure; see `rows`."""

from __future__ import annotations

import json

from server.domain.moderation import Restriction
from server.domain.state import Member
from server.ids import RoomId
from server.ledger.packing import packed


def restrictions_text(member: Member) -> str | None:
    """Nearly everybody has none: nothing is written then, and nothing parsed."""
    if not member.restrictions:
        return None
    return packed([[one.room, one.kind, one.until_ms] for one in member.restrictions])


def restrictions_of(text: str | None) -> tuple[Restriction, ...]:
    if text is None:
        return ()
    return tuple(
        Restriction(None if room is None else RoomId(room), kind, until_ms)
        for room, kind, until_ms in json.loads(text)
    )
