"""Two accounts of one person become one member: what of each stays."""

from dataclasses import fields, replace

import pytest

from server.domain.moderation import Restriction
from server.domain.rulebook import LIKE
from server.domain.state import AwardCount, Coupon, DayBucket, Member, RecentComment, TaskCount, TierHold
from server.domain.uniting import KEPT, retired, united
from server.ids import CouponId, MemberId, OrderId, TaskId, TierId
from tests.unit.server.domain.builders import DAY, NOW, TODAY, a_member, jifen

MEI, LAN = a_member("mei"), a_member("lan", name="小兰")
GOLD, SILVER = TierId("gold"), TierId("silver")


def both(**changes: object) -> Member:
    """Mei takes over an account of Lan's that is like her own but for `changes`."""
    return united(MEI, replace(LAN, **changes), jifen(), TODAY)  # type: ignore[arg-type]  # names of the fields themselves


def test_X1_no_field_of_a_member_is_forgotten() -> None:
    """A new field needs a rule in `united`, or a place in KEPT; and what `gone` had must be seen afterwards."""
    told = {
        "created_ms": NOW - 60 * DAY,
        "tier": GOLD,
        "tier_since_ms": NOW - 2 * DAY,
        "tier_until_ms": NOW + 9 * DAY,
        "tier_by_order": OrderId("o1"),
        "warned_until_ms": NOW + 9 * DAY,
        "birthday": "02-29",
        "birthday_set_ms": NOW - 3 * DAY,
        "announce_optout": True,
        "boost": TierHold(GOLD, NOW + DAY),
        "grant": TierHold(SILVER, NOW + DAY),
        "points": 5,
        "held": 3,
        "days": (DayBucket(TODAY, 7, 8, 9),),
        "awards": {("total", LIKE): AwardCount(1, 2, 3)},
        "coupons": (Coupon(CouponId("c1"), "券", 1_000, 0, NOW, NOW + DAY, "level_up:gold"),),
        "shouted": {GOLD: NOW},
        "comments": (RecentComment("d", NOW, True),),
        "last_act_ms": NOW,
        "last_watch_award_ms": NOW,
        "last_watch10_award_ms": NOW,
        "last_active_ms": NOW,
        "first_order_ms": NOW,
        "streak": 3,
        "streak_day": TODAY,
        "box_tickets": 2,
        "invited_by": MemberId("who"),
        "invite_open": True,
        "given": {"birthday": NOW},
        "tasks": (TaskCount(TaskId("t1"), 3, 5, NOW + DAY),),
        "restrictions": (Restriction(None, "mute", NOW + DAY),),
    }
    assert told.keys() | KEPT == {field.name for field in fields(Member)}
    after = both(**told)
    assert {name: getattr(after, name) for name in told} == told


def test_X1_the_survivor_stays_who_it_is() -> None:
    after = both(name_as_of_ms=NOW)
    assert {name: getattr(after, name) for name in KEPT} == {name: getattr(MEI, name) for name in KEPT}


def test_X1_tickets_are_added_and_the_first_order_is_the_first_of_both() -> None:
    mei, lan = replace(MEI, box_tickets=2, first_order_ms=NOW), replace(LAN, box_tickets=3, first_order_ms=7)
    for kept, gone in ((mei, lan), (lan, mei)):
        after = united(kept, gone, jifen(), TODAY)
        assert (after.box_tickets, after.first_order_ms) == (5, 7)


def test_X1_T11_what_a_day_brought_stays_with_its_day() -> None:
    mei = replace(MEI, days=(DayBucket(TODAY - 2, 1, 2, 1), DayBucket(TODAY, 5)))
    lan = replace(LAN, days=(DayBucket(TODAY - 400, 3), DayBucket(TODAY - 2, 10, 20, 1)))
    assert united(mei, lan, jifen(), TODAY).days == (
        DayBucket(TODAY - 400, 3),
        DayBucket(TODAY - 2, 11, 22, 2),
        DayBucket(TODAY, 5),
    )


def test_X1_LED69_the_day_on_which_points_change_hands_is_a_day_of_the_survivor() -> None:
    mei, lan = replace(MEI, days=(DayBucket(TODAY - 9, 1),)), replace(LAN, days=(DayBucket(TODAY - 7),))
    after = united(mei, lan, jifen(), TODAY)
    assert after.days == (DayBucket(TODAY - 9, 1), DayBucket(TODAY - 7), DayBucket(TODAY))


