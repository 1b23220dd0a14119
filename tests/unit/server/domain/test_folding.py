"""What facts change in a member."""

from dataclasses import fields, replace
from typing import get_type_hints

import pytest

from server.domain.facts import (
    Acted,
    Awarded,
    CommentPosted,
    CouponGranted,
    CouponUsed,
    Liked,
    MemberUpdated,
    ShoutedOut,
    TakenBack,
    TierDropped,
    TierKept,
    TierReached,
)
from server.domain.folding import (
    MemberDraft,
    award_keys,
    bucket_added,
    day_opened,
    drafted,
    member_after,
)
from server.domain.rulebook import SHARE, WATCH10, WATCH15
from server.domain.state import AwardCount, Coupon, DayBucket, Member
from server.ids import AuthorTag, CouponId, OrderId, RuleId, ShowId, TierId
from tests.unit.server.domain.builders import DAY, HOUR, MEI, MINUTE, NOW, ROOM, TODAY, a_member

SILVER, GOLD = TierId("silver"), TierId("gold")


def an_award(rule: RuleId = SHARE, *, show: str | None = "s1", at_ms: int = NOW) -> Awarded:
    return Awarded(MEI, rule, 10, 10, 1, TODAY, at_ms, ROOM, ShowId(show) if show else None)


def test_R3_a_drafted_member_is_the_old_one_until_it_is_written_to_and_never_the_same() -> None:
    member = replace(a_member(growth=300), birthday="05-20", held=3)
    copy, draft = drafted(member)
    assert copy == member
    draft.points = 5
    draft.name = "x"
    assert copy == replace(member, points=5, name="x")
    assert member.name == "小美"


def test_R3_every_field_of_a_member_is_copied() -> None:
    member = a_member()
    assert {field.name for field in fields(Member)} == set(Member.__slots__)
    copy, _ = drafted(member)
    assert all(getattr(copy, name) is getattr(member, name) for name in Member.__slots__)


def test_R3_a_draft_is_written_in_fields_that_members_have() -> None:
    assert set(get_type_hints(MemberDraft)) <= set(Member.__slots__)


@pytest.mark.parametrize(
    "show, scopes", [("s1", [f"d{TODAY}", "s:s1", "total"]), (None, [f"d{TODAY}", "total"])]
)
def test_E8_an_award_counts_for_its_day_its_show_and_for_ever(show: str | None, scopes: list[str]) -> None:
    fact = an_award(show=show)
    assert [scope for scope, _ in award_keys(fact)] == scopes
    member = member_after(member_after(a_member(), fact), fact)
    # For ever it is counted how often, not what it brought: nothing asks for that, and the row is spared it.
    assert member.awards == {
        (scope, SHARE): AwardCount(2) if scope == "total" else AwardCount(2, 20, 20) for scope in scopes
    }


def test_V1_an_award_adds_points_and_the_days_growth() -> None:
    member = member_after(a_member(points=5), an_award())
    assert member.points == 15
    assert member.days == (DayBucket(TODAY, 10),)
    assert member.last_active_ms == NOW


def test_E8_each_watching_rule_keeps_its_own_last_award() -> None:
    member = member_after(a_member(), an_award(WATCH15, at_ms=NOW))
    member = member_after(member, an_award(WATCH10, at_ms=NOW + MINUTE))
    assert (member.last_watch_award_ms, member.last_watch10_award_ms) == (NOW, NOW + MINUTE)


def test_E8_an_act_is_remembered_and_never_moves_back() -> None:
    member = member_after(a_member(), Acted(MEI, SHARE, NOW))
    member = member_after(member, Acted(MEI, SHARE, NOW - 1))
    assert (member.last_act_ms, member.last_active_ms) == (NOW, NOW)


def test_T11_buckets_stand_in_the_order_of_days_wherever_they_are_added() -> None:
    days: tuple[DayBucket, ...] = ()
    for day in (5, 3, 4, 5, 1):
        days = bucket_added(days, day, growth=1, paid=2, orders=3)
    assert days == (
        DayBucket(1, 1, 2, 3),
        DayBucket(3, 1, 2, 3),
        DayBucket(4, 1, 2, 3),
        DayBucket(5, 2, 4, 6),
    )


def test_LED69_a_day_is_opened_once_wherever_it_stands_and_brings_nothing() -> None:
    days = (DayBucket(2, 7), DayBucket(5, 1, 2, 3))
    assert day_opened(days, 5) is days
    assert day_opened(days, 2) is days
    assert day_opened(days, 6) == (*days, DayBucket(6))
    assert day_opened(days, 3) == (days[0], DayBucket(3), days[1])
    assert day_opened(days, 1) == (DayBucket(1), *days)
    assert day_opened((), 1) == (DayBucket(1),)


