"""The entrance of gold and black members."""

from typing import Any

from tests.support.stage import Stage


async def a_black(stage: Stage, who: str, **changes: object) -> None:
    """Let somebody come once, so that they are known, and lift them."""
    viewer = await stage.viewer(who, name=who)
    await stage.done(viewer, "first", "share", channel="wechat")
    stage.leave(viewer)
    await stage.told()
    stage.ledger.change(who, tier="black", tier_until_ms=stage.clock.now_ms() + 86_400_000, **changes)
    stage.cache.flush()


async def enters(stage: Stage, who: str) -> list[Any]:
    """Let somebody in; return the entrances the room has seen so far."""
    await stage.viewer(who)
    await stage.gateway.entrances.settle()
    await stage.told()
    return [moment for moment in stage.heard.moments() if moment["kind"] == "entrance"]


async def test_L8_a_black_member_is_announced_and_a_silver_one_is_not(stage: Stage) -> None:
    await a_black(stage, "anna")
    [entrance] = await enters(stage, "anna")
    assert (entrance["rank"], entrance["params"]) == (3, {"name": "anna", "tier": "black"})
    assert entrance["text"]["zh-CN"] == "黑钻会员 @anna 进入直播间"
    await a_black(stage, "bea")
    stage.ledger.change("bea", tier="silver")
    stage.cache.flush()
    stage.clock.advance(60_000)
    assert len(await enters(stage, "bea")) == 1


async def test_L8_entrances_are_paced_and_a_member_is_shown_once_in_ten_minutes(stage: Stage) -> None:
    for who in ("anna", "bea", "cora"):
        await a_black(stage, who)
    for who in ("anna", "bea"):
        await enters(stage, who)
    assert [one["params"]["name"] for one in await enters(stage, "anna")] == ["anna"]
    stage.clock.advance(3_001)
    assert [one["params"]["name"] for one in await enters(stage, "cora")] == ["anna", "cora"]
    stage.clock.advance(600_001)
    assert len(await enters(stage, "anna")) == 3


async def test_L8_who_comes_and_goes_all_the_time_takes_no_place_from_others(stage: Stage) -> None:
    for who in ("anna", "bea"):
        await a_black(stage, who)
    await enters(stage, "anna")
    stage.clock.advance(3_001)
    await enters(stage, "anna")  # not shown again, and the room's next place is still there
    assert [one["params"]["name"] for one in await enters(stage, "bea")] == ["anna", "bea"]


async def test_L8_an_entrance_that_is_not_shown_is_counted_with_the_reason(stage: Stage) -> None:
    for who in ("anna", "bea", "cora"):
        await a_black(stage, who)
    for who in ("anna", "anna", "bea"):
        await enters(stage, who)
    stage.hot.away = True
    await enters(stage, "cora")
    assert stage.meter.drops == [(3, "repeated", 1), (3, "paced", 1), (3, "hot_away", 1)]


async def test_L8_who_does_not_want_to_be_named_enters_quietly(stage: Stage) -> None:
    await a_black(stage, "anna", announce_optout=True)
    assert await enters(stage, "anna") == []


async def test_L8_without_a_live_show_nobody_is_announced(stage: Stage) -> None:
    await a_black(stage, "anna")
    await stage.ledger.end_show()
    assert await enters(stage, "anna") == []


async def test_L8_with_redis_away_nobody_is_announced_and_nobody_waits(stage: Stage) -> None:
    await a_black(stage, "anna")
    stage.hot.away = True
    assert await enters(stage, "anna") == []
