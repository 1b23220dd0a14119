"""Names of things as types, and ids that follow from what caused them.

Our ids are strings of at most 64 of ``[A-Za-z0-9_.:-]``; ids of others (orders, SKUs, openids,
event ids, sources) are 1–256 printable characters (PROTOCOL, Values).
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import NewType

MemberId = NewType("MemberId", str)
AuthorTag = NewType("AuthorTag", str)
"""Stands for a member in public frames; cannot be turned back into the member id without the ledger."""
TierId = NewType("TierId", str)
RuleId = NewType("RuleId", str)
RoomId = NewType("RoomId", str)
ShowId = NewType("ShowId", str)
OrderId = NewType("OrderId", str)
CouponId = NewType("CouponId", str)
RedemptionId = NewType("RedemptionId", str)
RewardId = NewType("RewardId", str)
FirstNId = NewType("FirstNId", str)
TaskId = NewType("TaskId", str)
DrawId = NewType("DrawId", str)
PollId = NewType("PollId", str)
GateId = NewType("GateId", str)
PermitId = NewType("PermitId", str)
GiftId = NewType("GiftId", str)
HeldAwardId = NewType("HeldAwardId", str)
SeriesId = NewType("SeriesId", str)
"""A series of blind boxes: the reward they are redeemed as, or the tickets'."""
OpeningId = NewType("OpeningId", str)

_OURS = re.compile(r"[A-Za-z0-9_.:-]{1,64}\Z")


def is_our_id(text: str) -> bool:
    """Whether `text` may name something of ours on the wire."""
    return _OURS.match(text) is not None


def is_foreign_id(text: str) -> bool:
    """Whether `text` may be an id that another system gave: 1–256 printable characters."""
    return 1 <= len(text) <= 256 and text.isprintable()


def derived(prefix: str, *causes: str | int) -> str:
    """Return the id that follows from its causes: the same causes give the same id, on every node.

    Deciding the same command again therefore names the same coupon or member (R2), and the core needs
    no random source. 80 bits: a collision within one programme is not expected in its lifetime.
    """
    digest = blake2b("\x1f".join(str(cause) for cause in causes).encode(), digest_size=10)
    return f"{prefix}_{digest.hexdigest()}"
