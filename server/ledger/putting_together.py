"""What a ledger in memory keeps of a member: all it ever knew, though a batch loads only part of it (`testing`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from server.domain.facts import CommentPosted
from server.domain.folding import by_grant
from server.domain.state import AwardCount, DayBucket, Member, RecentComment
from server.ledger.bulk import Value
from server.ledger.counter_rows import awards_moved, day_changes


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
    for key, known, now in awards_moved(before, after):
        was, count = known or AwardCount(), awards.get(key, AwardCount())
        more = (now.n - was.n, now.points - was.points, now.growth - was.growth)
        awards[key] = AwardCount(count.n + more[0], count.points + more[1], count.growth + more[2])
    coupons = {coupon.id: coupon for coupon in (*whole.coupons, *after.coupons)}
    return replace(
        after,
        days=tuple(days[day] for day in sorted(days)),
        awards=awards,
        coupons=tuple(sorted(coupons.values(), key=by_grant)),
        comments=said,
    )


def _n(value: Value) -> int:
    return int(value or 0)
