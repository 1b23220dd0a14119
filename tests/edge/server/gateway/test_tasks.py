"""Countdown tasks on the live socket: what the room and the member see, and what a broadcast overlay's delay gives."""

from broadcaster.frames import Seen
from server.domain.commands import AllowGrace, Origin, RecordWatchedTask, StartTask
from server.ids import RoomId, TaskId
from tests.support.stage import Stage


async def start(stage: Stage, kind: str = "share", target: int = 1, **changes: object) -> None:
    origin = Origin("api", f"start-{kind}", "x", stage.clock.now_ms(), room=RoomId("r1"))
    values: dict[str, object] = {"reward": 100, "seconds": 600, "budget": 1_000} | changes
    await stage.ledger.submit(
        StartTask(origin, TaskId("t1"), kind, "分享直播间得100积分", target=target, **values)  # type: ignore[arg-type]
    )
    await stage.told()
    await stage.gateway.rooms.refresh([RoomId("r1")])


async def test_L3_the_room_sees_the_task_and_its_numbers_and_the_member_the_progress(stage: Stage) -> None:
    anna = await stage.viewer()
    await start(stage, target=2)
    assert stage.heard.items("tasks/t1")[-1]["state"] == "running"
    assert stage.heard.pulses("task:t1") == [{"done": 0, "budget_left": 1_000}]
    await stage.done(anna, "a1", "share", channel="wechat")
    await stage.told()
    assert anna.cards()[-1]["tasks"] == {"t1": {"count": 1, "target": 2, "state": "running"}}
    await stage.done(anna, "a2", "share", channel="wechat")
    await stage.told()
    assert anna.cards()[-1]["tasks"] == {"t1": {"count": 2, "target": 2, "state": "done"}}
    assert stage.heard.pulses("task:t1")[-1] == {"done": 1, "budget_left": 900}
    [moment] = [one for one in stage.heard.moments() if one["kind"] == "task_done"]
    assert (moment["rank"], moment["params"]["count"], moment["params"]["reward"]) == (2, 1, 100)


async def test_L3_many_who_are_done_are_folded_and_nobody_is_lost_from_the_count(stage: Stage) -> None:
    await start(stage)
    for number in range(30):
        viewer = await stage.viewer(f"m{number}")
        await stage.done(viewer, "a1", "share", channel="wechat")
    for _ in range(20):
        stage.clock.advance(1_000)
        await stage.told()
    moments = [one for one in stage.heard.moments() if one["kind"] == "task_done"]
    assert len(moments) < 10
    # The budget holds ten rewards.
    assert sum(one["params"]["count"] for one in moments) == 10


async def test_L3_a_like_beyond_the_days_cap_still_counts_for_a_task(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.done(anna, "l0", "like", count=50)
    await stage.told()
    await start(stage, kind="like", target=40)
    stage.clock.advance(1_000)
    await stage.done(anna, "l1", "like", count=40)
    await stage.told()
    assert anna.cards()[-1]["tasks"] == {"t1": {"count": 40, "target": 40, "state": "done"}}


async def test_L3_minutes_watched_while_the_task_runs_reach_its_target(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.watch(anna, 60)
    await start(stage, kind="watch", target=3)
    await stage.watch(anna, 4 * 60)
    await stage.told()
    told = [one.minutes for one in stage.ledger.commands if isinstance(one, RecordWatchedTask)]
    assert told[:3] == [1, 2, 3]
    assert anna.cards()[-1]["tasks"]["t1"]["state"] == "done"


async def test_L3_E1_watching_counts_for_tasks_in_one_room_at_a_time(stage: Stage) -> None:
    await stage.ledger.put_room("r2")
    await stage.ledger.go_live("r2", "s2")
    there = await stage.viewer(room="r2")
    await stage.watch(there, 60)
    here = await stage.viewer()
    await start(stage, kind="watch", target=3)
    for _ in range(20):
        stage.clock.advance(15_000)
        stage.beat(there)
        stage.beat(here)
        await stage.round()
    assert [one for one in stage.ledger.commands if isinstance(one, RecordWatchedTask)] == []


async def test_L3_hidden_or_paused_is_not_watched(stage: Stage) -> None:
    anna = await stage.viewer()
    await start(stage, kind="watch", target=3)
    await stage.watch(anna, 120, visible=False)
    await stage.watch(anna, 120, playing=False)
    assert [one for one in stage.ledger.commands if isinstance(one, RecordWatchedTask)] == []


async def test_L3_a_broadcast_overlay_that_shows_the_task_gives_everyone_its_delay(stage: Stage) -> None:
    overlay = await stage.viewer(sub=None, surface="broadcast")
    viewer = await stage.viewer()
    await start(stage)
    stage.gateway.seen(viewer, Seen(("t1",)))
    await stage.told()
    assert [one for one in stage.ledger.commands if isinstance(one, AllowGrace)] == []
    for _ in range(3):
        stage.gateway.seen(overlay, Seen(("t1", "something else")))
        await stage.told()
    assert len([one for one in stage.ledger.commands if isinstance(one, AllowGrace)]) == 1
    assert stage.ledger.world.rooms[RoomId("r1")].tasks[0].grace_ms == 15_000
