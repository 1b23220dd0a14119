"""The world folds every fact, and knows what was touched."""

import pytest

from server.domain.facts import (
    BudgetSpent,
    IdentityLinked,
    MemberCreated,
    OrderPaid,
    RoomPut,
    ShowEnded,
    ShowScheduled,
)
from server.domain.state import Order, Room, Show
from server.domain.world import show_to_show
from server.ids import MemberId, OrderId, RoomId, ShowId
from tests.unit.server.domain.builders import (
    HOUR,
    MEI,
    NOW,
    ROOM,
    SHOW,
    TODAY,
    Stage,
    a_comment,
    a_member,
    a_refund,
    a_show,
    a_world,
    an_order,
    likes,
)


def show(name: str, status: str, *, starts_ms: int | None = None, ended_ms: int | None = None) -> Show:
    return Show(ShowId(name), ROOM, "t", status, starts_ms, ended_ms)


def test_R3_a_fact_about_nobody_known_is_a_bug_and_raises() -> None:
    world = a_world()
    order = Order(OrderId("o"), MemberId("nobody"), 1, 0, NOW, TODAY, 0, 0, 0, 0, None)
    with pytest.raises(KeyError, match="nobody"):
        world.fold(OrderPaid(order, "CNY", NOW))


def test_X7_what_facts_touch_is_known_for_keeping() -> None:
    stage = Stage(a_world(a_member("idle"), a_member()))
    stage.do(an_order(yuan=1))
    assert stage.world.touched_members == {MEI}
    assert stage.world.touched_orders == {"o1"}
    assert stage.world.touched_rooms == set()
    stage.do(a_refund(yuan=1))
    stage.world.fold(RoomPut(Room(RoomId("r7"), "x"), NOW))
    assert stage.world.touched_rooms == {"r7"}


def test_T4_linking_an_identity_touches_its_member() -> None:
    world = a_world(a_member())
    world.fold(IdentityLinked(MEI, "douyin", "x", NOW))
    assert world.identities == {("douyin", "x"): MEI}
    assert world.touched_members == {MEI}


def test_E8_budgets_add_up_and_are_afforded_to_the_last_unit() -> None:
    world = a_world()
    world.fold_all([BudgetSpent("day:1", 60, 100), BudgetSpent("day:1", 30, 100)])
    assert world.budgets == {"day:1": 90}
    assert world.affords("day:1", 10, 100)
    assert not world.affords("day:1", 11, 100)
    world.closed.add("day:2")
    assert not world.affords("day:2", 1, 100)


def test_E9_a_comment_joins_its_wave() -> None:
    stage = Stage(a_world())
    stage.do(a_comment("扣1", who="a"))
    stage.do(a_comment("扣1", who="b"))
    assert stage.world.waves[ROOM, "d:扣1"].members == {"a", "b"}


def test_L13_likes_and_members_that_come_are_folded_too() -> None:
    stage = Stage(a_world())
    stage.do(likes(2, who="new"))
    assert stage.member("new").points == 2
    stage.world.fold(MemberCreated(a_member("other")))
    assert MemberId("other") in stage.world.members


def test_E1_a_room_presents_the_live_show_else_the_next_else_the_last() -> None:
    live, soon = show("live", "live"), show("soon", "scheduled", starts_ms=NOW)
    later = show("later", "scheduled", starts_ms=NOW + HOUR)
    last, older = show("last", "ended", ended_ms=NOW), show("older", "replay", ended_ms=NOW - HOUR)
    every = [older, later, last, soon, live]
    for expected in (live, soon, later, last, older):
        assert show_to_show(every) == expected
        every.remove(expected)
    assert show_to_show([]) is None


def test_E1_when_a_show_ends_the_next_planned_one_is_presented() -> None:
    world = a_world(status="live")
    world.fold(ShowScheduled(show("next", "scheduled", starts_ms=NOW), NOW))
    assert world.on_air(ROOM) == a_show("live")
    world.fold(ShowEnded(show(SHOW, "ended", ended_ms=NOW), NOW))
    presented = world.rooms[ROOM].show
    assert presented is not None
    assert presented.id == "next"
    assert world.on_air(ROOM) is None
    assert world.on_air(None) is None
