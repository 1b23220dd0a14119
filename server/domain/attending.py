"""Who of the viewers in a room gives the host something to say: close to a tier, just raised, born today (L9). Pure.

Every node keeps what it knows of its own viewers; a member with windows on two nodes is one person, told by the tag
that public frames carry anyway. No names in here: a host congratulates those whom the room itself has named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from server.domain.days import Calendar, date_of
from server.domain.perks import is_birthday
from server.domain.rulebook import Rulebook
from server.domain.state import Member
from server.ids import AuthorTag, TierId

CLOSE_PERCENT: Final = 10
"""Of a tier's entry: who lacks no more of it is close …"""
CLOSE_LEAST: Final = 10
"""… and on the lowest steps, where that is next to nothing, who lacks so much growth: two good comments."""
RAISED_MS: Final = 180_000
"""So long a level-up is news."""


@dataclass(frozen=True, slots=True)
class Here:
    """One member in the room, as far as the host has a word to say of them."""

    author: AuthorTag
    tier: TierId
    """The real one."""
    lacks: int | None = None
    """Growth to the tier above, of who is close; None = nobody to be spoken of for that."""
    raised: TierId | None = None
    """The tier that was shouted out last …"""
    raised_ms: int = 0
    """… and when."""
    born_today: bool = False


@dataclass(frozen=True, slots=True)
class Close:
    """So many of a tier lack at most so much."""

    tier: TierId
    next: TierId
    count: int
    within: int


@dataclass(frozen=True, slots=True)
class Raised:
    tier: TierId
    count: int
    newest_ms: int


@dataclass(frozen=True, slots=True)
class Present:
    """All nodes' viewers of one room together."""

    close: tuple[Close, ...] = ()
    """By tier, the lowest first."""
    raised: tuple[Raised, ...] = ()
    birthdays: int = 0


NOBODY: Final = Present()


def here_of(
    member: Member, lacks: int | None, rulebook: Rulebook, calendar: Calendar, now_ms: int
) -> Here | None:
    """Return what there is to say of `member`; None for most. `lacks` is the growth to the next tier, None at the top.

    Asked at every card, so everything in here is a look at a field.
    """
    above = rulebook.tier_after(member.tier)
    close = lacks is not None and above is not None and 0 < lacks <= reach(above.entry.growth)
    raised, raised_ms = None, 0
    for tier, at_ms in member.shouted.items():
        if now_ms - RAISED_MS < at_ms and at_ms > raised_ms and tier in rulebook.ranks:
            raised, raised_ms = tier, at_ms
    born = member.birthday is not None and is_birthday(member.birthday, date_of(calendar.day_of(now_ms)))
    if not close and raised is None and not born:
        return None
    return Here(member.author, member.tier, lacks if close else None, raised, raised_ms, born)


def reach(entry: int) -> int:
    """Return how much growth may be lacking to `entry` for somebody to be close to it."""
    return max(CLOSE_LEAST, entry * CLOSE_PERCENT // 100)


def present_of(people: Iterable[Here], rulebook: Rulebook, now_ms: int) -> Present:
    """Return what the room holds; a person told twice counts once. Tiers the rulebook does not know are left out."""
    known = {one.author: one for one in people if one.tier in rulebook.ranks}
    lacking: defaultdict[TierId, list[int]] = defaultdict(list)
    raised: defaultdict[TierId, list[int]] = defaultdict(list)
    for one in known.values():
        if one.lacks is not None and one.lacks > 0:
            lacking[one.tier].append(one.lacks)
        if one.raised is not None and one.raised in rulebook.ranks and now_ms - RAISED_MS < one.raised_ms:
            raised[one.raised].append(one.raised_ms)
    close = (
        _close(tier, lacking[tier], rulebook) for tier in sorted(lacking, key=rulebook.ranks.__getitem__)
    )
    return Present(
        tuple(group for group in close if group is not None),
        tuple(
            Raised(tier, len(times), max(times))
            for tier, times in sorted(raised.items(), key=lambda one: -rulebook.ranks[one[0]])
        ),
        sum(one.born_today for one in known.values()),
    )


def _close(tier: TierId, lacking: list[int], rulebook: Rulebook) -> Close | None:
    """Return the narrowest round step that takes in half of them or more: a small number is the better word."""
    above = rulebook.tier_after(tier)
    if above is None:
        return None
    half = sorted(lacking)[(len(lacking) - 1) // 2]
    within = _round_up(half)
    return Close(tier, above.id, sum(lacks <= within for lacks in lacking), within)


def _round_up(lacks: int) -> int:
    """Return the next of 5, 10, 20, 50, 100 …: what is said does not move with every point."""
    step = 5
    while True:
        for times in (1, 2, 4):
            if lacks <= step * times:
                return step * times
        step *= 10