def test_LED69_an_award_without_growth_opens_its_day_and_leaves_what_is_open() -> None:
    fact = replace(an_award(), growth=0)
    member = member_after(a_member(days=(DayBucket(TODAY - 1, 4),)), fact)
    assert member.days == (DayBucket(TODAY - 1, 4), DayBucket(TODAY))
    assert member_after(member, fact).days is member.days


def test_V3_what_is_taken_back_leaves_the_day_of_its_order() -> None:
    member = a_member(days=(DayBucket(TODAY - 3, 120, 10_000, 1), DayBucket(TODAY, 7)))
    taken = TakenBack(MEI, OrderId("o"), 200, 120, 10_000, 1, TODAY - 3, NOW)
    after = member_after(member, taken)
    assert after.days == (DayBucket(TODAY - 3, 0, 0, 0), DayBucket(TODAY, 7))
    assert after.points == -200


def test_T5_T8_a_tier_is_reached_kept_and_dropped_with_its_year() -> None:
    member = member_after(a_member(), TierReached(MEI, GOLD, SILVER, NOW + DAY, NOW, OrderId("o")))
    assert (member.tier, member.tier_since_ms, member.tier_until_ms, member.tier_by_order) == (
        "gold",
        NOW,
        NOW + DAY,
        "o",
    )
    kept = member_after(member, TierKept(MEI, GOLD, NOW + 2 * DAY, NOW))
    assert (kept.tier, kept.tier_until_ms, kept.tier_by_order) == ("gold", NOW + 2 * DAY, None)
    dropped = member_after(kept, TierDropped(MEI, SILVER, GOLD, NOW + 3 * DAY, NOW))
    assert (dropped.tier, dropped.tier_until_ms, dropped.tier_by_order) == ("silver", NOW + 3 * DAY, None)


def test_LED20_coupons_stand_as_they_are_read_by_their_grant_also_when_told_late() -> None:
    late, soon = (
        Coupon(CouponId(id_), "t", 1_000, 0, at_ms, NOW + HOUR, "level_up:silver")
        for id_, at_ms in (("a", NOW + 5), ("b", NOW))
    )
    member = member_after(a_member(), CouponGranted(MEI, late, NOW + 5), CouponGranted(MEI, soon, NOW))
    assert [coupon.id for coupon in member.coupons] == ["b", "a"]


def test_L2_a_coupon_is_given_and_used_once() -> None:
    coupon = Coupon(CouponId("c"), "t", 1_000, 0, NOW, NOW + HOUR, "level_up:silver")
    member = member_after(a_member(), CouponGranted(MEI, coupon, NOW))
    member = member_after(member, CouponUsed(MEI, coupon.id, OrderId("o"), NOW))
    assert member.coupons == (replace(coupon, used_by=OrderId("o")),)


def test_T12_a_shout_is_remembered_per_tier() -> None:
    member = a_member()
    for tier, at_ms in ((SILVER, NOW), (GOLD, NOW + 1)):
        member = member_after(member, ShoutedOut(MEI, AuthorTag("a"), "小美", tier, None, None, at_ms))
    assert member.shouted == {"silver": NOW, "gold": NOW + 1}


def test_E9_comments_are_remembered_for_ten_minutes() -> None:
    member = a_member()
    for at_ms in (NOW, NOW + MINUTE, NOW + 10 * MINUTE):
        fact = CommentPosted(MEI, AuthorTag("a"), "小美", SILVER, ROOM, "k", "t", "d", True, at_ms)
        member = member_after(member, fact)
    assert [comment.at_ms for comment in member.comments] == [NOW + MINUTE, NOW + 10 * MINUTE]


def test_T4_an_update_changes_only_what_it_names() -> None:
    member = replace(a_member(), birthday="05-20", birthday_set_ms=1)
    assert member_after(member, MemberUpdated(MEI, NOW)) == member
    named = member_after(member, MemberUpdated(MEI, NOW, name="美美", name_as_of_ms=NOW))
    assert (named.name, named.name_as_of_ms, named.birthday_set_ms) == ("美美", NOW, 1)
    born = member_after(member, MemberUpdated(MEI, NOW, birthday="06-01", announce_optout=True))
    assert (born.birthday, born.birthday_set_ms, born.announce_optout) == ("06-01", NOW, True)


def test_L13_what_is_told_to_the_room_alone_leaves_the_member_as_it_was() -> None:
    member = a_member()
    assert member_after(member, Liked(MEI, ROOM, 3, NOW)) is member


def test_LED4_the_version_is_given_with_the_facts() -> None:
    member = member_after(a_member(), an_award(), version=8)
    assert (member.version, member.points) == (8, 10)
    assert member_after(member, Liked(MEI, ROOM, 3, NOW), version=9) == replace(member, version=9)
