"""Brings back members whom nobody has seen for long (L11)."""

from __future__ import annotations

from collections.abc import Callable

from server.domain.commands import ById, Origin, Recall
from server.domain.days import Calendar
from server.domain.rulebook import Rulebook
from server.jobs.holds import Submits
from server.jobs.runner import Job
from server.ledger.absences import Absences
from server.ledger.due import Due

EVERY_S = 60.0
AT_ONCE = 100
SWITCH = "recall"
SHARE_PERCENT = 50
"""Of the day's coupon budget; the rest is for those who are in the room. The first day of a large programme would
otherwise spend it all before the evening's show, and no level-up would have an offer (L2)."""


def recalling(
    absences: Absences, submit: Submits, rulebook_at: Callable[[int], Rulebook], calendar: Calendar
) -> Job:
    """Return the job.

    Whom two processes recall all the same is recalled once: an absence has one event a day (R2), and the ledger knows
    that it was answered by a recall.
    """

    async def work(now_ms: int) -> int:
        rulebook = rulebook_at(now_ms)
        rule = rulebook.recall
        if rule is None:
            await absences.switched_off(SWITCH)
            return 0
        switched_on_ms = await absences.since(SWITCH, now_ms)
        day = calendar.day_of(now_ms)
        most = AT_ONCE
        if rule.coupon is not None:
            budget = rulebook.budgets
            left = budget.coupons_day * SHARE_PERCENT // 100 - await absences.spent(budget.coupons_name(day))
            most = max(0, min(most, left // rule.coupon.off))
        if not most:
            return 0  # tomorrow
        looked, due = await absences.due(rule, switched_on_ms, now_ms, most)
        if due:
            replay_url = await absences.last_replay()
            await submit([_recall(one, switched_on_ms, replay_url, day, now_ms) for one in due])
        return looked

    return Job("recall", EVERY_S, work)


def _recall(absent: Due, switched_on_ms: int, replay_url: str | None, day: int, now_ms: int) -> Recall:
    origin = Origin(
        source="jobs",
        event=f"recall:{absent.member}:{absent.at_ms}:{day}",
        content="recall",
        received_ms=now_ms,
        actor="jobs",
    )
    return Recall(origin, ById(absent.member), switched_on_ms, replay_url)
