"""How much of a member is read: how far back, and which award counters. Pure.

A member's history is long, what can decide something is short: the rolling window's days, the counters of
the day, of the show at hand and for ever, coupons that still live, the comments of the last minutes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from server.domain.folding import REPEAT_MS
from server.domain.rulebook import Rulebook
from server.domain.state import EVER, Coupon, Member
from server.domain.world import World
from server.ids import MemberId, ShowId
from server.ledger.batch import Asked
from server.ledger.in_the_row import BLOCK

LATE_DAYS = 31
"""A server may have been away so long and still judge a year by all that counted when it ended (T6)."""

Scopes = Mapping[MemberId, frozenset[str]]
"""Of each member, the scopes of award counters that are read: ``d<day>``, ``s:<show>`` or ``total``."""

NO_SCOPES: frozenset[str] = frozenset()
"""Of a member whom the batch met without having expected them: their counters may be incomplete."""


@dataclass(frozen=True, slots=True)
class Since:
    """How far back a member is read."""

    at_ms: int
    """Coupons that expired by then stay away, and comments well before it."""
    day: int
    """The first day bucket; the newest ones, which stand in the member's row, come whatever their day."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What the members of one batch are read with."""

    since: Since
    scopes: Scopes


def since_of(asked: Sequence[Asked], world: World) -> Since:
    """Return what the earliest command of a batch looks back to (a batch may stand on both sides of a midnight)."""
    at_ms = min(one.at_ms for one in asked)
    return since(at_ms, world.calendar.day_of(at_ms), world.rulebook)


def since(at_ms: int, day: int, rulebook: Rulebook) -> Since:
    """Return how far back a member is read at a time that falls in `day`."""
    return Since(at_ms, day - rulebook.year.window_days - LATE_DAYS)


def scopes_of(
    asked: Sequence[Asked], world: World, members: Collection[MemberId], shown: Collection[str] = NO_SCOPES
) -> Scopes:
    """Return the counters that may decide something: of the day, for ever, and of the shows people act in.

    `world` must hold the rooms of `asked`. `shown`: those that cards need besides (`scopes_on_air`).
    """
    of_all = frozenset((EVER, *shown, *(f"d{world.calendar.day_of(one.at_ms)}" for one in asked)))
    shows: dict[MemberId, set[str]] = {}
    for one in asked:
        if one.who is None:
            continue
        acting_in = {f"s:{show}" for show in one.needs.shows}
        for room in one.needs.rooms:
            known = world.rooms.get(room)
            if known is not None and known.show is not None:
                acting_in.add(f"s:{known.show.id}")
        # Whom it may bring something, too: an invitation is the newcomer's act and the inviter's award.
        for who in one.needs.members if one.who in one.needs.members else (one.who,):
            shows.setdefault(who, set()).update(acting_in)
    # Most members of a batch act in the same shows: one set for all of them, not one each.
    together = {acting_in: of_all | acting_in for acting_in in map(frozenset, shows.values())}
    return {member: together[frozenset(shows[member])] if member in shows else of_all for member in members}


def scopes_on_air(shows: Iterable[ShowId]) -> frozenset[str]:
    """Return the counters of `shows`, which are all that are on air: where a rule has a cap of the show, a member's
    card says what is left of it in whichever they watch, though they may have done something else last (E8)."""
    return frozenset(f"s:{show}" for show in shows)


def within(member: Member, since: Since, scopes: Collection[str]) -> Member:
    """Return `member` as reading with this extent would give it, if it holds at least as much: what stands in the
    row is always read, however old (`in_the_row`).

    Nearly always that is the member itself: what is asked for is what was asked for a moment ago.
    """
    if not _exceeds(member, since, scopes):
        return member
    newest = member.days[-1].day // BLOCK if member.days else 0
    return replace(
        member,
        days=tuple(
            bucket for bucket in member.days if bucket.day >= since.day or bucket.day // BLOCK == newest
        ),
        awards={key: count for key, count in member.awards.items() if key[0] in scopes or key[0] == EVER},
        coupons=tuple(coupon for coupon in member.coupons if _lives(coupon, since.at_ms)),
        comments=tuple(comment for comment in member.comments if comment.at_ms > since.at_ms - REPEAT_MS),
    )


def _exceeds(member: Member, since: Since, scopes: Collection[str]) -> bool:
    """Whether `member` holds anything that lies outside this extent."""
    # Loops and early ends: asked of every member of every batch, and most hold neither coupon nor comment.
    days = member.days
    if days and days[0].day < since.day and days[0].day // BLOCK != days[-1].day // BLOCK:
        return True
    for scope, _ in member.awards:
        if scope not in scopes and scope != EVER:
            return True
    for coupon in member.coupons:
        if not _lives(coupon, since.at_ms):
            return True
    return bool(member.comments) and any(
        comment.at_ms <= since.at_ms - REPEAT_MS for comment in member.comments
    )


def _lives(coupon: Coupon, at_ms: int) -> bool:
    return coupon.used_by is None and coupon.expires_ms > at_ms
