"""What somebody is due without having done anything for it just now: birthday pack, coupons of the month and of the
member day, a recall (B4, B6, E11, L11). Pure.

When each was last given stands in `Member.given`. Gifts and coupons look at the settled tier: a boost brings none (P4).
Asked of the hot record by whoever lets a viewer in, so that nothing is written for those who are due nothing; the
decision, under the member's row lock, asks again.
"""

from __future__ import annotations

from calendar import isleap
from datetime import date
from typing import Final

from server.domain.days import DAY_MS, Calendar, date_of
from server.domain.ladder import settled_tier
from server.domain.offers import CouponOffer, RecallRule
from server.domain.pricing import benefit_of
from server.domain.rulebook import Benefit, Rulebook
from server.domain.state import Member

BIRTHDAY_PACK: Final = "birthday_pack"
THRESHOLD_COUPON: Final = "threshold_coupon"

BIRTHDAY: Final = "birthday"
BIRTHDAY_COUPON: Final = "birthday_coupon"
MONTHLY_COUPON: Final = "monthly_coupon"
MEMBER_DAY_COUPON: Final = "member_day_coupon"
_RECALL: Final = "recall:"
RECALLS_KNOWN: Final = 12
"""So many recalls of a member are remembered: as many as a rulebook may allow in a year."""
OWED_DAYS: Final = 7
"""So long a birthday coupon is owed for which the day's budget had no room."""
YEAR_DAYS: Final = 365


def due_on_entry(member: Member, rulebook: Rulebook, calendar: Calendar, now_ms: int) -> tuple[str, ...]:
    """Return what a member who enters a room now is due, in the order it is handed over; nearly always nothing."""
    today = calendar.day_of(now_ms)
    due = []
    if member.birthday is not None and _birthday_due(member, rulebook, calendar, today, now_ms):
        due.append(BIRTHDAY)
    if BIRTHDAY in member.given and _birthday_coupon_due(member, rulebook, calendar, today, now_ms):
        due.append(BIRTHDAY_COUPON)
    if _monthly_due(member, rulebook, calendar, today, now_ms):
        due.append(MONTHLY_COUPON)
    if rulebook.member_day is not None and _member_day_due(member, rulebook, calendar, today):
        due.append(MEMBER_DAY_COUPON)
    return tuple(due)


def birthday_pack(member: Member, rulebook: Rulebook, now_ms: int) -> Benefit | None:
    """Return the pack of the member's settled tier (B4)."""
    return benefit_of(settled_tier(member, rulebook, now_ms), BIRTHDAY_PACK, rulebook)


def monthly_coupon(member: Member, rulebook: Rulebook, now_ms: int) -> CouponOffer | None:
    """Return the coupon that the member's settled tier brings every month (B6)."""
    benefit = benefit_of(settled_tier(member, rulebook, now_ms), THRESHOLD_COUPON, rulebook)
    return None if benefit is None else benefit.coupon


def is_birthday(birthday: str, today: date) -> bool:
    """Whether MM-DD is today; who was born on a 29th of February has the 28th in other years."""
    if birthday == "02-29" and not isleap(today.year):
        birthday = "02-28"
    return birthday == f"{today:%m-%d}"


def recalled_ms(member: Member) -> tuple[int, ...]:
    """Return when the member was recalled, as far as that is remembered."""
    return tuple(at_ms for perk, at_ms in member.given.items() if perk.startswith(_RECALL))


def recall_slot(member: Member) -> str:
    """Return where the next recall is remembered: in place of the oldest."""
    return min(
        (f"{_RECALL}{slot}" for slot in range(RECALLS_KNOWN)), key=lambda slot: member.given.get(slot, 0)
    )


def recallable(member: Member, rule: RecallRule, switched_on_ms: int, now_ms: int) -> bool:
    """Whether the member is to be recalled now: once per absence, so often a year, and not whom nobody expects (L11)."""
    seen_ms = member.last_active_ms
    recalls = recalled_ms(member)
    return (
        now_ms - seen_ms >= rule.absent_ms
        and seen_ms >= switched_on_ms - rule.skip_ms
        and max(recalls, default=0) <= seen_ms
        and sum(at_ms > now_ms - YEAR_DAYS * DAY_MS for at_ms in recalls) < rule.per_year
    )


def awaited_back(member: Member) -> bool:
    """Whether the member was recalled and has done nothing since: whoever enters now is welcomed back."""
    for perk, at_ms in member.given.items():
        if at_ms > member.last_active_ms and perk.startswith(_RECALL):
            return True
    return False


def _birthday_due(member: Member, rulebook: Rulebook, calendar: Calendar, today: int, now_ms: int) -> bool:
    rule = rulebook.birthday
    set_ms = member.birthday_set_ms
    if rule is None or member.birthday is None or set_ms is None:
        return False
    if not is_birthday(member.birthday, date_of(today)):
        return False
    # In days, not in hours: last year's pack may have been handed over later in the day.
    if today - calendar.day_of(set_ms) < rule.set_before_days:
        return False
    last_ms = member.given.get(BIRTHDAY)
    if last_ms is not None and today - calendar.day_of(last_ms) < rule.once_in_days:
        return False
    pack = birthday_pack(member, rulebook, now_ms)
    return pack is not None and (pack.points > 0 or pack.coupon is not None)


def _birthday_coupon_due(
    member: Member, rulebook: Rulebook, calendar: Calendar, today: int, now_ms: int
) -> bool:
    """Whether the pack was handed over lately without its coupon, because the day's budget was spent."""
    pack_ms = member.given.get(BIRTHDAY)
    if pack_ms is None or today - calendar.day_of(pack_ms) > OWED_DAYS:
        return False
    if rulebook.birthday is None or member.given.get(BIRTHDAY_COUPON, 0) >= pack_ms:
        return False
    pack = birthday_pack(member, rulebook, now_ms)
    return pack is not None and pack.coupon is not None


def _monthly_due(member: Member, rulebook: Rulebook, calendar: Calendar, today: int, now_ms: int) -> bool:
    last_ms = member.given.get(MONTHLY_COUPON)
    this = date_of(today)
    # Every join asks, and most had theirs this month: no need to ask a time zone about them.
    if last_ms is not None and now_ms - last_ms < (this.day - 2) * DAY_MS:
        return False
    if monthly_coupon(member, rulebook, now_ms) is None:
        return False
    if last_ms is None:
        return True
    last = date_of(calendar.day_of(last_ms))
    return (last.year, last.month) < (this.year, this.month)


def _member_day_due(member: Member, rulebook: Rulebook, calendar: Calendar, today: int) -> bool:
    rule = rulebook.member_day
    if rule is None or rule.coupon is None or not rule.falls_on(date_of(today)):
        return False
    last_ms = member.given.get(MEMBER_DAY_COUPON)
    return last_ms is None or calendar.day_of(last_ms) < today
