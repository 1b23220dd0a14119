"""What orders have lifted a member to, and what of it is left when they go back."""

from dataclasses import replace

import pytest

from server.domain.decide.lifts import look_back_ms, replaced_by_order, rests_on, without_reach
from server.domain.facts import OrderRefunded, TierDropped, TierKept
from server.domain.state import Member, Order, TierHold
from server.ids import OrderId, TierId
from tests.unit.server.domain.builders import (
    DAY,
    MEI,
    NOW,
    TODAY,
    Stage,
    a_member,
    a_refund,
    an_order,
    granted,
    jifen,
    stage_with,
)

WINDOW = 7 * DAY
YEAR = 365 * DAY


def own(tier: str, until_ms: int = NOW + 100 * DAY) -> Member:
    """A member with a tier from earlier years, with no growth that still counts."""
    return replace(a_member(tier=tier), tier_until_ms=until_ms)


def stands(stage: Stage) -> tuple[str, int | None, str | None]:
    member = stage.member()
    return member.tier, member.tier_until_ms, member.tier_by_order


def reach(stage: Stage, order: str) -> str | None:
    return stage.world.orders[OrderId(order)].reached


def an_open_order(order: str = "o", *, yuan: int = 300, paid_ms: int = NOW, refunded: int = 0) -> Order:
    growth = yuan + 20
    taken = growth * refunded // (yuan * 100)
    return Order(
        OrderId(order),
        MEI,
        yuan * 100,
        refunded,
        paid_ms,
        TODAY,
        yuan,
        growth,
        0,
        taken,
        None,
        TierId("silver"),
    )


@pytest.mark.parametrize("age, reached", [(0, None), (WINDOW, None), (WINDOW + 1, "silver")])
def test_V3_an_order_has_reached_nothing_once_something_goes_back_within_its_window(
    age: int, reached: str | None
) -> None:
    assert without_reach(an_open_order(), jifen(), NOW + age).reached == reached


def test_V3_the_last_order_that_may_be_returned_bears_what_is_not_supported_without_it() -> None:
    orders = [
        an_open_order("b", paid_ms=NOW - 2),
        an_open_order("c", paid_ms=NOW - 1),
        an_open_order("a", paid_ms=NOW - 1),
        an_open_order("whole", refunded=30_000),
        an_open_order("late", paid_ms=NOW - WINDOW - 1),
    ]
    stage = stage_with()
    member = replace(a_member(), days=(replace(a_member(growth=1).days[0], day=TODAY, growth=3 * 320),))

    def bears(growth: int) -> str | None:
        some = replace(member, days=(replace(member.days[0], growth=3 * 320 + growth),))
        found = rests_on(some, TierId("silver"), orders, stage.world, NOW)
        return None if found is None else found.id

    assert (bears(0), bears(299), bears(300)) == ("c", "c", None)
    assert rests_on(member, TierId("silver"), orders[3:], stage.world, NOW) is None
    assert rests_on(a_member(), TierId("silver"), orders[3:], stage.world, NOW) is None


def test_V3_what_an_order_takes_the_place_of_is_its_own_hold_unless_it_hangs_on_another_order() -> None:
    hold = TierHold(TierId("silver"), NOW + 100 * DAY)
    world = stage_with().world
    by_itself = own("silver")
    by_order = replace(by_itself, tier_by_order=OrderId("o"), tier_since_ms=NOW)
    assert replaced_by_order(by_itself, world, NOW) == hold
    assert replaced_by_order(by_order, world, NOW + WINDOW) is None
    assert replaced_by_order(by_order, world, NOW + WINDOW + 1) == hold
    assert replaced_by_order(a_member(), world, NOW) is None


def test_V3_T6_the_first_of_two_orders_refunded_first_leaves_the_tier_and_what_stood_before_it() -> None:
    stage = stage_with(own("silver"))
    stage.do(an_order("o1", yuan=2_000))
    stage.do(an_order("o2", yuan=10_000))
    stage.do(a_refund("o1", yuan=2_000))
    assert stands(stage) == ("black", NOW + YEAR, "o2")
    assert (stage.told(TierDropped), reach(stage, "o1"), reach(stage, "o2")) == ([], None, "black")
    stage.do(a_refund("o2", yuan=10_000))
    assert stands(stage) == ("silver", NOW + 100 * DAY, None)


def test_V3_T6_a_tier_that_another_order_has_reached_is_there_again_with_that_orders_year() -> None:
    stage = stage_with()
    stage.do(an_order("o1", yuan=300))
    stage.after(DAY).do(an_order("o2", yuan=2_000))
    stage.after(DAY).do(a_refund("o2", yuan=1))
    # What is left supports it still; whatever goes back next is judged.
    assert (stands(stage), stage.told(TierKept)) == (("gold", NOW + DAY + YEAR, "o2"), [])
    stage.do(a_refund("o2", yuan=1_999))
    assert stands(stage) == ("silver", NOW + YEAR, "o1")
    assert stage.member().tier_since_ms == NOW
    stage.do(a_refund("o1", yuan=300))
    assert stands(stage) == ("basic", None, None)


