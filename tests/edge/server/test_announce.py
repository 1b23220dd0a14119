"""What the world is told of a commit: in which order, how much of it, and what becomes of it when Redis is away."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from broadcaster.frames import MailFrame, Notice, RoomFrame
from broadcaster.ports import Published
from broadcaster.testing import MemoryRoomStore
from member_cache.ports import Record
from member_cache.testing import MemoryCache
from server.announcing.announcer import CHATTER_PER_S, LIKES_EVERY_MS, Announcer
from server.announcing.shout_controls import ShoutControls
from server.domain.commands import (
    ById,
    Like,
    OpenFirstN,
    Origin,
    PostComment,
    RecordPaidOrder,
    RecordRefundedOrder,
)
from server.domain.facts import CommentPosted, RewardRedeemed, ShoutedOut
from server.domain.state import Coupon
from server.ids import AuthorTag, CouponId, FirstNId, MemberId, OrderId, RoomId, TierId
from server.ledger.ports import Committed
from tests.support.stage import NOW, Stage
from tests.unit.server.domain.test_redeemed import redeemed as redeemed_at

ROOM = RoomId("r1")


def origin(stage: Stage, event: str, *, source: str = "shop", is_test: bool = False) -> Origin:
    return Origin(source, event, event, stage.clock.now_ms(), room=ROOM, is_test=is_test)


async def order(
    stage: Stage, member: str, yuan: int, *, name: str | None = None, is_test: bool = False
) -> None:
    """Let a member pay, and be called `name`."""
    if name is not None:
        stage.leave(await stage.viewer(member, name=name))
    number = len(stage.ledger.receipts)
    await stage.ledger.submit(
        RecordPaidOrder(
            origin(stage, f"order{number}", is_test=is_test),
            ById(MemberId(member)),
            OrderId(f"o{number}"),
            yuan * 100,
            "CNY",
        )
    )


def shout(member: str, *, tier: str = "silver", coupon: bool = True) -> ShoutedOut:
    return ShoutedOut(
        MemberId(member),
        AuthorTag(f"a_{member}"),
        member,
        TierId(tier),
        ROOM,
        Coupon(CouponId("c"), "升级券", 1_000, 0, NOW, NOW + 86_400_000, "level_up:silver")
        if coupon
        else None,
        NOW,
    )


def redeemed(member: str, *, reward: str = "bag") -> RewardRedeemed:
    return replace(redeemed_at(member, room=ROOM, reward=reward), at_ms=NOW)


def comment(n: int) -> CommentPosted:
    return CommentPosted(
        MemberId("m"), AuthorTag("a_m"), "小美", TierId("basic"), ROOM, f"k{n}", f"第{n}条", "d", False, NOW
    )


def commit(*facts: ShoutedOut | CommentPosted) -> Committed:
    return Committed((), facts, (), ())


async def campaign(stage: Stage, *, n: int = 3) -> None:
    opening = OpenFirstN(origin(stage, "open", source="api"), FirstNId("f1"), "前几名下单送积分", n, 200)
    await stage.ledger.submit(opening)


# --- what is shown --------------------------------------------------------------------------------


async def test_L2_an_order_that_reaches_silver_is_shouted_word_for_word(stage: Stage) -> None:
    await order(stage, "anna", 300, name="小美")
    await stage.told()
    (moment,) = stage.heard.moments()
    assert moment["text"]["zh-CN"] == "恭喜用户@小美 升级为白银会员!现在下单立减10元!"
    assert moment["params"]["name"] == "小美"
    assert moment["params"]["tier"] == "silver"
    assert moment["params"]["count"] == 1
    assert moment["params"]["offer"]["off"] == 1_000
    assert (moment["kind"], moment["rank"], moment["is_test"]) == ("level_up", 1, False)
    assert moment["expires_ms"] == NOW + 60_000
    assert moment["author"].startswith("a_")


async def test_L2_a_test_stays_a_test_to_the_end(stage: Stage) -> None:
    await order(stage, "anna", 300, name="小美", is_test=True)
    await stage.told()
    assert [moment["is_test"] for moment in stage.heard.moments()] == [True]


async def test_L2_whoever_opted_out_is_a_mystery_and_carries_no_tag(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.done(anna, "1", "announce_optout", on=True)
    await order(stage, "anna", 300)
    await stage.told()
    (moment,) = stage.heard.moments()
    assert "小美" not in str(moment)
    assert moment["params"]["name"] == ""
    assert "author" not in moment


async def test_L4_a_place_is_shouted_and_the_counter_counts(stage: Stage) -> None:
    await campaign(stage)
    await stage.told()
    assert stage.heard.pulses("first_n:f1") == [{"taken": 0}]
    await order(stage, "anna", 10, name="小美")
    await stage.told()
    (moment,) = stage.heard.moments()
    assert moment["text"]["zh-CN"] == "恭喜@小美 抢到第1名,200积分到账!"
    assert moment["text"]["en"] == "Congratulations to @小美: number 1 to order, 200 points earned!"
    assert moment["params"] == {"name": "小美", "taken": 1, "n": 3}
    assert (moment["kind"], moment["rank"], moment["is_test"]) == ("first_n", 1, False)
    assert moment["author"].startswith("a_")
    assert stage.heard.pulses("first_n:f1")[-1] == {"taken": 1}


async def test_L4_whoever_opted_out_takes_a_place_without_name_or_tag(stage: Stage) -> None:
    await campaign(stage)
    anna = await stage.viewer("anna", name="小美")
    await stage.done(anna, "1", "announce_optout", on=True)
    await order(stage, "anna", 10)
    await stage.told()
    (moment,) = stage.heard.moments()
    assert "小美" not in str(moment)
    assert "author" not in moment
    assert moment["text"]["zh-CN"] == "恭喜@神秘用户 抢到第1名,200积分到账!"


async def test_L4_of_many_places_at_once_the_newest_are_shown_and_none_is_missing_in_the_counter(
    stage: Stage,
) -> None:
    await campaign(stage, n=30)
    await stage.ledger.submit_many(
        [
            RecordPaidOrder(origin(stage, f"e{n}"), ById(MemberId(f"m{n}")), OrderId(f"o{n}"), 1_000, "CNY")
            for n in range(30)
        ]
    )
    await stage.told()
    assert [moment["params"]["taken"] for moment in stage.heard.moments()] == [26, 27, 28, 29, 30]
    assert stage.heard.pulses("first_n:f1")[-1] == {"taken": 30}
    assert stage.heard.items("first_n/f1")[-1]["state"] == "full"


async def test_L4_R4_the_counter_outlives_a_redis_that_is_away(stage: Stage) -> None:
    await campaign(stage)
    await stage.told()
    stage.redis_is_away()
    await order(stage, "anna", 10)
    await order(stage, "ben", 10)
    await stage.told()
    stage.redis_is_away(False)
    stage.timers.go_off()
    await stage.told()
    assert stage.heard.pulses("first_n:f1")[-1] == {"taken": 2}


async def test_X2_the_member_gets_the_card_and_then_what_happened(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.told()
    anna.sent.clear()
    await order(stage, "anna", 300)
    await stage.told()
    assert not isinstance(anna.sent[0], Notice)
    assert anna.cards()[-1]["tier"] == "silver"
    kinds = [notice["kind"] for notice in stage.heard.notices("anna")]
    assert {"points", "tier", "coupon"} <= set(kinds)
    assert len({notice["id"] for notice in stage.heard.notices("anna")}) == len(kinds)


async def test_T8_a_refund_takes_back_quietly(stage: Stage) -> None:
    await order(stage, "anna", 300, name="小美")
    await stage.told()
    before = len(stage.heard.moments())
    paid = next(command for command in stage.ledger.commands if isinstance(command, RecordPaidOrder))
    await stage.ledger.submit(
        RecordRefundedOrder(origin(stage, "refund"), ById(MemberId("anna")), paid.order, 30_000, "CNY")
    )
    await stage.told()
    assert len(stage.heard.moments()) == before
    assert stage.heard.notices("anna")[-1]["params"]["points"] < 0


async def test_E10_an_event_that_earned_nothing_tells_the_member_why(stage: Stage) -> None:
    await stage.ledger.submit(
        PostComment(origin(stage, "c1", source="app"), ById(MemberId("anna")), "好", 1, "d")
    )
    stage.leave(await stage.viewer("anna"))
    await stage.ledger.submit(
        PostComment(origin(stage, "c2", source="app"), ById(MemberId("anna")), "嗯", 1, "e")
    )
    await stage.told()
    why = [notice for notice in stage.heard.notices("anna") if notice["kind"] == "why_nothing"]
    assert why[-1]["params"] == {"code": "invalid_comment"}
    assert set(why[-1]["text"]) == {"zh-CN", "en"}


async def test_E10_what_an_act_was_answered_no_notice_repeats(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    await stage.done(anna, "1", "comment", text="好")
    await stage.done(anna, "2", "share", channel="wechat")
    await stage.told()
    assert stage.heard.notices("anna") == []


async def test_L13_likes_add_up_over_a_show_and_start_anew_with_the_next(stage: Stage) -> None:
    for n in range(3):
        await stage.ledger.submit(Like(origin(stage, f"l{n}"), ById(MemberId("anna")), 4))
        stage.clock.advance(LIKES_EVERY_MS)
        await stage.told()
    assert stage.heard.pulses("likes")[-1] == 12
    await stage.ledger.end_show()
    await stage.ledger.go_live("r1", "s2")
    await stage.told()
    assert stage.heard.pulses("likes")[-1] == 0


async def test_L13_likes_of_one_moment_share_a_pulse(stage: Stage) -> None:
    before = len(stage.heard.pulses("likes"))
    for n in range(20):
        await stage.ledger.submit(Like(origin(stage, f"l{n}"), ById(MemberId("anna")), 1))
    stage.clock.advance(LIKES_EVERY_MS)
    await stage.told()
    assert len(stage.heard.pulses("likes")) - before <= 2
    assert stage.heard.pulses("likes")[-1] == 20


async def test_R4_a_room_item_is_published_with_its_rev(stage: Stage) -> None:
    await stage.ledger.set_room(slow_s=30)
    await stage.told()
    assert stage.heard.items("slow_s") == [30]


# --- how much of it -------------------------------------------------------------------------------


async def test_L2_ten_a_minute_are_shouted_singly_and_more_are_folded(stage: Stage) -> None:
    await stage.announcer.after_commit(commit(*(shout(f"m{n}") for n in range(50))))
    await stage.told()
    moments = stage.heard.moments()
    assert len(moments) == 10
    assert sum(moment["params"]["count"] for moment in moments) == 50
    fold = max(moments, key=lambda moment: moment["params"]["count"])
    assert fold["params"]["count"] == 41
    assert "等 41 人升级为白银会员" in fold["text"]["zh-CN"]
    assert stage.meter.drops == [(1, "folded", 40)]


async def test_L2_what_finds_no_place_waits_for_the_next_minute_and_nobody_is_lost(stage: Stage) -> None:
    for n in range(30):
        await stage.announcer.after_commit(commit(shout(f"m{n}")))
        await stage.told()
    assert len(stage.heard.moments()) == 10
    stage.clock.advance(60_000)
    await stage.announcer.after_commit(commit(shout("m30")))
    await stage.told()
    assert sum(moment["params"]["count"] for moment in stage.heard.moments()) == 31
    assert len(stage.heard.moments()) == 12


async def test_P2_two_rewards_a_second_are_shown_and_who_comes_meanwhile_is_folded(stage: Stage) -> None:
    for n in range(40):
        await stage.announcer.after_commit(Committed((), (redeemed(f"m{n}", reward=f"bag{n % 2}"),), (), ()))
        await stage.told()
    assert len(stage.heard.moments()) == 2
    stage.clock.advance(1_000)
    await stage.told()
    moments = stage.heard.moments()
    assert [moment["params"]["count"] for moment in moments] == [1, 1, 19, 19]
    assert "等 19 人兑换了帆布袋" in moments[2]["text"]["zh-CN"]
    assert len({moment["id"] for moment in moments}) == 4
    assert stage.meter.drops == [(2, "folded", 18), (2, "folded", 18)]


async def test_P2_a_reward_redeemed_a_minute_ago_is_not_shown_any_more(stage: Stage) -> None:
    await stage.announcer.after_commit(
        Committed((), tuple(redeemed(f"m{n}", reward=f"b{n}") for n in range(3)), (), ())
    )
    await stage.told()
    assert len(stage.heard.moments()) == 2
    stage.clock.advance(60_000)
    await stage.told()
    assert len(stage.heard.moments()) == 2
    assert stage.meter.drops == [(2, "expired", 1)]


async def test_L2_two_servers_share_the_rooms_minute(stage: Stage) -> None:
    other = stage.new_announcer()
    other.start()
    for n in range(10):
        await stage.announcer.after_commit(commit(shout(f"a{n}")))
        await other.after_commit(commit(shout(f"b{n}")))
        await stage.told()
        await other.settle()
    await other.stop()
    assert len(stage.heard.moments()) == 10


async def test_L2_an_offer_that_only_some_got_is_not_promised_to_all(stage: Stage) -> None:
    await stage.announcer.after_commit(commit(*(shout(f"m{n}", coupon=n < 30) for n in range(50))))
    await stage.told()
    fold = max(stage.heard.moments(), key=lambda moment: moment["params"]["count"])
    assert "offer" not in fold["params"]


async def test_L13_a_room_shows_so_many_comments_a_second_and_the_rest_is_counted(stage: Stage) -> None:
    await stage.announcer.after_commit(commit(*(comment(n) for n in range(100))))
    await stage.told()
    assert len(stage.heard.comments()) == CHATTER_PER_S
    assert stage.meter.drops == [(3, "room_budget", 100 - CHATTER_PER_S)]
    stage.clock.advance(1_000)
    stage.announcer.comment(comment(100))
    await stage.told()
    assert stage.heard.comments()[-1]["id"] == "k100"


async def test_L2_a_chatty_room_does_not_eat_the_place_of_a_level_up(stage: Stage) -> None:
    await stage.announcer.after_commit(commit(*(comment(n) for n in range(100))))
    await stage.told()
    await stage.announcer.after_commit(commit(shout("anna")))
    await stage.told()
    assert len(stage.heard.moments()) == 1


async def test_R4_with_the_counters_away_each_server_paces_for_itself(stage: Stage) -> None:
    stage.hot.away = True
    await stage.announcer.after_commit(commit(*(shout(f"m{n}") for n in range(50))))
    await stage.told()
    assert len(stage.heard.moments()) == 10


# --- in which order -------------------------------------------------------------------------------


class Order:
    """Who was told what, as it happened."""

    def __init__(self) -> None:
        self.happened: list[str] = []


class OrderedCache(MemoryCache):
    def __init__(self, order: Order) -> None:
        super().__init__(lambda: 0)
        self._order = order

    async def put_if_newer(self, records: Sequence[Record]) -> Sequence[bool]:
        await asyncio.sleep(0)
        self._order.happened += [f"record {record.member}@{record.version}" for record in records]
        return await super().put_if_newer(records)


class OrderedStore(MemoryRoomStore):
    order: Order

    async def publish(self, room: str, frames: Sequence[RoomFrame], now_ms: int) -> Published:
        self.order.happened += [f"{type(frame).__name__} {room}" for frame in frames]
        return await super().publish(room, frames, now_ms)


async def test_R10_records_are_put_before_any_frame_so_nobody_rejoins_into_the_past(stage: Stage) -> None:
    order_of = Order()
    store = OrderedStore(stage.redis, stage.clock)
    store.order = order_of
    announcer = Announcer(
        cache=OrderedCache(order_of),
        publisher=store,
        mail=stage.mailboxes,
        hot=stage.hot,
        controls=ShoutControls(stage.ledger, stage.clock),
        rulebook_at=lambda _: stage.ledger.world.rulebook,
        clock=stage.clock,
        meter=stage.meter,
    )
    announcer.start()
    stage.ledger.after_commit = announcer.after_commit
    await order(stage, "anna", 300)
    await announcer.settle()
    await announcer.stop()
    assert order_of.happened == ["record anna@1", "Moment r1"]


async def test_X2_many_commits_are_told_in_their_order_per_room(stage: Stage) -> None:
    for n in range(25):
        await stage.announcer.after_commit(commit(comment(n)))
    await stage.told()
    assert [shown["id"] for shown in stage.heard.comments()] == [f"k{n}" for n in range(25)]


# --- when Redis is away ---------------------------------------------------------------------------


async def test_R4_with_redis_away_nothing_fails_and_the_newest_state_is_told_afterwards(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.told()
    stage.redis_is_away()
    await order(stage, "anna", 300)
    await stage.ledger.set_room(slow_s=10)
    await stage.ledger.set_room(slow_s=20)
    await stage.told()
    assert stage.heard.moments() == []
    stage.redis_is_away(False)
    await stage.ledger.set_room(slow_s=30)
    await stage.told()
    assert stage.heard.items("slow_s") == [30]
    assert len(stage.heard.moments()) == 1
    assert anna.cards()[-1]["tier"] == "silver"
    assert (await stage.cache.versions(["anna"]))["anna"] == stage.ledger.world.members[
        MemberId("anna")
    ].version


async def test_L2_a_moment_a_minute_old_is_not_shown_any_more_and_counted(stage: Stage) -> None:
    stage.redis.is_away = True
    await stage.announcer.after_commit(commit(shout("anna")))
    await stage.told()
    stage.clock.advance(60_000)
    stage.redis.is_away = False
    await stage.ledger.set_room(slow_s=30)
    await stage.told()
    assert stage.heard.items("slow_s") == [30]
    assert stage.heard.moments() == []
    assert (1, "expired", 1) in stage.meter.drops


async def test_L13_comments_do_not_wait_for_redis_and_are_counted(stage: Stage) -> None:
    stage.redis.is_away = True
    await stage.announcer.after_commit(commit(comment(1)))
    await stage.told()
    assert stage.meter.drops == [(3, "bus_away", 1)]


async def test_R4_with_only_the_cache_away_frames_are_told_at_once_and_records_later(stage: Stage) -> None:
    stage.cache.away = True
    await order(stage, "anna", 300)
    await stage.told()
    assert len(stage.heard.moments()) == 1
    stage.cache.away = False
    await stage.told()
    assert (await stage.cache.versions(["anna"]))["anna"] == 1


class FaultyMail:
    """A mailbox with a bug."""

    async def send(self, mail: Sequence[tuple[str, MailFrame]]) -> None:
        raise ZeroDivisionError


async def test_R1_a_bug_in_one_lane_is_counted_and_stops_no_other(stage: Stage) -> None:
    announcer = Announcer(
        cache=stage.cache,
        publisher=stage.store,
        mail=FaultyMail(),
        hot=stage.hot,
        controls=ShoutControls(stage.ledger, stage.clock),
        rulebook_at=lambda _: stage.ledger.world.rulebook,
        clock=stage.clock,
        meter=stage.meter,
    )
    announcer.start()
    stage.ledger.after_commit = announcer.after_commit
    await order(stage, "anna", 300)
    await announcer.settle()
    await order(stage, "bo", 300)
    await announcer.settle()
    await announcer.stop()
    assert len(stage.heard.moments()) == 2
    assert stage.meter.faults == 2


async def test_X5_stopping_tells_what_is_left_and_waits_for_nobody_who_is_away(stage: Stage) -> None:
    await order(stage, "anna", 300)
    await stage.announcer.stop()
    assert len(stage.heard.moments()) == 1
