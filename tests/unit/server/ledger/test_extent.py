"""How much of a member is read."""

from __future__ import annotations

from dataclasses import replace

from server.domain.commands import Command
from server.domain.days import DAY_MS
from server.domain.decide.membership import newcomer
from server.domain.rulebook import COMMENT, LIKE
from server.domain.state import AwardCount, Coupon, DayBucket, Member, RecentComment, Room, Show
from server.domain.world import World
from server.ids import CouponId, MemberId, OrderId
from server.ledger.batch import ask
from server.ledger.extent import LATE_DAYS, Since, scopes_of, since_of, within
from tests.support.ledger import CALENDAR, NOW, ROOM, RULEBOOK, SHOW, liked, put_room, watched

WORLD = World(
    RULEBOOK, CALENDAR, rooms={ROOM: Room(ROOM, "Demo", show=Show(SHOW, ROOM, "Tonight", "live", NOW))}
)
COUPON = Coupon(CouponId("c1"), "满减", 1_000, 0, NOW, NOW + DAY_MS, "level_up:silver")


def a_member() -> Member:
    return replace(
        newcomer(MemberId("m1"), WORLD, NOW),
        days=(DayBucket(20_005, 1), DayBucket(20_370, 2)),
        awards={
            ("total", LIKE): AwardCount(2),
            ("d20370", LIKE): AwardCount(1),
            ("s:s1", COMMENT): AwardCount(1),
        },
        coupons=(COUPON,),
        comments=(RecentComment("a", NOW - 300_000, True), RecentComment("b", NOW, True)),
    )


def test_LED8_a_batch_looks_back_from_its_earliest_command_over_the_whole_window() -> None:
    asked = ask([liked("l1", "m1", at_ms=NOW + DAY_MS), liked("l2", "m1")], WORLD)
    assert since_of(asked, WORLD) == Since(NOW, 20_370 - RULEBOOK.year.window_days - LATE_DAYS)


def test_LED8_counters_are_those_of_the_days_of_the_shows_acted_in_and_for_ever() -> None:
    commands: list[Command] = [
        liked("l1", "m1", at_ms=NOW + DAY_MS),
        watched("m2", 1, show="s9"),
        put_room("p"),
    ]
    scopes = scopes_of(ask(commands, WORLD), WORLD, [MemberId("m1"), MemberId("m2"), MemberId("m3")])
    of_all = {"total", "d20370", "d20371"}
    assert scopes == {"m1": of_all | {"s:s1"}, "m2": of_all | {"s:s1", "s:s9"}, "m3": of_all}


def test_LED20_a_member_that_holds_just_what_is_asked_for_is_itself() -> None:
    member = a_member()
    assert within(member, Since(NOW, 20_005), frozenset(("total", "d20370", "s:s1"))) is member


def test_LED20_what_is_too_old_or_not_asked_for_stays_away() -> None:
    member = a_member()
    later = within(member, Since(NOW + 300_000, 20_006), frozenset())
    assert later.days == (DayBucket(20_370, 2),)
    assert set(later.awards) == {("total", LIKE)}
    assert later.comments == (RecentComment("b", NOW, True),)
    assert later.coupons == (COUPON,)
    assert within(member, Since(NOW + DAY_MS, 0), frozenset(("total",))).coupons == ()
    # What stands in the row is read whoever asks, however old: who forgot it would write the row without it.
    absent = within(member, Since(NOW, 30_000), frozenset())
    assert absent.days == (DayBucket(20_370, 2),)
    assert within(absent, Since(NOW, 30_000), frozenset()) is absent
    used = replace(member, coupons=(replace(COUPON, used_by=OrderId("o1")),))
    assert within(used, Since(NOW, 0), frozenset(("total",))).coupons == ()