def test_V3_a_tier_beneath_whose_window_is_over_is_the_members_own() -> None:
    stage = stage_with()
    stage.do(an_order("o1", yuan=300))
    stage.after(6 * DAY).do(an_order("o2", yuan=2_000))
    stage.after(2 * DAY).do(a_refund("o1", yuan=300))  # too late to be judged: until the end of its year
    assert reach(stage, "o1") == "silver"
    stage.do(a_refund("o2", yuan=2_000))
    assert stands(stage) == ("silver", NOW + YEAR, None)


def test_V3_what_is_supported_by_other_orders_goes_with_them_within_their_window() -> None:
    stage = stage_with()
    stage.do(an_order("o1", yuan=2_000))
    stage.after(6 * DAY).do(an_order("o2", yuan=2_000))
    stage.do(a_refund("o1", yuan=2_000))
    assert stands(stage) == ("gold", NOW + YEAR, "o2")
    assert stage.member().tier_since_ms == NOW + 6 * DAY
    stage.after(2 * DAY).do(a_refund("o2", yuan=2_000))
    assert stands(stage) == ("basic", None, None)


def test_V3_what_is_supported_by_what_nobody_can_return_is_the_members_own() -> None:
    stage = stage_with()
    stage.do(an_order("o1", yuan=300))
    stage.do(granted(growth=300))
    stage.do(a_refund("o1", yuan=100))
    [kept] = stage.told(TierKept)
    assert (kept.tier, kept.by_order) == ("silver", None)
    stage.do(a_refund("o1", yuan=200))
    assert stands(stage) == ("silver", NOW + YEAR, None)
    stage.do(an_order("o2", yuan=2_000))
    stage.do(a_refund("o2", yuan=2_000))
    assert stands(stage) == ("silver", NOW + YEAR, None)


def test_V3_T11_an_order_that_came_later_does_not_have_a_tier_judged_that_rested_without_it() -> None:
    """What has left by age meanwhile changes no tier before its year ends."""
    stage = stage_with()
    stage.do(an_order("o1", yuan=2_000))
    stage.do(a_refund("o1", yuan=1_600))
    assert stands(stage) == ("silver", NOW + YEAR, "o1")
    stage.after(WINDOW).do(an_order("within", yuan=100))
    stage.after(1).do(an_order("later", yuan=100))
    aged = replace(stage.member(), days=())
    stage.world.members[aged.id] = aged
    stage.do(a_refund("later", yuan=100))
    assert stands(stage) == ("silver", NOW + YEAR, "o1")
    stage.do(a_refund("within", yuan=100))
    assert stands(stage) == ("basic", None, None)


def test_V3_a_chain_of_orders_is_followed_as_far_back_as_it_may_reach() -> None:
    """Each was paid on the last day of the window of the one before; all but the first go back."""
    stage = stage_with(own("bronze"))
    paid = {"o1": 300, "o2": 2_000, "o3": 10_000}
    for order, yuan in paid.items():
        stage.do(an_order(order, yuan=yuan))
        stage.after(WINDOW)
    stage.do(a_refund("o3", yuan=10_000))
    assert stands(stage) == ("gold", NOW + WINDOW + YEAR, None)
    assert look_back_ms(jifen()) == 10 * WINDOW


def test_V3_orders_out_of_reach_stand_behind_nothing() -> None:
    """As a database reads them, so they count in memory."""
    stage = stage_with()
    stage.do(an_order("old", yuan=2_000))
    stage.after(look_back_ms(jifen()) + 1)
    member = replace(stage.member(), tier=TierId("basic"), tier_until_ms=None, tier_by_order=None, days=())
    stage.world.members[member.id] = member
    stage.do(an_order("new", yuan=2_000))
    stage.do(a_refund("new", yuan=2_000))
    assert stands(stage) == ("basic", None, None)


@pytest.mark.parametrize("growth, left", [(10_140, "silver"), (140, "bronze")])
def test_V3_a_tier_that_went_down_in_the_meantime_is_not_lifted_by_a_refund(growth: int, left: str) -> None:
    stage = stage_with()
    stage.do(an_order("o1", yuan=10_000))
    stage.do(an_order("o2", yuan=100))
    days = (replace(stage.member().days[0], growth=growth),)
    fallen = replace(stage.member(), tier=TierId("silver"), tier_by_order=OrderId("o2"), days=days)
    stage.world.members[fallen.id] = fallen
    stage.do(a_refund("o2", yuan=99))
    assert stage.member().tier == left


def test_V3_an_order_of_somebody_else_stands_behind_nobodys_tier() -> None:
    stage = stage_with(a_member(MEI), a_member("lan"))
    stage.do(an_order("hers", yuan=300))
    stage.do(an_order("his", yuan=2_000, who="lan"))
    stage.do(a_refund("his", yuan=2_000, who="lan"))
    assert stage.member("lan").tier == "basic"


def test_V3_the_record_of_the_refund_says_that_the_order_has_reached_nothing() -> None:
    stage = stage_with()
    stage.do(an_order(yuan=300))
    stage.do(a_refund(yuan=1))
    [refunded] = stage.told(OrderRefunded)
    assert (refunded.order.reached, reach(stage, "o1")) == (None, None)
