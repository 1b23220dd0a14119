"""Awards whose points may not be spent yet (E6): what is known of one, and what happens to it. Pure data.

The points count in the balance at once and are held with it until they are due, so every check of what may
be spent stays as it is. What a refund takes of them meanwhile is no longer held either.
"""

from __future__ import annotations

from dataclasses import dataclass

from server.ids import HeldAwardId, MemberId, OrderId, RuleId


@dataclass(frozen=True, slots=True)
class HeldAward:
    id: HeldAwardId
    member: MemberId
    rule: RuleId
    points: int
    """As they were given."""
    left: int
    """Of these still held; 0 = all were released or taken back."""
    due_ms: int
    order: OrderId | None = None
    """The order that gave them; None = behaviour did."""


@dataclass(frozen=True, slots=True)
class AwardHeld:
    """The points of the award just before this may be spent only from its due time on (E6)."""

    award: HeldAward
    at_ms: int

    @property
    def member(self) -> MemberId:
        return self.award.member


@dataclass(frozen=True, slots=True)
class AwardReleased:
    """`points` are no longer held: they are due, or a refund has taken them back (E6, V3)."""

    award: HeldAward
    """As it stands after this."""
    points: int
    at_ms: int

    @property
    def member(self) -> MemberId:
        return self.award.member


HeldAwardFact = AwardHeld | AwardReleased
