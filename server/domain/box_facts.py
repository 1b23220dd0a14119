"""What has happened to blind boxes (P2, P3, E5): see `facts`, through which all are reached."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.boxes import BoxOpening, BoxSeed, BoxSeries
from server.ids import MemberId, RoomId


@dataclass(frozen=True, slots=True)
class BoxTicketGiven:
    """One box more that the member may open for nothing (E5)."""

    member: MemberId
    day: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class BoxSeedPromised:
    """The commitment of a day's seed is public from now on; nobody has opened a box with it."""

    series: BoxSeries
    seed: BoxSeed
    at_ms: int


@dataclass(frozen=True, slots=True)
class BoxSeedRevealed:
    """The day is over and its seed public, or lost; `seed` as it stands after this."""

    seed: BoxSeed
    at_ms: int


@dataclass(frozen=True, slots=True)
class BoxOpened:
    """A box was opened; points and coupons in it follow as `Awarded` and `CouponGranted`."""

    member: MemberId
    series: BoxSeries
    """As it stands after this."""
    opening: BoxOpening
    room: RoomId | None
    """Where it was opened; None = no room whose show is live."""
    at_ms: int

    @property
    def by_ticket(self) -> bool:
        return self.opening.redemption is None


BoxMemberFact = BoxTicketGiven | BoxOpened
BoxSeedFact = BoxSeedPromised | BoxSeedRevealed
BoxFact = BoxMemberFact | BoxSeedFact
