"""What a card promises where a rule has a cap of the show, and cards that come again with the next show (E8, L7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from server.domain.commands import Like
from server.domain.rulebook import LIKE
from server.ids import RoomId
from tests.support.stage import FakeViewer, Stage


def four_likes_a_show(stage: Stage) -> None:
    rules = stage.ledger.world.rulebook
    few = replace(rules.behaviours[LIKE], per_show=4)
    stage.ledger.world.rulebook = replace(rules, behaviours={**rules.behaviours, LIKE: few})


def likes_left(card: Any) -> int:
    return sum(way["left"] for way in card["today"]["ways"] if way["rule"] == "like")


async def next_show(stage: Stage, show: str = "s2", before: str = "s1") -> None:
    await stage.ledger.end_show(show=before)
    await stage.ledger.go_live(show=show)
    await stage.told()
    await stage.gateway.show_cards.settle()


async def liked(stage: Stage, viewer: FakeViewer, ref: str, count: int) -> Any:
    stage.clock.advance(2_000)
    answer = await stage.done(viewer, ref, "like", count=count)
    await stage.told()
    return answer


async def test_E8_L7_a_card_promises_what_is_left_in_the_show_and_comes_again_with_the_next(
    stage: Stage,
) -> None:
    four_likes_a_show(stage)
    anna, bert = await stage.viewer("anna"), await stage.viewer("bert")
    await liked(stage, anna, "l1", 3)
    await liked(stage, bert, "l1", 1)
    assert [likes_left(viewer.cards()[-1]) for viewer in (anna, bert)] == [1, 3]
    before = len(anna.cards())
    await next_show(stage)
    assert [likes_left(viewer.cards()[-1]) for viewer in (anna, bert)] == [4, 4]
    shown = anna.cards()[-1]
    assert (len(anna.cards()) > before, shown["version"]) == (True, anna.cards()[0]["version"] or 1)
    await liked(stage, anna, "l2", 50)
    assert likes_left(anna.cards()[-1]) == 0
    await next_show(stage, "s3", "s2")
    assert likes_left(anna.cards()[-1]) == 3, "the day's are the fewer now"


async def test_E8_likes_beyond_the_cap_of_the_show_are_only_a_pulse(stage: Stage) -> None:
    four_likes_a_show(stage)
    anna = await stage.viewer("anna")
    await liked(stage, anna, "l1", 4)
    answer = await liked(stage, anna, "l2", 4)
    assert answer["why_nothing"] == "cap_reached"
    assert len([one for one in stage.ledger.commands if isinstance(one, Like)]) == 1
    await next_show(stage)
    await liked(stage, anna, "l3", 2)
    assert len([one for one in stage.ledger.commands if isinstance(one, Like)]) == 2


async def test_E8_L7_a_member_in_two_rooms_sees_in_each_what_its_own_show_leaves(stage: Stage) -> None:
    four_likes_a_show(stage)
    await stage.ledger.put_room("r2")
    await stage.ledger.go_live("r2", "other")
    here, there = await stage.viewer("anna"), await stage.viewer("anna", room="r2")
    await liked(stage, here, "l1", 3)
    assert [likes_left(viewer.cards()[-1]) for viewer in (here, there)] == [1, 4]


async def test_E8_R9_a_show_whose_beginning_was_not_heard_is_found_by_the_round(stage: Stage) -> None:
    four_likes_a_show(stage)
    anna = await stage.viewer("anna")
    await liked(stage, anna, "l1", 4)
    stage.heard.moved = lambda room, keys: None
    await next_show(stage)
    stage.gateway.rooms.changed(RoomId("r1"))
    await stage.round()
    await stage.gateway.show_cards.settle()
    assert likes_left(anna.cards()[-1]) == 4


async def test_E8_L7_no_card_promises_points_of_a_budget_that_is_spent(stage: Stage) -> None:
    rules = stage.ledger.world.rulebook
    stage.ledger.world.rulebook = replace(rules, budgets=replace(rules.budgets, show=12))
    anna, bert = await stage.viewer("anna"), await stage.viewer("bert")
    await liked(stage, bert, "l1", 1)
    assert bert.cards()[-1]["today"]["claimable"] > 12
    await stage.round()
    await liked(stage, bert, "l2", 1)
    today = bert.cards()[-1]["today"]
    assert (today["claimable"], max(way["points"] for way in today["ways"])) == (11, 10)
    await liked(stage, anna, "l1", 10)
    await stage.round()
    await stage.gateway.show_cards.settle()
    for viewer in (anna, bert):
        assert viewer.cards()[-1]["today"] | {"earned": 0} == {"earned": 0, "claimable": 0, "ways": []}
        assert viewer.cards()[-1]["next"]["hint"]["en"], "growth needs no budget: the step to the tier stays"
    before = len(anna.cards())
    await stage.round()
    await stage.gateway.show_cards.settle()
    assert len(anna.cards()) == before
    await next_show(stage)
    await stage.round()
    await stage.gateway.show_cards.settle()
    assert anna.cards()[-1]["today"]["claimable"] == 12


async def test_E8_L7_the_budget_of_one_room_says_nothing_in_another(stage: Stage) -> None:
    rules = stage.ledger.world.rulebook
    stage.ledger.world.rulebook = replace(rules, budgets=replace(rules.budgets, show=10))
    await stage.ledger.put_room("r2")
    await stage.ledger.go_live("r2", "other")
    here, there = await stage.viewer("anna"), await stage.viewer("anna", room="r2")
    await liked(stage, here, "l1", 10)
    await stage.round()
    stage.clock.advance(2_000)
    await stage.done(here, "s1", "share", channel="wechat")
    await stage.told()
    assert [one.cards()[-1]["today"]["claimable"] for one in (here, there)] == [0, 10]


async def test_E8_L7_what_a_budget_holds_is_not_guessed_while_nobody_can_say(stage: Stage) -> None:
    rules = stage.ledger.world.rulebook
    stage.ledger.world.rulebook = replace(rules, budgets=replace(rules.budgets, show=12))
    anna = await stage.viewer("anna")
    stage.ledger.away = True
    await stage.round()
    stage.ledger.away = False
    await liked(stage, anna, "l1", 1)
    assert anna.cards()[-1]["today"]["claimable"] > 12


async def test_L7_without_a_cap_of_the_show_no_card_comes_again_with_it(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    await liked(stage, anna, "l1", 3)
    before = len(anna.cards())
    await next_show(stage)
    await stage.round()
    assert len(anna.cards()) == before
