"""What a member who enters a room is handed over."""

from datetime import UTC, datetime
from typing import Any

from broadcaster.ports import Joined
from server.domain.commands import HandOver
from server.ids import MemberId, TierId
from tests.support.stage import NOW, FakeViewer, Stage

DAY_MS = 86_400_000
TODAY = f"{datetime.fromtimestamp(NOW / 1_000, UTC):%m-%d}"
GIVEN = {"monthly_coupon": NOW}


async def known(stage: Stage, **changes: object) -> None:
    """Somebody who was here before, as the ledger has them."""
    who = "anna"
    viewer = await stage.viewer(who)
    await stage.done(viewer, "share", "share", channel="wechat")
    await stage.told()
    stage.leave(viewer)
    stage.ledger.change(who, **{"given": GIVEN, **changes})
    stage.cache.flush()


async def enter(stage: Stage, who: str = "anna") -> FakeViewer:
    viewer = await stage.viewer(who)
    await stage.gateway.entering.settle()
    await stage.told()
    return viewer


def handed(stage: Stage) -> list[str]:
    return [command.origin.event for command in stage.ledger.commands if isinstance(command, HandOver)]


def notices(stage: Stage, who: str = "anna") -> list[Any]:
    return [(notice["kind"], notice["text"]["zh-CN"]) for notice in stage.heard.notices(who)]


BORN = {"tier": TierId("silver"), "birthday": TODAY, "birthday_set_ms": NOW - 31 * DAY_MS}


async def test_B4_the_pack_is_handed_over_in_the_room_on_entering_that_day(stage: Stage) -> None:
    await known(stage, **BORN)
    told = len(notices(stage))
    anna = await enter(stage)
    assert notices(stage)[told:] == [
        ("birthday", "生日快乐!送你200积分"),
        ("coupon", "获得生日礼券:下单立减20元,30天内有效"),
    ]
    card = anna.cards()[-1]
    assert card["points"] == 210
    assert [coupon["off"] for coupon in card["coupons"]] == [2_000]


async def test_B4_whoever_comes_again_is_handed_nothing_and_nothing_is_written(stage: Stage) -> None:
    await known(stage, **BORN)
    await enter(stage)
    await enter(stage)
    assert len(handed(stage)) == 1
    assert stage.ledger.world.members[MemberId("anna")].points == 210


async def test_B4_nothing_is_written_for_those_who_are_due_nothing(stage: Stage) -> None:
    await known(stage)
    await enter(stage)
    await enter(stage, "stranger")
    assert handed(stage) == []


async def test_B4_whoever_is_in_the_room_at_midnight_is_handed_it_with_the_next_token(stage: Stage) -> None:
    tomorrow = f"{datetime.fromtimestamp(NOW / 1_000 + 86_400, UTC):%m-%d}"
    await known(stage, **{**BORN, "birthday": tomorrow})
    anna = await enter(stage)
    assert handed(stage) == []
    stage.clock.advance(DAY_MS)
    await stage.round()  # as a node does all the time: mailboxes are entered anew
    assert isinstance(await stage.gateway.token(anna, stage.token("anna")), Joined)
    await stage.gateway.entering.settle()
    await stage.told()
    assert len(handed(stage)) == 1
    assert anna.cards()[-1]["points"] == 210


async def test_B6_the_months_coupon_is_handed_over_on_entering(stage: Stage) -> None:
    await known(stage, tier=TierId("bronze"), given={})
    anna = await enter(stage)
    assert [(coupon["off"], coupon["min"]) for coupon in anna.cards()[-1]["coupons"]] == [(500, 9_900)]


async def test_R5_with_sql_away_one_is_let_in_and_handed_it_the_next_time(stage: Stage) -> None:
    await known(stage, tier=TierId("bronze"), given={})
    viewer = await stage.viewer("anna")
    stage.ledger.away = True
    await stage.gateway.entering.settle()
    assert handed(stage) == []
    stage.leave(viewer)
    stage.ledger.away = False
    await enter(stage)
    assert len(handed(stage)) == 1


async def test_L11_whoever_was_recalled_is_welcomed_back_until_they_do_something(stage: Stage) -> None:
    await known(stage, given={**GIVEN, "recall:0": NOW}, last_active_ms=NOW - 31 * DAY_MS)
    for _ in range(2):
        viewer = await enter(stage)
        kinds = [frame for frame in viewer.sent if type(frame).__name__ == "Notice"]
        assert len(kinds) == 1
        stage.leave(viewer)
    viewer = await enter(stage)
    await stage.done(viewer, "like", "like", count=1)
    await stage.told()
    stage.leave(viewer)
    later = await enter(stage)
    assert [frame for frame in later.sent if type(frame).__name__ == "Notice"] == []
