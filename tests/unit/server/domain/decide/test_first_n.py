"""First-N campaigns: who gets a place, and what it is worth."""

from dataclasses import replace

from server.domain.commands import CloseFirstN, OpenFirstN, ScheduleShow, SetShowStatus
from server.domain.facts import Awarded, BudgetSpent, FirstNClosed, FirstNTaken
from server.domain.room import items_of
from server.ids import FirstNId, ShowId
from tests.unit.server.domain.builders import (
    ROOM,
    Stage,
    a_member,
    a_refund,
    an_order,
    jifen,
    origin,
    stage_with,
)


def opening(campaign: str = "f1", *, n: int = 2, points: int = 200, room: str | None = ROOM) -> OpenFirstN:
    return OpenFirstN(origin(room), FirstNId(campaign), "前两名下单再送200积分", n, points)


def closing(campaign: str = "f1") -> CloseFirstN:
    return CloseFirstN(origin(), FirstNId(campaign))


def to(status: str, url: str | None = None, show: str = "s1") -> SetShowStatus:
    return SetShowStatus(origin(), ShowId(show), status, url)


def with_campaign(*, n: int = 2, status: str = "live") -> Stage:
    stage = stage_with(*(a_member(who, name=who) for who in ("anna", "ben", "cora")), status=status)
    stage.applied(opening(n=n))
    return stage


def places(stage: Stage) -> list[tuple[str, int]]:
    return [(fact.member, fact.place) for fact in stage.told(FirstNTaken)]


def test_L4_the_first_n_members_get_the_points_and_nobody_after_them() -> None:
    stage = with_campaign()
    earned = [
        stage.applied(an_order(f"o{who}", yuan=10, who=who)).earned.points for who in "anna ben cora".split()
    ]
    assert places(stage) == [("anna", 1), ("ben", 2)]
    assert earned == [20 + 200, 20 + 200, 20]
    assert [stage.member(who).points for who in ("anna", "ben", "cora")] == [220, 220, 20]


def test_L4_a_member_has_one_place_however_many_orders() -> None:
    stage = with_campaign()
    stage.do(an_order("o1", yuan=10, who="anna"))
    stage.do(an_order("o2", yuan=10, who="anna"))
    assert places(stage) == [("anna", 1)]


def test_L4_V3_a_refund_takes_the_points_back_and_the_place_stays_taken() -> None:
    stage = with_campaign()
    stage.do(an_order("o1", yuan=10, who="anna"))
    stage.do(a_refund("o1", yuan=5, who="anna"))
    assert stage.member("anna").points == 110
    stage.do(a_refund("o1", yuan=5, who="anna"))
    assert stage.member("anna").points == 0
    stage.do(an_order("o2", yuan=10, who="anna"))
    stage.do(an_order("o3", yuan=10, who="ben"))
    stage.do(an_order("o4", yuan=10, who="cora"))
    assert places(stage) == [("anna", 1), ("ben", 2)]


def test_L4_an_order_that_was_refunded_before_it_came_takes_no_place_unless_something_is_left() -> None:
    stage = with_campaign()
    stage.do(a_refund("o1", yuan=10, who="anna"))
    stage.do(an_order("o1", yuan=10, who="anna"))
    assert places(stage) == []
    stage.do(a_refund("o2", yuan=5, who="ben"))
    stage.do(an_order("o2", yuan=10, who="ben"))
    assert places(stage) == [("ben", 1)]
    assert stage.member("ben").points == 110


def test_L4_places_are_taken_only_in_the_room_and_only_while_its_show_is_live() -> None:
    stage = with_campaign(status="scheduled")
    stage.do(an_order("o1", yuan=10, who="anna"))
    stage.do(an_order("o2", yuan=10, who="anna", room=None))
    assert places(stage) == []
    stage.do(to("live"))
    stage.do(an_order("o3", yuan=10, who="anna"))
    assert places(stage) == [("anna", 1)]


def test_L4_E7_E8_the_points_are_those_promised_beside_every_multiplier_and_budget() -> None:
    tight = replace(jifen(), budgets=replace(jifen().budgets, show=0, day=0))
    stage = stage_with(a_member("anna", growth=10_000), rulebook=tight)
    stage.applied(opening(points=200))
    stage.do(an_order("o1", yuan=10, who="anna"))
    (taken,) = [fact for fact in stage.told(Awarded) if fact.rule == "first_n:f1"]
    assert (taken.points, taken.growth, taken.behaviour, taken.order) == (200, 0, False, "o1")
    assert stage.told(BudgetSpent) == []


def test_L4_an_order_takes_a_place_of_every_open_campaign() -> None:
    stage = with_campaign()
    stage.applied(opening("f2", n=1, points=50))
    assert stage.applied(an_order("o1", yuan=10, who="anna")).earned.points == 270
    assert stage.applied(an_order("o2", yuan=10, who="ben")).earned.points == 220


def test_L4_a_full_campaign_is_shown_as_full_and_a_closed_one_no_more() -> None:
    stage = with_campaign(n=1)
    item = items_of(stage.world.rooms[ROOM], jifen())["first_n/f1"]
    assert item == {"title": "前两名下单再送200积分", "n": 1, "points": 200, "state": "open", "order": 0}
    stage.do(an_order("o1", yuan=10, who="anna"))
    assert ROOM in stage.world.touched_rooms
    full = items_of(stage.world.rooms[ROOM], jifen())["first_n/f1"]
    assert isinstance(full, dict)
    assert full["state"] == "full"
    stage.do(closing())
    assert "first_n/f1" not in items_of(stage.world.rooms[ROOM], jifen())
    assert stage.refused(closing()).code == "closed"


def test_L4_an_order_that_leaves_places_changes_nothing_that_the_room_shows() -> None:
    stage = with_campaign()
    stage.world.touched_rooms.clear()
    stage.do(an_order("o1", yuan=10, who="anna"))
    assert not stage.world.touched_rooms


def test_L4_a_campaign_ends_with_its_show_and_one_for_the_next_outlives_a_replay() -> None:
    stage = with_campaign()
    stage.do(to("ended"))
    assert [fact.campaign.id for fact in stage.told(FirstNClosed)] == ["f1"]
    stage.applied(opening("f2"))
    stage.do(to("ended", url="https://replay.example/1"))
    assert [one.id for one in stage.world.rooms[ROOM].first_n] == ["f2"]
    stage.do(ScheduleShow(origin(), ShowId("s2"), "明晚"))
    stage.do(to("live", show="s2"))
    stage.do(an_order("o1", yuan=10, who="anna"))
    assert places(stage) == [("anna", 1)]


def test_L4_whoever_opted_out_is_not_named() -> None:
    stage = stage_with(replace(a_member("anna"), announce_optout=True))
    stage.do(opening())
    stage.do(an_order("o1", yuan=10, who="anna"))
    assert [fact.name for fact in stage.told(FirstNTaken)] == [""]


def test_L4_what_cannot_be_opened_says_why() -> None:
    stage = stage_with()
    assert stage.refused(opening(room="nowhere")).code == "not_found"
    assert stage.refused(opening(n=0)).code == "bad_request"
    assert stage.refused(opening(points=-1)).code == "bad_request"
    assert stage.refused(opening(n=1_001, points=100_000)).code == "bad_request"
    for number in range(5):
        stage.applied(opening(f"f{number}"))
    assert stage.refused(opening("f9")).code == "limit_reached"
