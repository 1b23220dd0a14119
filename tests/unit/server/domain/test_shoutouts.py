"""Which level-ups a room sees, how many singly, and what a fold says."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from server.domain.facts import ShoutedOut
from server.domain.money import Money
from server.domain.phrases import Hint
from server.domain.shoutouts import Shout, folded, paced, says, shown, wanted
from server.domain.state import Coupon
from server.ids import AuthorTag, CouponId, TierId
from tests.unit.server.domain.builders import DAY, MEI, NOW, ROOM, jifen

COUPON = Coupon(CouponId("c"), "升级立减券", 1_000, 0, NOW, NOW + DAY, "level_up:silver")


def a_shout(
    name: str = "小美", tier: str = "silver", *, count: int = 1, coupon: Coupon | None = COUPON
) -> Shout:
    return Shout(AuthorTag(f"a_{name}"), name, TierId(tier), count, coupon, NOW, is_test=False)


def crowd(n: int, tier: str = "silver") -> list[Shout]:
    return [a_shout(f"{tier}{number}", tier) for number in range(n)]


def counts(shouts: tuple[Shout, ...] | list[Shout]) -> int:
    return sum(shout.count for shout in shouts)


@pytest.mark.parametrize(
    "tier, room, seen",
    [("silver", ROOM, True), ("black", ROOM, True), ("bronze", ROOM, False), ("silver", None, False)],
)
def test_L2_a_live_room_sees_level_ups_from_silver_up(tier: str, room: object, seen: bool) -> None:
    fact = ShoutedOut(MEI, AuthorTag("a"), "小美", TierId(tier), None if room is None else ROOM, COUPON, NOW)
    assert (shown(fact, jifen()) is not None) is seen


def test_L2_the_operator_sets_the_tier_from_which_is_shouted() -> None:
    rulebook = replace(jifen(), level_up=replace(jifen().level_up, from_tier=TierId("gold")))
    fact = ShoutedOut(MEI, AuthorTag("a"), "小美", TierId("silver"), ROOM, COUPON, NOW)
    assert shown(fact, rulebook) is None


def test_L2_ten_a_minute_are_the_presets_pace() -> None:
    assert jifen().level_up.per_minute == 10


def test_L2_as_many_as_have_a_slot_are_shown_singly_in_their_order() -> None:
    fresh = crowd(10)
    assert wanted(fresh, ()) == 10
    result = paced(fresh, (), 10, jifen())
    assert (list(result.now), result.waiting) == (fresh, ())


def test_L2_beyond_the_pace_the_rest_is_folded_with_its_count() -> None:
    result = paced(crowd(22), (), 10, jifen())
    assert len(result.now) == 10
    assert sorted(shout.count for shout in result.now) == [1] * 9 + [13]
    assert result.waiting == ()


def test_L2_without_a_slot_all_wait_folded_and_come_first_when_one_is_free() -> None:
    waiting = paced(crowd(3), (), 0, jifen())
    assert (waiting.now, [fold.count for fold in waiting.waiting]) == ((), [3])
    result = paced([a_shout("晚到")], waiting.waiting, 2, jifen())
    assert [(shout.name, shout.count) for shout in result.now] == [("silver0", 3), ("晚到", 1)]
    alone = paced([a_shout("晚到")], waiting.waiting, 1, jifen())
    assert [(shout.name, shout.count) for shout in alone.now] == [("silver0", 4)]


def test_L2_folds_are_per_tier_and_the_higher_tier_takes_the_only_slot() -> None:
    result = paced(crowd(3) + crowd(2, "gold"), (), 1, jifen())
    assert [(shout.tier, shout.count) for shout in result.now] == [("gold", 2)]
    assert [(shout.tier, shout.count) for shout in result.waiting] == [("silver", 3)]


def test_L2_a_fold_is_named_after_the_first_who_may_be_named() -> None:
    [fold] = folded([a_shout(""), a_shout("小美"), a_shout("小明")])
    assert (fold.name, fold.author, fold.count) == ("小美", "a_小美", 3)


def test_L2_a_fold_promises_no_offer_that_not_everybody_got() -> None:
    [fold] = folded([a_shout(), a_shout(coupon=None)])
    assert fold.coupon is None


def test_L2_tests_are_never_folded_into_real_ones() -> None:
    folds = folded([a_shout(), replace(a_shout("test"), is_test=True)])
    assert [(fold.name, fold.count, fold.is_test) for fold in folds] == [
        ("小美", 1, False),
        ("test", 1, True),
    ]


@given(
    st.lists(st.sampled_from(["silver", "gold", "black"]), max_size=30),
    st.lists(st.sampled_from(["silver", "gold"]), max_size=3),
    st.integers(0, 15),
)
def test_L2_nobody_is_lost_and_no_more_moments_than_slots_go_out(
    tiers: list[str], held: list[str], granted: int
) -> None:
    fresh = [a_shout(f"m{number}", tier) for number, tier in enumerate(tiers)]
    waiting = folded([a_shout(f"w{number}", tier) for number, tier in enumerate(held)])
    result = paced(fresh, waiting, granted, jifen())
    assert len(result.now) <= granted
    assert counts(result.now) + counts(result.waiting) == len(tiers) + len(held)
    if len(fresh) + len(waiting) <= granted:
        assert result.waiting == ()


@pytest.mark.parametrize(
    "shout, hint",
    [
        (
            a_shout(),
            Hint(
                "shout.level_up_offer", (("name", "小美"), ("tier", "白银会员"), ("off", Money(1_000, "CNY")))
            ),
        ),
        (a_shout(coupon=None), Hint("shout.level_up", (("name", "小美"), ("tier", "白银会员")))),
        (
            a_shout(count=12, coupon=None),
            Hint("shout.level_up_many", (("name", "小美"), ("tier", "白银会员"), ("count", 12))),
        ),
        (
            a_shout(count=12),
            Hint(
                "shout.level_up_many_offer",
                (("name", "小美"), ("tier", "白银会员"), ("count", 12), ("off", Money(1_000, "CNY"))),
            ),
        ),
    ],
)
def test_L2_a_moment_says_who_which_tier_how_many_and_the_offer(shout: Shout, hint: Hint) -> None:
    assert says(shout, jifen()) == hint
