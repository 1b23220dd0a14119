"""What must be loaded and locked before a command can be decided. Pure data; filled by `needs_of`.

The journal unions the needs of a batch, loads them set-based in a fixed lock order (members by id, then orders, rooms, budgets)
and hands the resulting `World` to the deciders.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from server.ids import MemberId, OrderId, RoomId, ShowId


@dataclass(frozen=True, slots=True)
class Needs:
    members: frozenset[MemberId] = field(default=frozenset())
    orders: frozenset[OrderId] = field(default=frozenset())
    """Their members are loaded too: an order may belong to somebody else than its refund says."""
    rooms: frozenset[RoomId] = field(default=frozenset())
    shows: frozenset[ShowId] = field(default=frozenset())
    texts: frozenset[tuple[RoomId, str]] = field(default=frozenset())
    """(room, digest) of comments: who else said this within 60 s (E9)."""
    budgets: frozenset[str] = field(default=frozenset())
    """Read without a lock; charged conditionally just before the commit."""
