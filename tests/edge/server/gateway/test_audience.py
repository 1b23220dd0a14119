"""Viewers by tier and a task's funnel, from the joins and acts of a node."""

from __future__ import annotations

from broadcaster.frames import Seen
from server.hot.ports import BEGAN, SAW, UNSIGNED
from server.ids import RoomId, TaskId
from tests.edge.server.gateway.test_tasks import start
from tests.support.stage import Stage

R1 = RoomId("r1")


async def audience(stage: Stage) -> dict[str, int]:
    await stage.gateway.audience.refresh(stage.clock.now_ms())
    return dict(await stage.hot.audience(R1, stage.clock.now_ms()))


async def test_L8_a_host_s_histogram_follows_joins_promotions_and_leaving(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    ben = await stage.viewer("ben")
    await stage.viewer(None)
    await stage.viewer(None, surface="broadcast")
    assert await audience(stage) == {"basic": 2, UNSIGNED: 1}
    await stage.done(anna, "a1", "share", channel="wechat")
    stage.ledger.change("anna", tier="gold", tier_until_ms=stage.clock.now_ms() + 86_400_000)
    stage.clock.advance(60_000)
    await stage.done(anna, "a2", "share", channel="wechat")
    await stage.told()
    assert await audience(stage) == {"basic": 1, "gold": 1, UNSIGNED: 1}
    stage.leave(ben)
    assert await audience(stage) == {"gold": 1, UNSIGNED: 1}


async def test_L3_a_task_s_funnel_counts_whose_screen_it_was_on_and_who_began(stage: Stage) -> None:
    await start(stage, "like", target=3)
    await stage.told()
    anna, again = await stage.viewer("anna"), await stage.viewer("anna")
    anonymous = await stage.viewer(None)
    overlay = await stage.viewer(None, surface="broadcast")
    for viewer in (anna, again, anonymous, overlay):
        stage.gateway.seen(viewer, Seen(("t1", "moment-7", "t9")))
    await stage.done(anna, "a1", "like", count=1)
    await stage.told()
    await stage.funnel.refresh(stage.clock.now_ms())
    task = TaskId("t1")
    steps = [(SAW, task), (BEGAN, task), (SAW, TaskId("t9"))]
    assert list(await stage.hot.marked(steps)) == [2, 1, 0]
