"""The leaderboard of a show: who has grown most in it (L8). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from server.domain.ladder import effective_tier
from server.domain.moderation import is_banned
from server.domain.rulebook import Rulebook
from server.domain.state import Member
from server.ids import AuthorTag, MemberId, RoomId, TierId

MOST: Final = 10
"""Places that a room is shown."""
MOST_ASKED: Final = 100
"""Places that anybody may ask for."""
SPARE: Final = 20
"""So many more are read: a banned member leaves a place to the next."""


@dataclass(frozen=True, slots=True)
class Score:
    """What a member has earned in a show: growth, less what refunds of its orders took back; > 0."""

    member: MemberId
    growth: int


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the leaderboard, as everybody may see it."""

    name: str
    """Empty: not to be named (“神秘用户”)."""
    author: AuthorTag | None
    """None: not to be named."""
    tier: TierId
    score: int


def places(
    scores: Sequence[Score],
    members: Mapping[MemberId, Member],
    room: RoomId,
    rulebook: Rulebook,
    now_ms: int,
    most: int = MOST,
) -> tuple[Place, ...]:
    """Return the first `most` places of `scores`, which stand in their order.

    Who does not want to be named keeps the place without a name; who is banned in the room has none.
    """
    shown: list[Place] = []
    for score in scores:
        member = members.get(score.member)
        if member is None or is_banned(member.restrictions, room, now_ms):
            continue
        hidden = member.announce_optout
        shown.append(
            Place(
                name="" if hidden else member.name,
                author=None if hidden else member.author,
                tier=effective_tier(member, rulebook, now_ms),
                score=score.growth,
            )
        )
        if len(shown) == most:
            break
    return tuple(shown)
