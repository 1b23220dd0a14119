"""Early-access gates and the permits they give (L5, B2). Pure data.

A gate opens at a different time for each tier, all of them public, and its state follows from these times and the
clock: opening needs no message and no store. What may be bought is a permit, which holds one piece until it is
verified or runs out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from server.ids import GateId, MemberId, PermitId, RoomId, TierId

SCHEDULED: Final = "scheduled"
SOLD_OUT: Final = "sold_out"
CANCELLED: Final = "cancelled"
OPEN: Final = "open"
VERIFIED: Final = "verified"
EXPIRED: Final = "expired"

PERMIT_MS: Final = 60_000
"""How long a permit holds its piece (L5: at most 60 s)."""
MOST_SHOWN: Final = 10
"""Gates of a room at a time."""
MOST_STOCK: Final = 1_000_000
PER_MEMBER: Final = 1
"""Pieces for one member, unless whoever opens the gate says otherwise: early pieces are for many, not for the quickest."""
MOST_PER_MEMBER: Final = 1_000


@dataclass(frozen=True, slots=True)
class Gate:
    """What everybody sees of a gate."""

    id: GateId
    room: RoomId
    sku: str
    title: str
    price: int
    """Minor units."""
    public_ms: int
    """When it opens to everybody."""
    opens: tuple[tuple[TierId, int], ...]
    """When it opens to each tier of the ladder, none later than `public_ms` (B2)."""
    stock: int
    early: int
    """Pieces that may go before `public_ms` (L5: ≤ 30 % of the stock)."""
    state: str = SCHEDULED

    def opens_to(self, tier: TierId) -> int:
        """Return when the gate opens to `tier`; a tier that came into the ladder since waits for the public."""
        return dict(self.opens).get(tier, self.public_ms)


@dataclass(frozen=True, slots=True)
class GateStand:
    """A gate under its lock, with what nobody sees of it."""

    gate: Gate
    link: str
    """Sealed: it stays here until a permit is given (L5)."""
    verified: int = 0
    verified_early: int = 0
    held: int = 0
    """Permits that are open and have not run out …"""
    held_early: int = 0
    """… and those of them given before `public_ms`."""
    per_member: int | None = None
    """Pieces one member may buy here; None = no end."""
    version: int = 0
    """Raised with every permit given, used or run out: of two numbers of what is left the newer wins."""

    @property
    def left(self) -> int:
        """Pieces that a permit can still be had for: stock − verified − open."""
        return max(0, self.gate.stock - self.verified - self.held)

    @property
    def early_left(self) -> int:
        return max(0, self.gate.early - self.verified_early - self.held_early)


@dataclass(frozen=True, slots=True)
class Permit:
    """The right of one member to buy one piece, once, for a minute."""

    id: PermitId
    gate: GateId
    room: RoomId
    member: MemberId
    sku: str
    tier: TierId
    """The settled one it was given to, for the audit."""
    early: bool
    given_ms: int
    expires_ms: int
    state: str = OPEN


def holds(permit: Permit, now_ms: int) -> bool:
    """Whether the permit holds a piece: it was neither used nor has it run out."""
    return permit.state == OPEN and permit.expires_ms > now_ms
