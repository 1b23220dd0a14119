"""Members-only rooms and shows while people are inside: who is asked out, who keeps the seat, who gets in (L6)."""

from broadcaster.frames import Beat, Bye
from broadcaster.ports import Joined, Rejected
from server.gateway.doors import KNOCK_MS
from server.ids import MemberId, ShowId
from tests.support.stage import FakeViewer, Stage


def byes(viewer: FakeViewer) -> list[int]:
    return [frame.code for frame in viewer.sent if isinstance(frame, Bye)]


async def settled(stage: Stage) -> None:
    await stage.told()
    await stage.gateway.doors.settle()


async def a_member(stage: Stage, sub: str, tier: str) -> FakeViewer:
    """Somebody of this tier, inside."""
    viewer = await stage.viewer(sub, name=sub)
    await stage.told()
    if tier != "basic":
        changes(stage, sub, tier)
    return viewer


def changes(stage: Stage, sub: str, tier: str) -> None:
    stage.ledger.change(sub, tier=tier)
    stage.cache.flush()


async def members_only_begins(stage: Stage, show: str = "s2", tier: str = "silver") -> None:
    await stage.ledger.end_show("r1", "s1")
    await stage.ledger.go_live("r1", show, members_only=tier)
    await settled(stage)


async def test_L6_who_is_inside_and_no_member_is_asked_out_at_once_and_told_what_is_missing(
    stage: Stage,
) -> None:
    silver, basic = await a_member(stage, "anna", "silver"), await a_member(stage, "bert", "basic")
    stranger, overlay = await stage.viewer(None), await stage.viewer(None, surface="broadcast")
    host = await stage.viewer("li", surface="host", role="host")
    await members_only_begins(stage)
    assert [byes(one) for one in (silver, basic, stranger, overlay, host)] == [[], [4502], [4502], [4502], []]
    (bye,) = [frame for frame in basic.sent if isinstance(frame, Bye)]
    assert dict(bye.details) == {
        "tier": "silver",
        "name": "白银会员",
        "growth_to_go": 300,
        "spend_to_go": 28_000,
    }
    assert bye.retry_after_ms == KNOCK_MS
    (bye,) = [frame for frame in stranger.sent if isinstance(frame, Bye)]
    assert dict(bye.details) == {"tier": "silver", "name": "白银会员"}


async def test_L6_a_hello_that_is_refused_says_what_is_missing_too(stage: Stage) -> None:
    await stage.ledger.put_room("r2", members_only="gold")
    await stage.viewer("anna", name="小美")
    verdict = await stage.hello(stage.token("anna"), "r2")
    assert isinstance(verdict, Rejected)
    assert verdict.details is not None
    assert (verdict.details["tier"], verdict.details["growth_to_go"]) == ("gold", 2_000)


async def test_L6_a_member_who_drops_keeps_the_seat_until_the_show_ends_also_at_another_node(
    stage: Stage,
) -> None:
    anna = await a_member(stage, "anna", "silver")
    await members_only_begins(stage)
    changes(stage, "anna", "bronze")
    await stage.round()
    assert byes(anna) == []
    stage.gateway = stage.new_gateway()
    assert isinstance(await stage.hello(stage.token("anna")), Joined)

    await stage.ledger.end_show("r1", "s2")
    await stage.ledger.go_live("r1", "s3", members_only="silver")
    await settled(stage)
    verdict = await stage.hello(stage.token("anna"))
    assert isinstance(verdict, Rejected)
    assert verdict.code == 4502


async def test_L6_who_enters_during_the_show_has_a_seat_and_who_does_not_has_none(stage: Stage) -> None:
    await a_member(stage, "anna", "silver")
    stage.viewers.clear()
    await members_only_begins(stage)
    assert isinstance(await stage.hello(stage.token("anna")), Joined)
    await stage.gateway.doors.settle()
    assert await stage.hot.seats(  # kept for every node
        ShowId("s2"), [MemberId("anna"), MemberId("bert")]
    ) == {"anna": "silver"}
    changes(stage, "anna", "basic")
    assert isinstance(await stage.hello(stage.token("anna")), Joined)
    assert isinstance(await stage.hello(stage.token("bert")), Rejected)


async def test_L6_a_seat_is_worth_what_was_asked_when_it_was_given(stage: Stage) -> None:
    anna = await a_member(stage, "anna", "silver")
    await members_only_begins(stage)
    await stage.ledger.put_room("r1", members_only="gold")
    await settled(stage)
    assert byes(anna) == [4502]


async def test_L6_between_shows_a_members_only_room_looks_at_the_tier_alone(stage: Stage) -> None:
    anna = await a_member(stage, "anna", "silver")
    await stage.ledger.put_room("r1", members_only="silver")
    await settled(stage)
    changes(stage, "anna", "basic")
    assert byes(anna) == []
    await stage.ledger.end_show("r1", "s1")
    await settled(stage)
    assert byes(anna) == [4502]


async def test_L6_a_drop_between_shows_asks_out_by_the_card_that_says_it(stage: Stage) -> None:
    anna = await a_member(stage, "anna", "silver")
    await stage.ledger.end_show("r1", "s1")
    await stage.ledger.put_room("r1", members_only="silver")
    await settled(stage)
    assert byes(anna) == []
    changes(stage, "anna", "basic")
    stage.gateway.beat(anna, Beat("n", True, True, 0), stage.clock.now_ms())
    await stage.round()
    assert set(byes(anna)) == {4502}


async def test_L6_who_is_promoted_gets_in_with_the_next_knock(stage: Stage) -> None:
    await a_member(stage, "anna", "basic")
    await members_only_begins(stage)
    assert isinstance(await stage.hello(stage.token("anna")), Rejected)
    changes(stage, "anna", "silver")
    assert isinstance(await stage.hello(stage.token("anna")), Joined)


async def test_L6_what_was_not_heard_is_found_by_the_next_round(stage: Stage) -> None:
    basic = await a_member(stage, "bert", "basic")
    stage.heard.moved = lambda room, keys: None
    await members_only_begins(stage)
    assert byes(basic) == []
    stage.clock.advance(15_000)
    await stage.round()
    await stage.gateway.doors.settle()
    assert byes(basic) == [4502]


async def test_L6_who_was_judged_by_the_old_terms_and_entered_since_is_found_by_the_next_round(
    stage: Stage,
) -> None:
    await a_member(stage, "anna", "silver")
    verdict = await stage.hello(stage.token("bert"))
    assert isinstance(verdict, Joined)
    await members_only_begins(stage)
    late = FakeViewer("late", "r1", "viewer", verdict.identity)
    stage.gateway.joined(late)
    stage.viewers.append(late)
    await stage.round()
    await stage.gateway.doors.settle()
    assert byes(late) == [4502]


async def test_L6_with_redis_away_nobody_is_guessed_to_have_a_seat(stage: Stage) -> None:
    await a_member(stage, "anna", "silver")
    await members_only_begins(stage)
    changes(stage, "anna", "basic")
    stage.redis_is_away()
    verdict = await stage.hello(stage.token("anna"))
    assert isinstance(verdict, Rejected)
    assert (verdict.code, verdict.retry_after_ms > 0) == (4004, True)
