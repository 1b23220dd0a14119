"""Two accounts of one person become one member: what of each stays (X1). Pure.

Balances, buckets and counters are added; of what cannot be added the better, earlier or later one stays,
as the person would have it who had used one account from the beginning. How the survivor is known – id,
author tag and name – stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from server.domain.folding import NOT_YET, by_grant, day_opened
from server.domain.moderation import stricter
from server.domain.rulebook import Rulebook
from server.domain.state import AwardCount, AwardKey, DayBucket, Member, TaskCount, TierHold
from server.ids import MemberId, TierId

KEPT: Final = frozenset({"id", "author", "name", "name_as_of_ms", "version", "merged_into"})
"""Fields of a member that are the survivor's alone. Every other field has a rule in `united`."""


def united(kept: Member, gone: Member, rulebook: Rulebook, today: int) -> Member:
    """Return the survivor with all that `gone` had. Neither's tier may have a year that is over.

    `today` is the day on which the points change hands. Does not judge whether the sum reaches a higher tier.
    """
    both = (kept, gone)
    standing = max(both, key=lambda one: (rulebook.ranks[one.tier], one.tier_until_ms or 0))
    born = min(both, key=lambda one: (one.birthday is None, one.birthday_set_ms or 0))
    elder = min(both, key=lambda one: one.created_ms)
    streak, streak_day = _streak(kept, gone)
    return replace(
        kept,
        created_ms=elder.created_ms,
        tier=standing.tier,
        tier_since_ms=standing.tier_since_ms,
        tier_until_ms=standing.tier_until_ms,
        tier_by_order=standing.tier_by_order,
        warned_until_ms=standing.warned_until_ms,
        birthday=born.birthday,
        birthday_set_ms=born.birthday_set_ms,
        announce_optout=kept.announce_optout or gone.announce_optout,
        boost=_better(kept.boost, gone.boost, rulebook),
        grant=_better(kept.grant, gone.grant, rulebook),
        points=kept.points + gone.points,
        held=kept.held + gone.held,
        days=day_opened(_days(kept, gone), today),
        awards=_awards(kept.awards, gone.awards),
        coupons=tuple(sorted((*kept.coupons, *gone.coupons), key=by_grant)),
        shouted={
            tier: max(one.shouted.get(tier, 0) for one in both)
            for tier in sorted({*kept.shouted, *gone.shouted})
        },
        given={
            perk: max(one.given.get(perk, 0) for one in both) for perk in sorted({*kept.given, *gone.given})
        },
        comments=tuple(sorted((*kept.comments, *gone.comments), key=lambda one: one.at_ms)),
        last_act_ms=max(kept.last_act_ms, gone.last_act_ms),
        last_watch_award_ms=max(kept.last_watch_award_ms, gone.last_watch_award_ms),
        last_watch10_award_ms=max(kept.last_watch10_award_ms, gone.last_watch10_award_ms),
        last_active_ms=max(kept.last_active_ms, gone.last_active_ms),
        first_order_ms=min(
            (one.first_order_ms for one in both if one.first_order_ms is not None), default=None
        ),
        streak=streak,
        streak_day=streak_day,
        box_tickets=kept.box_tickets + gone.box_tickets,
        # Whoever has been here longer was not new when the other account said who brought it.
        invited_by=elder.invited_by,
        invite_open=elder.invite_open,
        tasks=_tasks(kept, gone),
        restrictions=stricter(kept.restrictions, gone.restrictions),
    )


def retired(gone: Member, into: MemberId) -> Member:
    """Return what is left of an account that is part of another: a name that leads there, and nothing to have."""
    return replace(
        gone,
        merged_into=into,
        tier_until_ms=None,
        tier_by_order=None,
        boost=None,
        grant=None,
        points=0,
        held=0,
        days=(),
        awards={},
        coupons=(),
        shouted={},
        comments=(),
        tasks=(),
        restrictions=(),
        given={},
        box_tickets=0,
    )


def _days(kept: Member, gone: Member) -> tuple[DayBucket, ...]:
    """Return what each day brought to either: moved with its day, it ages out as it would have (T11)."""
    days: dict[int, DayBucket] = {}
    for bucket in (*kept.days, *gone.days):
        has = days.get(bucket.day, DayBucket(bucket.day))
        days[bucket.day] = DayBucket(
            bucket.day, has.growth + bucket.growth, has.paid + bucket.paid, has.orders + bucket.orders
        )
    return tuple(days[day] for day in sorted(days))


def _awards(
    kept: Mapping[AwardKey, AwardCount], gone: Mapping[AwardKey, AwardCount]
) -> dict[AwardKey, AwardCount]:
    """Return the counters of both: caps are a person's, not an account's (E8)."""
    awards = dict(kept)
    for key, count in gone.items():
        has = awards.get(key, NOT_YET)
        awards[key] = AwardCount(has.n + count.n, has.points + count.points, has.growth + count.growth)
    return awards


def _tasks(kept: Member, gone: Member) -> tuple[TaskCount, ...]:
    """Return how far both have come together; but what nobody was rewarded for is not done by adding (L3)."""
    tasks = {one.task: one for one in kept.tasks}
    for theirs in gone.tasks:
        mine = tasks.get(theirs.task, theirs)
        count = max(mine.count, theirs.count)
        if mine is not theirs and count < theirs.target:
            count = min(mine.count + theirs.count, theirs.target - 1)
        tasks[theirs.task] = replace(theirs, count=count)
    return tuple(sorted(tasks.values(), key=lambda one: (one.forget_ms, one.task)))


def _streak(kept: Member, gone: Member) -> tuple[int, int]:
    """Return the days in a row on which either checked in, up to the last one (E5)."""
    later, earlier = sorted((kept, gone), key=lambda one: (one.streak_day, one.streak), reverse=True)
    first = later.streak_day - later.streak + 1
    if earlier.streak and earlier.streak_day >= first - 1:
        first = min(first, earlier.streak_day - earlier.streak + 1)
    return (later.streak_day - first + 1 if later.streak else 0), later.streak_day


def _better(one: TierHold | None, other: TierHold | None, rulebook: Rulebook) -> TierHold | None:
    holds = [hold for hold in (one, other) if hold is not None]
    return max(holds, key=lambda hold: (_rank(hold.tier, rulebook), hold.until_ms), default=None)


def _rank(tier: TierId, rulebook: Rulebook) -> int:
    return rulebook.ranks.get(tier, -1)  # a hold may name a tier that the ladder has lost since
