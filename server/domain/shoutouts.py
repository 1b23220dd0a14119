"""Which level-ups a room sees, how many singly, and what a fold says (L2, DESIGN §3 step 8). Pure.

The caller asks a pacer for as many slots as `wanted` says, gives what was granted to `paced`, and keeps
what it hands back in `waiting` until the next slot is free. Nothing here is numbered yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from server.domain.facts import FirstNTaken, ShoutedOut
from server.domain.money import Money
from server.domain.phrases import Hint, Param
from server.domain.rulebook import Rulebook
from server.domain.state import Coupon
from server.ids import AuthorTag, TierId

WINDOW_MS: Final = 60_000
"""The minute of “at most 10 a minute” (L2)."""


@dataclass(frozen=True, slots=True)
class Shout:
    """One level-up moment of a room: of one member, or (`count` > 1) of several to the same tier."""

    author: AuthorTag
    """Of the one who is named."""
    name: str
    """Empty: not to be named."""
    tier: TierId
    count: int
    coupon: Coupon | None
    """What its offer is (title and amount off); bound to the one who got it, so its id never goes out."""
    at_ms: int
    """When the first of them was reached."""
    is_test: bool


@dataclass(frozen=True, slots=True)
class Paced:
    now: tuple[Shout, ...]
    waiting: tuple[Shout, ...]
    """Folded by tier; to be given to the next `paced` of this room."""


def shown(shout: ShoutedOut, rulebook: Rulebook) -> Shout | None:
    """Return the moment of `shout`; None when no room sees it: not live, or below the operator's tier (L2)."""
    ranks = rulebook.ranks
    if shout.room is None or ranks[shout.tier] < ranks[rulebook.level_up.from_tier]:
        return None
    return Shout(shout.author, shout.name, shout.tier, 1, shout.coupon, shout.at_ms, shout.is_test)


def wanted(fresh: Sequence[Shout], waiting: Sequence[Shout]) -> int:
    """Return how many slots of the room's minute would show all of it."""
    return len(fresh) + len(waiting)


def paced(fresh: Sequence[Shout], waiting: Sequence[Shout], granted: int, rulebook: Rulebook) -> Paced:
    """Spend `granted` slots: single moments as long as they last, the rest folded by tier.

    What has waited goes before what is fresh; without a slot the highest tier goes first. Nobody is
    lost: the counts of `now` and `waiting` together are those of what was given.
    """
    for single in range(min(len(fresh), granted), -1, -1):
        folds = folded((*waiting, *fresh[single:]))
        if single + len(folds) <= granted:
            return Paced((*folds, *fresh[:single]), ())
    folds = sorted(folded((*waiting, *fresh)), key=lambda fold: -rulebook.ranks[fold.tier])
    return Paced(tuple(folds[:granted]), tuple(folds[granted:]))


def folded(shouts: Sequence[Shout]) -> list[Shout]:
    """Return one moment per tier: the first who may be named stands for all. Tests never mix with real ones."""
    folds: dict[tuple[TierId, bool], Shout] = {}
    for shout in shouts:
        key = (shout.tier, shout.is_test)
        fold = folds.get(key)
        if fold is None:
            folds[key] = shout
            continue
        named = shout if not fold.name and shout.name else fold
        folds[key] = replace(
            fold,
            author=named.author,
            name=named.name,
            count=fold.count + shout.count,
            # An offer that only some of them got is not promised to all.
            coupon=fold.coupon if shout.coupon is not None else None,
        )
    return list(folds.values())


def place_says(taken: FirstNTaken) -> Hint:
    """Return the sentence of a place in a first-N campaign (L4)."""
    campaign = taken.campaign
    return Hint(
        "shout.first_n",
        (("name", taken.name), ("taken", taken.place), ("points", campaign.points)),
    )


def says(shout: Shout, rulebook: Rulebook) -> Hint:
    """Return the sentence of a moment, with its call to action where there is an offer (L2)."""
    params: tuple[tuple[str, Param], ...] = (("name", shout.name), ("tier", rulebook.tier(shout.tier).name))
    key = "shout.level_up"
    if shout.count > 1:
        key += "_many"
        params += (("count", shout.count),)
    if shout.coupon is not None:
        key += "_offer"
        params += (("off", Money(shout.coupon.off, rulebook.currency)),)
    return Hint(key, params)
