"""Another rulebook takes force while members are connected."""

from dataclasses import replace
from typing import Any

import pytest

from broadcaster.frames import Notice
from server.domain.rulebook import Rulebook
from tests.support.stage import FakeViewer, Stage, content


def notices(viewer: FakeViewer) -> list[Any]:
    return [content(frame.body) for frame in viewer.sent if isinstance(frame, Notice)]


async def take_force(stage: Stage, rulebook: Rulebook) -> None:
    before, stage.ledger.world.rulebook = stage.ledger.world.rulebook, rulebook
    stage.clock.advance(1)
    stage.gateway.rulebook_changed(before, rulebook, stage.clock.now_ms())
    await stage.told()


def doubled(stage: Stage) -> Rulebook:
    """Bronze needs twice the growth."""
    rulebook = stage.ledger.world.rulebook
    basic, bronze, *higher = rulebook.ladder
    dearer = replace(bronze, entry=replace(bronze.entry, growth=30))
    return replace(rulebook, version=2, ladder=(basic, dearer, *higher))


async def test_FRS2_every_member_gets_a_card_by_the_new_rules_and_is_told(stage: Stage) -> None:
    viewers = [await stage.viewer(name, name=name) for name in ("anna", "bert")]
    watcher = await stage.viewer(None)
    await stage.told()
    assert [viewer.cards()[-1]["next"]["growth_to_go"] for viewer in viewers] == [15, 15]
    await take_force(stage, doubled(stage))
    for viewer in viewers:
        assert viewer.cards()[-1]["next"]["growth_to_go"] == 30
        assert viewer.cards()[-1]["as_of_ms"] == stage.clock.now_ms()
        assert [(one["kind"], one["params"]) for one in notices(viewer)] == [("rules", {"version": 2})]
    assert watcher.sent == []


async def test_FRS2_nobodys_tier_changes_by_it(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.told()
    tier = anna.cards()[-1]["tier"]
    await take_force(stage, doubled(stage))
    assert anna.cards()[-1]["tier"] == tier


async def test_FRS2_P6_another_worth_of_points_is_said(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    rulebook = stage.ledger.world.rulebook
    spending = replace(rulebook.spending, points_per_unit=120)
    await take_force(stage, replace(rulebook, version=2, spending=spending))
    assert notices(anna)[-1]["text"] == {
        "zh-CN": "活动规则已更新:现在120积分抵1元",
        "en": "The rules have changed: from now on 120 points = ¥1",
    }


@pytest.mark.parametrize("name", [None, "小美"])
async def test_FRS2_who_cannot_be_read_now_gets_the_card_with_the_next_round(
    stage: Stage, name: str | None
) -> None:
    anna = await stage.viewer("anna", name=name)
    await stage.told()
    cards = len(anna.cards())
    stage.ledger.away = True
    stage.redis_is_away()
    await take_force(stage, doubled(stage))
    assert len(anna.cards()) == cards
    stage.ledger.away = False
    stage.redis_is_away(False)
    stage.beat(anna)
    await stage.round()
    await stage.told()
    assert len(anna.cards()) == cards + 1


async def test_FRS3_O7_an_announced_rate_is_told_when_it_is_announced_and_to_those_who_come_later(
    stage: Stage,
) -> None:
    anna, watcher = await stage.viewer("anna", name="小美"), await stage.viewer(None)
    rulebook, now_ms = stage.ledger.world.rulebook, stage.clock.now_ms()
    dearer = replace(rulebook, version=2, spending=replace(rulebook.spending, points_per_unit=120))
    stage.gateway.rate_announced(rulebook, dearer, now_ms + 30 * 86_400_000, now_ms)
    bert = await stage.viewer("bert", name="大壮")
    again = await stage.viewer("anna", name="小美")
    for viewer in (anna, bert):
        assert [one["text"] for one in notices(viewer)] == [
            {
                "zh-CN": "2025-12-21起120积分抵1元;在此之前仍是100积分抵1元",
                "en": "From 2025-12-21, 120 points = ¥1; until then, 100 points = ¥1",
            }
        ]
        assert notices(viewer)[0]["kind"] == "rules"
    assert notices(watcher) == notices(again) == []

    stage.gateway.rate_announced(rulebook, None, 0, now_ms)
    assert notices(await stage.viewer("carl", name="卡尔")) == []
