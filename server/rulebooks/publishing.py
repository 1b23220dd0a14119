"""Whether a rulebook may take force at a time. Pure. Rules X3, P6."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.domain.days import DAY_MS
from server.domain.rulebook import Rulebook
from server.ids import TierId
from server.rulebooks.schedule import LEAD_MS, Schedule


@dataclass(frozen=True, slots=True)
class NotYet:
    """Why it may not."""

    code: str
    """``too_soon`` · ``notice_too_short`` · ``tier_missing``."""
    message: str
    earliest_ms: int | None = None
    """When it may; None = at no time."""


def refused(rulebook: Rulebook, effective_ms: int, schedule: Schedule, now_ms: int) -> NotYet | None:
    """Return why `rulebook` may not be published now to take force at `effective_ms`; None = it may."""
    missing = tiers_lost(rulebook, effective_ms, schedule, now_ms)
    if missing:
        return NotYet(
            "tier_missing",
            f"ladder: {', '.join(missing)} is missing, and members may stand there; keep the id, or say in "
            f"tier_map which tier they have then, e.g. {{{', '.join(_example(missing, rulebook))}}}",
        )
    if effective_ms < now_ms + LEAD_MS:
        return NotYet(
            "too_soon",
            f"effective_from_ms: at least {LEAD_MS // 1_000} s ahead, so that every server knows it in time",
            earliest(rulebook, schedule, now_ms),
        )
    notice_ms = schedule.at(now_ms).rulebook.spending.notice_ms
    rate = rulebook.spending.points_per_unit
    announced = schedule.rate_at(effective_ms)
    if rate != announced and effective_ms < now_ms + notice_ms:
        return NotYet(
            "notice_too_short",
            f"spending.points_per_unit: {rate} instead of {announced} needs {notice_ms // DAY_MS} days' notice",
            now_ms + notice_ms,
        )
    return None


def earliest(rulebook: Rulebook, schedule: Schedule, now_ms: int) -> int:
    """Return the earliest time at which `rulebook` may take force if it is published now."""
    soon_ms = now_ms + LEAD_MS
    if rulebook.spending.points_per_unit == schedule.rate_at(soon_ms):
        return soon_ms
    return now_ms + schedule.at(now_ms).rulebook.spending.notice_ms


def tiers_lost(rulebook: Rulebook, effective_ms: int, schedule: Schedule, now_ms: int) -> tuple[TierId, ...]:
    """Return the tiers on which members may stand by `effective_ms` and which `rulebook` says nothing of.

    Those of still earlier rulebooks are among them, as `tier_map` has them: not everybody was moved since, perhaps.
    """
    before = [
        schedule.at(now_ms),
        *(one for one in schedule.coming(now_ms) if one.effective_ms <= effective_ms),
    ]
    standing = {tier: None for one in before for tier in one.rulebook.ranks}
    return tuple(tier for tier in standing if tier not in rulebook.ranks)


def _example(missing: Sequence[TierId], rulebook: Rulebook) -> Iterator[str]:
    return (f'"{tier}": "{rulebook.lowest}"' for tier in missing)
