"""What a ledger in memory keeps of a member: all it ever knew, though a batch loads only part of it (`testing`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from server.domain.facts import CommentPosted
from server.domain.state import AwardCount, DayBucket, Member, RecentComment
from server.ids import RuleId
from server.ledger.bulk import Value
from server.ledger.keeping import award_changes, day_changes


def remembered_whole(
    whole: Member | None, before: Member | None, after: Member, comments: Sequence[CommentPosted]
) -> Member:
    """Return `whole` with what the batch changed, which knew only a part of it (`before`).

    `comments` are all that the member has ever posted.
    """
    said = tuple(RecentComment(one.digest, one.at_ms, one.counted) for one in comments)
    if whole is None:
        return replace(after, comments=said)
    days = {bucket.day: bucket for bucket in whole.days}
    for _, day, growth, paid, orders in day_changes(before, after):
        old = days.get(int(day or 0), DayBucket(int(day or 0)))
        days[old.day] = DayBucket(
            old.day, old.growth + _n(growth), old.paid + _n(paid), old.orders + _n(orders)
        )
    awards = dict(whole.awards)
    for _, scope, rule, n, points, growth in award_changes(before, after):
        key = (str(scope), RuleId(str(rule)))
        count = awards.get(key, AwardCount())
        awards[key] = AwardCount(count.n + _n(n), count.points + _n(points), count.growth + _n(growth))
    coupons = {coupon.id: coupon for coupon in (*whole.coupons, *after.coupons)}
    return replace(
        after,
        days=tuple(days[day] for day in sorted(days)),
        awards=awards,
        coupons=tuple(coupons.values()),
        comments=said,
    )


def _n(value: Value) -> int:
    return int(value or 0)
