"""What a room is shown of redeemed rewards: one moment per reward, folded when many take it (P2, DESIGN §3 step 8). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from server.domain.facts import RewardRedeemed
from server.domain.phrases import Hint, Param
from server.ids import AuthorTag, RewardId, RoomId


@dataclass(frozen=True, slots=True)
class Redeemed:
    """One member, or (`count` > 1) several, took a reward."""

    room: RoomId
    reward: RewardId
    reward_name: str
    author: AuthorTag
    """Of the one who is named."""
    name: str
    """Empty: not to be named."""
    count: int
    at_ms: int
    """When the first of them took it."""


def shown(fact: RewardRedeemed) -> Redeemed | None:
    """Return what the room sees of it; None when nobody is there to see: redeemed in no live room."""
    if fact.room is None:
        return None
    claim = fact.claim
    return Redeemed(fact.room, claim.reward, claim.name, fact.author, fact.name, 1, fact.at_ms)


def folded(some: Iterable[Redeemed]) -> list[Redeemed]:
    """Return one per reward of a room: the first who may be named stands for all."""
    folds: dict[tuple[RoomId, RewardId], Redeemed] = {}
    for one in some:
        key = (one.room, one.reward)
        fold = folds.get(key)
        if fold is None:
            folds[key] = one
            continue
        named = one if not fold.name and one.name else fold
        folds[key] = replace(fold, author=named.author, name=named.name, count=fold.count + one.count)
    return list(folds.values())


def says(one: Redeemed) -> Hint:
    params: tuple[tuple[str, Param], ...] = (("name", one.name), ("reward", one.reward_name))
    if one.count == 1:
        return Hint("redeemed.one", params)
    return Hint("redeemed.many", (*params, ("count", one.count)))
