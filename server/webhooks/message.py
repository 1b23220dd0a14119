"""What is sent: the body of a message and its id (Standard Webhooks, PROTOCOL §2). Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Literal

from server.ids import derived
from server.ledger.hook_queue import Message, Told

HookType = Literal[
    "tier.upgraded",
    "tier.will_downgrade",
    "tier.downgraded",
    "tier.moved",
    "points.changed",
    "reward.redeemed",
    "coupon.granted",
    "member.lapsed",
    "task.ended",
    "show.ended",
]
"""PROTOCOL §2: all that can be subscribed to."""


def message_of(told: Told) -> Message:
    """Return what goes to every endpoint for one outbox row.

    The id follows from the row and what it says, so that it is nobody else's: not another programme's at the same
    receiver, nor this one's after a restored backup.
    """
    at = datetime.fromtimestamp(told.at_ms / 1_000, UTC).isoformat(timespec="milliseconds")
    body = {"type": told.type, "timestamp": at.replace("+00:00", "Z"), "data": json.loads(told.body)}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Message(derived("msg", told.id, text), text)
