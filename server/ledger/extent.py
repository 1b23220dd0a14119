"""How much of a member is read: how far back, and which award counters. Pure.

A member's history is long, what can decide something is short: the rolling window's days, the counters of
the day, of the show at hand and for ever, coupons that still live, the comments of the last minutes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from server.domain.folding import REPEAT_MS
from server.domain.state import Member
from server.domain.world import World
from server.ids import MemberId
from server.ledger.batch import Asked

Scope = tuple[MemberId, str]
"""A member and a scope of their award counters: ``d<day>``, ``s:<show>`` or ``total``."""


@dataclass(frozen=True, slots=True)
class Since:
    """How far back a member is read."""

    at_ms: int
    """Coupons that expired by then stay away, and comments well before it."""
    day: int
    """The first day bucket."""


def since_of(asked: Sequence[Asked], world: World) -> Since:
    """Return what the earliest command of a batch looks back to (a batch may stand on both sides of a midnight)."""
    at_ms = min(one.at_ms for one in asked)
    return Since(at_ms, world.calendar.day_of(at_ms) - world.rulebook.year.window_days)


def scopes_of(asked: Sequence[Asked], world: World, members: Collection[MemberId]) -> set[Scope]:
    """Return the counters that may decide something: of the day, for ever, and of the shows people act in.

    `world` must hold the rooms of `asked`.
    """
    days = {f"d{world.calendar.day_of(one.at_ms)}" for one in asked}
    scopes = {(member, scope) for member in members for scope in (*days, "total")}
    for one in asked:
        if one.who is None:
            continue
        scopes.update((one.who, f"s:{show}") for show in one.needs.shows)
        for room in one.needs.rooms:
            known = world.rooms.get(room)
            if known is not None and known.show is not None:
                scopes.add((one.who, f"s:{known.show.id}"))
    return scopes


def within(member: Member, since: Since, scopes: Collection[str]) -> Member:
    """Return `member` as reading with this extent would give it, if it holds at least as much."""
    return replace(
        member,
        days=tuple(bucket for bucket in member.days if bucket.day >= since.day),
        awards={key: count for key, count in member.awards.items() if key[0] in scopes},
        coupons=tuple(
            coupon for coupon in member.coupons if coupon.used_by is None and coupon.expires_ms > since.at_ms
        ),
        comments=tuple(comment for comment in member.comments if comment.at_ms > since.at_ms - REPEAT_MS),
    )
