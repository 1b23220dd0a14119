"""What of a member's buckets and counters stands in the member's own row, as text (decision 0087). Pure.

Whatever a member does changes their row. What changes with it each time stands there too, so that it costs no page of
its own: the newest day buckets, and how often each rule has ever paid. The newest buckets are those of the newest
block of `BLOCK` days; when a member comes in a later block, those of the block before go to the table `days`, all at
once. Which stand where follows from the buckets alone: nothing else has to be remembered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from server.domain.folding import award_key
from server.domain.state import EVER, AwardCount, AwardKey, DayBucket
from server.ids import RuleId

BLOCK: Final = 8
"""Days, counted from 1970-01-01."""

Days = tuple[DayBucket, ...]

ALL_DAYS: Final = {
    "sqlite": "(SELECT member, day, growth, paid, orders FROM days UNION ALL SELECT m.id, d.value ->> 0, d.value ->> 1, "
    "d.value ->> 2, d.value ->> 3 FROM members m, json_each(m.newest_days) d WHERE m.newest_days IS NOT NULL)",
    "postgresql": "(SELECT member, day, growth, paid, orders FROM days UNION ALL SELECT m.id, (d ->> 0)::int, "
    "(d ->> 1)::bigint, (d ->> 2)::bigint, (d ->> 3)::int FROM members m "
    "CROSS JOIN LATERAL json_array_elements(m.newest_days::json) d WHERE m.newest_days IS NOT NULL)",
}
"""Every bucket of every member, wherever it stands, as a subquery in each dialect."""
_EVER_AS_JSON: Final = """'{"' || replace(replace(m.ever, ':', '":'), ',', ',"') || '}'"""
ALL_EVER: Final = {
    "sqlite": "(SELECT m.id AS member, e.key AS rule, e.value AS n FROM members m, "
    f"json_each({_EVER_AS_JSON}) e WHERE m.ever IS NOT NULL)",
    "postgresql": "(SELECT m.id AS member, e.key AS rule, e.value::int AS n FROM members m "
    f"CROSS JOIN LATERAL json_each_text(({_EVER_AS_JSON})::json) e WHERE m.ever IS NOT NULL)",
}
"""Every counter for ever: member, rule, n."""


def newest(days: Days) -> Days:
    """Return the buckets that stand in the row of who has `days`, ascending."""
    return days[len(days) - _so_many(days) :]


def older(days: Days) -> Days:
    """Return those that stand in the table."""
    return days[: len(days) - _so_many(days)]


def _so_many(days: Days) -> int:
    if not days:
        return 0
    first = days[-1].day // BLOCK * BLOCK
    so_many = 0
    for bucket in reversed(days):
        if bucket.day < first:
            break
        so_many += 1
    return so_many


def days_text(days: Days) -> str | None:
    """Return the newest buckets as JSON, [[day, growth, paid, orders], …]; None = there are none."""
    if not days:
        return None
    written = [f"[{one.day},{one.growth},{one.paid},{one.orders}]" for one in newest(days)]
    return f"[{','.join(written)}]"


def days_of(text: str | None) -> Days:
    return () if text is None else tuple(DayBucket(*one) for one in json.loads(text))


def ever_text(awards: Mapping[AwardKey, AwardCount]) -> str | None:
    """Return ``rule:n,rule:n`` in whichever order; None = nothing was ever paid.

    No JSON: quotes would have to be escaped one by one in PostgreSQL's arrays, and no rule that is counted for ever
    has a colon or comma in its name.
    """
    return ",".join([f"{key[1]}:{count.n}" for key, count in awards.items() if key[0] == EVER]) or None


def ever_of(text: str | None) -> dict[AwardKey, AwardCount]:
    if text is None:
        return {}
    counts = (one.split(":") for one in text.split(","))
    return {award_key(EVER, RuleId(rule)): AwardCount(int(n)) for rule, n in counts}
