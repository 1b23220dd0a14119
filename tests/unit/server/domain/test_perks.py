"""Who is due what without having done anything for it just now."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from server.domain.offers import CouponOffer, RecallRule
from server.domain.perks import (
    RECALLS_KNOWN,
    awaited_back,
    due_on_entry,
    is_birthday,
    recall_slot,
    recallable,
)
from server.domain.rulebook import Rulebook
from server.domain.state import Member, TierHold
from server.ids import TierId
from tests.unit.server.domain.builders import (
    DAY,
    HOUR,
    NOW,
    SECOND,
    a_member,
    jifen,
    shanghai,
    with_member_day,
)

LONG_AGO = NOW - 90 * DAY
COUPON = CouponOffer("会员日券", 300, 0, DAY)


def due(member: Member, now_ms: int = NOW, rulebook: Rulebook | None = None) -> tuple[str, ...]:
    return due_on_entry(member, rulebook or jifen(), shanghai(), now_ms)


def born(birthday: str = "01-22", *, tier: str = "silver", set_ms: int = LONG_AGO) -> Member:
    """A member who had this month's coupon already."""
    member = a_member(tier=tier)
    return replace(member, birthday=birthday, birthday_set_ms=set_ms, given={"monthly_coupon": NOW - DAY})


def having(member: Member, **given: int) -> Member:
    return replace(member, given={**member.given, **given})


@pytest.mark.parametrize(
    "tier, packs",
    [
        ("basic", ()),
        ("bronze", ()),
        ("silver", ("birthday",)),
        ("gold", ("birthday",)),
        ("black", ("birthday",)),
    ],
)
def test_B4_the_pack_is_due_on_the_birthday_from_silver_up(tier: str, packs: tuple[str, ...]) -> None:
    due_first = tuple(perk for perk in due(born(tier=tier)) if perk == "birthday")
    assert due_first == packs


def test_B4_the_birthday_is_a_day_of_the_programme() -> None:
    midnight = NOW + 4 * HOUR
    member = born("01-23")
    assert [due(member, at)[:1] for at in (midnight - 1, midnight, midnight + DAY - 1, midnight + DAY)] == [
        (),
        ("birthday",),
        ("birthday",),
        (),
    ]


@pytest.mark.parametrize("days, is_due", [(29, False), (30, True)])
def test_B4_a_birthday_counts_from_the_thirtieth_day_after_it_was_set(days: int, is_due: bool) -> None:
    assert ("birthday" in due(born(set_ms=NOW - days * DAY))) is is_due


def test_B4_once_in_365_days_counted_in_days_not_in_hours() -> None:
    last_year = datetime(2025, 1, 22, 15, 0, tzinfo=UTC).timestamp() * 1_000
    member = having(born(), birthday=int(last_year), birthday_coupon=int(last_year))
    assert "birthday" in due(member), "handed over at 23:00 last year, due at 20:00 this year"
    another = replace(member, birthday="01-21")
    assert due(another, NOW - DAY) == (), "364 days"


def test_B4_who_never_said_a_birthday_has_none() -> None:
    assert due(replace(born(), birthday=None, birthday_set_ms=None)) == ()


@pytest.mark.parametrize(
    "today, has",
    [
        (date(2028, 2, 29), True),
        (date(2028, 2, 28), False),
        (date(2027, 2, 28), True),
        (date(2027, 3, 1), False),
        (date(2100, 2, 28), True),
    ],
)
def test_B4_born_on_a_29th_of_february_is_born_on_the_28th_in_other_years(today: date, has: bool) -> None:
    assert is_birthday("02-29", today) is has


def test_B4_P4_a_boost_brings_no_pack_and_a_grant_does() -> None:
    hold = TierHold(TierId("silver"), NOW + DAY)
    assert "birthday" not in due(replace(born(tier="bronze"), boost=hold))
    assert "birthday" in due(replace(born(tier="bronze"), grant=hold))
    assert "birthday" not in due(replace(born(tier="bronze"), grant=hold), NOW + DAY)


def test_B4_a_coupon_that_the_budget_had_no_room_for_is_owed_for_a_week() -> None:
    owed = having(born("01-15"), birthday=NOW - 7 * DAY)
    assert due(owed) == ("birthday_coupon",)
    assert due(replace(owed, given={**owed.given, "birthday_coupon": NOW - DAY})) == ()
    assert due(owed, NOW + DAY) == ()


def test_B6_the_months_coupon_is_due_once_a_month_from_bronze_up() -> None:
    assert due(a_member(tier="basic")) == ()
    member = a_member(tier="bronze")
    assert due(member) == ("monthly_coupon",)
    had = replace(member, given={"monthly_coupon": NOW})
    february = NOW + 9 * DAY + 4 * HOUR
    assert [due(had, at) for at in (NOW + SECOND, february - 1, february)] == [(), (), ("monthly_coupon",)]


def test_E11_the_member_days_coupon_is_due_once_on_each() -> None:
    rulebook = with_member_day(jifen(), coupon=COUPON)
    member = a_member()
    assert due(member, rulebook=rulebook) == ("member_day_coupon",)
    had = replace(member, given={"member_day_coupon": NOW})
    assert [due(had, NOW + days * DAY, rulebook) for days in (0, 1, 7)] == [(), (), ("member_day_coupon",)]
    assert due(member, rulebook=with_member_day(jifen(), percent=5)) == ()


def test_B4_B6_E11_nothing_is_due_where_the_rulebook_has_none_of_it() -> None:
    rulebook = replace(jifen(), birthday=None)
    assert due(born(), rulebook=rulebook) == ()


RULE = RecallRule(30 * DAY, 100, COUPON, 2, 120 * DAY)


def seen(days_ago: int, *recalls: int) -> Member:
    given = {f"recall:{slot}": NOW - days * DAY for slot, days in enumerate(recalls)}
    return replace(a_member(), last_active_ms=NOW - days_ago * DAY, given=given)


def test_L11_thirty_days_without_activity_are_an_absence() -> None:
    assert recallable(seen(30), RULE, NOW, NOW)
    assert not recallable(seen(30), RULE, NOW, NOW - 1)


def test_L11_an_absence_is_answered_once() -> None:
    assert not recallable(seen(60, 30), RULE, NOW, NOW)
    assert recallable(seen(60, 90), RULE, NOW, NOW), "the one before was answered, this one was not"


def test_L11_at_most_twice_a_year() -> None:
    assert not recallable(seen(40, 100, 364), RULE, NOW, NOW)
    assert recallable(seen(40, 100, 365), RULE, NOW, NOW)


@pytest.mark.parametrize("days, is_due", [(120, True), (121, False)])
def test_L11_who_had_been_gone_for_long_when_it_was_switched_on_is_skipped(days: int, is_due: bool) -> None:
    assert recallable(seen(days), RULE, NOW, NOW) is is_due
    assert recallable(seen(days), RULE, NOW - DAY, NOW), "but not who was gone less long then"


def test_L11_the_next_recall_takes_the_place_of_the_oldest() -> None:
    assert recall_slot(seen(40)) == "recall:0"
    assert recall_slot(seen(40, 100)) == "recall:1"
    full = tuple(range(400, 400 + RECALLS_KNOWN - 1))
    assert recall_slot(seen(40, *full, 900)) == f"recall:{RECALLS_KNOWN - 1}"


def test_L11_whoever_was_recalled_is_awaited_until_the_next_activity() -> None:
    assert awaited_back(seen(40, 10))
    assert not awaited_back(seen(5, 10))
    assert not awaited_back(seen(40))