def test_X1_E8_caps_are_a_persons() -> None:
    mine, theirs = (
        {("d1", LIKE): AwardCount(4, 4)},
        {("d1", LIKE): AwardCount(6, 6), ("d2", LIKE): AwardCount(1)},
    )
    after = united(replace(MEI, awards=mine), replace(LAN, awards=theirs), jifen(), TODAY)
    assert after.awards == {("d1", LIKE): AwardCount(10, 10), ("d2", LIKE): AwardCount(1)}


def test_X1_the_higher_tier_stays_with_its_own_year_and_of_two_equal_ones_the_longer() -> None:
    gold = replace(a_member("lan", tier="gold"), tier_until_ms=NOW + 5 * DAY, tier_since_ms=NOW - 360 * DAY)
    silver = a_member("mei", tier="silver")
    for kept, gone in ((silver, gold), (gold, silver)):
        after = united(kept, gone, jifen(), TODAY)
        assert (after.tier, after.tier_until_ms, after.tier_since_ms) == (
            "gold",
            NOW + 5 * DAY,
            NOW - 360 * DAY,
        )
    longer = replace(gold, tier_until_ms=NOW + 9 * DAY)
    assert united(gold, longer, jifen(), TODAY).tier_until_ms == NOW + 9 * DAY


def test_X1_B4_the_birthday_that_was_set_first_stays() -> None:
    mei = replace(MEI, birthday="01-01", birthday_set_ms=NOW - DAY)
    assert (
        united(mei, replace(LAN, birthday="05-05", birthday_set_ms=NOW), jifen(), TODAY).birthday == "01-01"
    )
    assert united(mei, replace(LAN, birthday="05-05", birthday_set_ms=1), jifen(), TODAY).birthday == "05-05"
    assert united(LAN, mei, jifen(), TODAY).birthday == "01-01"


@pytest.mark.parametrize(
    "mine, theirs, after",
    [
        ((6, TODAY - 1), (1, TODAY), (7, TODAY)),
        ((3, TODAY), (5, TODAY), (5, TODAY)),
        ((2, TODAY), (4, TODAY - 1), (5, TODAY)),
        ((1, TODAY), (4, TODAY - 2), (1, TODAY)),
        ((0, 0), (4, TODAY - 2), (4, TODAY - 2)),
        ((0, 0), (0, 0), (0, 0)),
    ],
)
def test_X1_E5_days_in_a_row_are_those_on_which_either_checked_in(
    mine: tuple[int, int], theirs: tuple[int, int], after: tuple[int, int]
) -> None:
    mei = replace(MEI, streak=mine[0], streak_day=mine[1])
    lan = replace(LAN, streak=theirs[0], streak_day=theirs[1])
    for one in (united(mei, lan, jifen(), TODAY), united(lan, mei, jifen(), TODAY)):
        assert (one.streak, one.streak_day) == after


def test_X1_E4_the_elder_accounts_invitation_counts() -> None:
    elder = replace(MEI, invited_by=None)
    younger = replace(LAN, created_ms=NOW, invited_by=MemberId("x"), invite_open=True)
    for after in (united(elder, younger, jifen(), TODAY), united(younger, elder, jifen(), TODAY)):
        assert (after.invited_by, after.invite_open) == (None, False)


@pytest.mark.parametrize("mine, theirs, after", [(2, 2, 4), (3, 3, 4), (5, 1, 5), (0, 5, 5)])
def test_X1_L3_a_task_goes_on_with_what_both_did_and_is_done_only_if_it_was_rewarded(
    mine: int, theirs: int, after: int
) -> None:
    def with_count(who: Member, count: int) -> Member:
        return replace(who, tasks=(TaskCount(TaskId("t1"), count, 5, NOW + DAY),))

    (task,) = united(with_count(MEI, mine), with_count(LAN, theirs), jifen(), TODAY).tasks
    assert task.count == after


def test_X1_what_is_left_of_the_other_has_nothing_and_leads_on() -> None:
    left = retired(replace(a_member("lan", growth=500, points=70), held=20), MEI.id)
    assert (left.points, left.held, left.days, left.tier_until_ms, left.merged_into) == (
        0,
        0,
        (),
        None,
        "mei",
    )
