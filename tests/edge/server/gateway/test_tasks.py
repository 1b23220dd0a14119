"""Countdown tasks on the live socket: what the room and the member see, and what a broadcast overlay's delay gives."""

from broadcaster.frames import Seen
from server.domain.commands import (
    AllowGrace,
    ById,
    Like,
    Origin,
    PostComment,
    RecordPaidOrder,
    RecordRefundedOrder,
    RecordWatchedTask,
    StartTask,
)
from server.ids import MemberId, OrderId, RoomId, TaskId
from server.text.comments import clean_comment
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


async def test_L3_E8_the_rooms_numbers_go_back_with_a_reward_that_is_refunded(stage: Stage) -> None:
    def told(name: str) -> Origin:
        return Origin("shop", name, name, stage.clock.now_ms(), room=RoomId("r1"))

    async def buys(order: str, who: str) -> None:
        payer = ById(MemberId(who))
        stage.clock.advance(5_000)
        await stage.ledger.submit(RecordPaidOrder(told(order), payer, OrderId(order), 3_000, "CNY"))
        await stage.told()

    await start(stage, kind="order")
    await buys("o1", "anna")
    await buys("o2", "bert")
    refund = RecordRefundedOrder(told("back"), ById(MemberId("anna")), OrderId("o1"), 3_000, "CNY")
    await stage.ledger.submit(refund)
    await stage.told()
    await buys("o3", "cora")
    assert [one["done"] for one in stage.heard.pulses("task:t1")] == [0, 1, 2, 1, 2]
    assert [one["budget_left"] for one in stage.heard.pulses("task:t1")] == [1_000, 900, 800, 900, 800]


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


async def test_L3_E8_likes_of_one_who_is_done_with_the_task_stay_off_the_ledger_again(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.done(anna, "l0", "like", count=50)
    await stage.told()
    await start(stage, kind="like", target=40)
    for n in range(5):
        stage.clock.advance(1_000)
        await stage.done(anna, f"l{n + 1}", "like", count=40)
        await stage.told()
    likes = [one for one in stage.ledger.commands if isinstance(one, Like)]
    assert len(likes) == 2, "the one that earned, and the one that reached the target"


async def test_L3_E8_only_the_password_itself_is_a_comment_beyond_the_cap_for_the_ledger(
    stage: Stage,
) -> None:
    anna = await stage.viewer()
    n = 0
    while (await stage.done(anna, f"c{n}", "comment", text=f"这件外套真好看{n}"))["points"]:
        n += 1
        stage.clock.advance(3_600_000 // 20)
        await stage.told()
    digest = clean_comment("冲冲冲冲冲")
    assert digest is not None
    await start(stage, kind="password", password=digest.digest)
    before = len([one for one in stage.ledger.commands if isinstance(one, PostComment)])
    await stage.done(anna, "other", "comment", text="什么时候发货呀")
    await stage.done(anna, "password", "comment", text="冲冲冲冲冲")
    await stage.told()
    after = [one for one in stage.ledger.commands if isinstance(one, PostComment)]
    assert [one.text for one in after[before:]] == ["冲冲冲冲冲"]
    assert stage.ledger.world.budgets["task:t1"] == 100


async def test_L3_R9_minutes_watched_on_another_node_meanwhile_are_not_lost(stage: Stage) -> None:
    anna = await stage.viewer()
    await start(stage, kind="watch", target=9)
    await stage.watch(anna, 2 * 60 + 30)
    # Meanwhile another node tells of three more minutes.
    told = max(one.minutes for one in stage.ledger.commands if isinstance(one, RecordWatchedTask))
    origin = Origin("watch", "elsewhere", "x", stage.clock.now_ms(), room=RoomId("r1"))
    who = next(one.who for one in stage.ledger.commands if isinstance(one, RecordWatchedTask))
    await stage.ledger.submit(RecordWatchedTask(origin, who, TaskId("t1"), told + 3))
    await stage.told()
    stage.clock.advance(180_000)
    await stage.watch(anna, 75)
    await stage.told()
    assert anna.cards()[-1]["tasks"]["t1"]["count"] == told + 4


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
    overlay = await stage.overlay()
    viewer = await stage.viewer()
    anybody = await stage.viewer(sub=None, surface="broadcast")
    somebody = await stage.viewer("bert", surface="broadcast")
    await start(stage)
    for one in (viewer, anybody, somebody):  # nobody gets grace by calling themselves an overlay
        stage.gateway.seen(one, Seen(("t1",)))
    await stage.told()
    assert [one for one in stage.ledger.commands if isinstance(one, AllowGrace)] == []
    for _ in range(3):
        stage.gateway.seen(overlay, Seen(("t1", "something else")))
        await stage.told()
    assert len([one for one in stage.ledger.commands if isinstance(one, AllowGrace)]) == 1
    assert stage.ledger.world.rooms[RoomId("r1")].tasks[0].grace_ms == 15_000
