"""Which buckets and counters of a member moved, as rows. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from server.domain.state import EVER, AwardCount, AwardKey, Member
from server.ids import MemberId
from server.ledger.bulk import Row
from server.ledger.in_the_row import Days, older

_NO_AWARDS = AwardCount()


def day_changes(before: Member | None, after: Member) -> list[Row]:
    """Return (member, day, growth, paid, orders) more or less than before, for each bucket that moved.

    Of all buckets: what the tables are told is `older_changes`.
    """
    if before is not None and before.days is after.days:
        return []
    return _changes(before.days if before is not None else (), after.days, after.id)


def older_changes(before: Member | None, after: Member) -> list[Row]:
    """Return the same of those that stand in the table: what is no longer among the newest comes to it whole."""
    if before is not None and before.days is after.days:
        return []
    stood, stand = older(before.days) if before is not None else (), older(after.days)
    # Nearly always the very same: one look, without a word of Python.
    return [] if stood == stand else _changes(stood, stand, after.id)


def _changes(before: Days, after: Days, member: MemberId) -> list[Row]:
    stood = {bucket.day: bucket for bucket in before}
    changes: list[Row] = []
    for bucket in after:
        old = stood.get(bucket.day)
        if old is None:
            changes.append((member, bucket.day, bucket.growth, bucket.paid, bucket.orders))
        elif old != bucket:
            growth, paid, orders = (
                bucket.growth - old.growth,
                bucket.paid - old.paid,
                bucket.orders - old.orders,
            )
            changes.append((member, bucket.day, growth, paid, orders))
    return changes


def awards_moved(
    before: Member | None, after: Member
) -> Iterator[tuple[AwardKey, AwardCount | None, AwardCount]]:
    """Give the key of each counter that moved, what was known of it (None = nothing), and how it stands."""
    if before is not None and before.awards is after.awards:
        return
    stood = before.awards if before is not None else {}
    for key, count in after.awards.items():
        old = stood.get(key)
        # Most counters are untouched, and then the same object: comparing them all cost 3 % of a commit.
        if old is not count and (old or _NO_AWARDS) != count:
            yield key, old, count


@dataclass(frozen=True, slots=True)
class AwardRows:
    """Counters that moved, parted by what is known of their rows: to look for a row is half the cost of writing it."""

    new: list[Row]
    """(member, scope, rule, n, points, growth); there is no such row."""
    known: list[Row]
    """(n, points, growth, member, scope, rule); there is one."""
    unsure: list[Row]
    """As `new`, but what comes on top of a row that may be there: nobody looked."""

    def add(self, before: Member | None, after: Member, scopes: Collection[str]) -> None:
        """Take the counters of one member; those of `scopes` were read whole, under the member's lock."""
        for key, old, count in awards_moved(before, after):
            scope, rule = key
            if scope == EVER:
                continue  # in the member's row
            if old is not None and old != _NO_AWARDS:
                self.known.append((count.n, count.points, count.growth, after.id, scope, rule))
            elif before is None or (old is None and scope in scopes):
                self.new.append((after.id, scope, rule, count.n, count.points, count.growth))
            else:
                self.unsure.append((after.id, scope, rule, count.n, count.points, count.growth))
