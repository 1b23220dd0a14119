"""Every kind of line, in the words a host would use."""

from dataclasses import replace

import pytest

from server.domain.attending import Close, Present, Raised
from server.domain.draw import CANCELLED, CLOSED, DRAWN
from server.domain.gates import SOLD_OUT, Gate
from server.domain.offers import MemberDay
from server.domain.polls import Poll, counter
from server.domain.prompt_lines import NEWS_MS, lines_of
from server.domain.prompting import ANY_TIME, NOW as AT_ONCE, RUNNING, SOON, DrawSeen, Line, Scene
from server.domain.rulebook import Rulebook
from server.domain.state import FirstN, Room, Spotlight, Task
from server.ids import DrawId, FirstNId, GateId, PollId, TaskId, TierId
from server.text.prompts import glance
from tests.unit.server.domain.builders import MINUTE, NOW, ROOM, SECOND, SHOW, a_show, jifen, shanghai

SILVER, GOLD, BLACK = TierId("silver"), TierId("gold"), TierId("black")
TASK = Task(
    TaskId("t1"),
    ROOM,
    SHOW,
    "share",
    "分享直播间得100积分",
    100,
    1,
    50_000,
    None,
    NOW,
    NOW + 10 * MINUTE,
    "running",
)
FIFTY = FirstN(FirstNId("f1"), "开场福利", 50, 200, NOW - MINUTE)
POLL = Poll(PollId("p1"), ROOM, "下一件看什么?", (("a", "大衣"), ("b", "毛衣")), NOW + 3 * MINUTE)
DRAW = DrawSeen(DrawId("d1"), "开播福利", "open", NOW - MINUTE, NOW + 4 * MINUTE)
GATE = Gate(
    GateId("g1"),
    ROOM,
    "sku1",
    "羊绒大衣",
    299_900,
    NOW + 10 * MINUTE,
    ((SILVER, NOW + 10 * MINUTE), (BLACK, NOW + 5 * MINUTE)),
    100,
    30,
)


def a_room(status: str = "live", **on_stage: object) -> Room:
    room = Room(ROOM, "小美的直播间", show=a_show(status))
    return replace(room, **on_stage)  # type: ignore[arg-type]


def lines(scene: Scene | Room, now_ms: int = NOW, rulebook: Rulebook | None = None) -> tuple[Line, ...]:
    scene = scene if isinstance(scene, Scene) else Scene(scene)
    return lines_of(scene, rulebook or jifen(), shanghai(), now_ms)


def words(scene: Scene | Room, now_ms: int = NOW, rulebook: Rulebook | None = None) -> list[str]:
    return [glance(line.says)["zh-CN"] for line in lines(scene, now_ms, rulebook)]


def english(scene: Scene | Room, now_ms: int = NOW) -> list[str]:
    return [glance(line.says)["en"] for line in lines(scene, now_ms)]


# --- tasks ----------------------------------------------------------------------------------------


def test_L9_a_task_says_what_it_gives_and_how_long() -> None:
    room = a_room(tasks=(TASK,))
    assert words(room) == ["分享直播间得100积分，还剩10分钟"]
    assert english(room) == ["分享直播间得100积分: 10 minutes left"]
    [line] = lines(room)
    assert (line.key, line.kind, line.rank, line.since_ms) == ("task:t1", "task", RUNNING, NOW)
    assert line.fresh_until_ms == NOW + MINUTE
    assert words(Scene(room, spent={"task:t1": 1_200}), NOW + SECOND) == [
        "分享直播间得100积分，12人已拿到，还剩10分钟"
    ]


def test_L9_a_task_in_its_last_minute_goes_first_and_is_said_anew() -> None:
    room = a_room(tasks=(TASK,), first_n=(FIFTY,))
    last = TASK.ends_ms - MINUTE
    assert words(room, last)[0] == "最后1分钟！分享直播间得100积分"
    assert lines(room, last)[0].rank == AT_ONCE
    stages = {
        at: lines(a_room(tasks=(TASK,)), at)[0].stage for at in (NOW, last - 4 * MINUTE, last - MINUTE, last)
    }
    assert len(set(stages.values())) == 3
    longer = replace(TASK, ends_ms=TASK.ends_ms + 5 * MINUTE)
    assert lines(a_room(tasks=(longer,)))[0].stage not in stages.values()


def test_L9_the_last_rewards_of_a_budget_are_worth_a_word() -> None:
    [line] = lines(Scene(a_room(tasks=(TASK,)), spent={"task:t1": 49_200}))
    assert (glance(line.says)["zh-CN"], line.rank) == ("只剩8份！分享直播间得100积分", AT_ONCE)


@pytest.mark.parametrize("state", ["paused", "ended", "cancelled"])
def test_L9_a_task_that_does_not_run_is_not_spoken_of(state: str) -> None:
    assert lines(a_room(tasks=(replace(TASK, state=state),))) == ()


def test_L9_a_task_that_is_over_or_spent_goes() -> None:
    assert lines(a_room(tasks=(TASK,)), TASK.ends_ms) == ()
    assert lines(Scene(a_room(tasks=(TASK,)), spent={"task:t1": 50_000})) == ()


# --- first-N --------------------------------------------------------------------------------------


def places(taken: int, campaign: FirstN = FIFTY) -> Scene:
    return Scene(a_room(first_n=(campaign,)), taken={campaign.id: taken})


def test_L9_L4_three_more_orders_fill_the_first_fifty() -> None:
    assert words(places(0)) == ["前50名下单，每人再送200积分"]
    assert words(places(47)) == ["再卖3单送完前50名，每人200积分"]
    assert english(places(47)) == ["3 more orders and the first 50 are full: 200 points each"]


def test_L9_a_counter_keeps_its_line_and_has_news_at_half_ten_and_three() -> None:
    seen = [
        (line.key, line.rank, line.stage)
        for taken in (1, 24, 25, 39, 40, 46, 47, 49)
        for line in lines(places(taken))
    ]
    assert {key for key, _, _ in seen} == {"first_n:f1"}
    assert [stage for _, _, stage in seen] == ["open", "open", "half", "half", "few", "few", "last", "last"]
    assert [rank for _, rank, _ in seen] == [RUNNING] * 4 + [SOON] * 2 + [AT_ONCE] * 2


def test_L9_a_full_campaign_is_not_spoken_of() -> None:
    assert lines(places(50)) == ()
    assert lines(places(10, replace(FIFTY, full=True))) == ()


# --- gates ----------------------------------------------------------------------------------------


def test_L9_L5_a_gate_names_who_comes_in_next_and_when() -> None:
    room = a_room(gates=(GATE,))
    assert words(room) == ["5分钟后黑钻会员先买「羊绒大衣」"]
    assert english(room) == ["Black Diamond can buy “羊绒大衣” in 5 minutes"]
    assert words(room, NOW + 4 * MINUTE) == ["黑钻会员马上可以买「羊绒大衣」"]
    assert words(room, NOW + 5 * MINUTE) == ["5分钟后「羊绒大衣」全员开抢"]
    assert words(room, NOW + 9 * MINUTE) == ["「羊绒大衣」马上全员开抢"]
    assert words(Scene(room, stock={GATE.id: 88}), NOW + 10 * MINUTE) == ["「羊绒大衣」开抢了，还剩88件"]


def test_L9_the_lowest_of_the_tiers_let_in_together_is_named() -> None:
    gate = replace(
        GATE, opens=((GOLD, NOW + 4 * MINUTE), (BLACK, NOW + 4 * MINUTE), (SILVER, GATE.public_ms))
    )
    assert words(a_room(gates=(gate,))) == ["4分钟后黄金会员先买「羊绒大衣」"]
    unknown = replace(GATE, opens=((TierId("gone"), NOW + MINUTE),))
    assert lines(a_room(gates=(unknown,))) == ()


def test_L9_the_last_pieces_are_worth_a_word_and_none_are_not() -> None:
    room, open_ms = a_room(gates=(GATE,)), GATE.public_ms
    assert lines(Scene(room, stock={GATE.id: 10}), open_ms)[0].rank == SOON
    assert lines(Scene(room, stock={GATE.id: 11}), open_ms)[0].rank == RUNNING
    assert lines(Scene(room, stock={GATE.id: 0}), open_ms) == ()
    assert lines(a_room(gates=(replace(GATE, state=SOLD_OUT),)), open_ms) == ()


def test_L9_a_sale_of_another_hour_is_not_spoken_of_yet() -> None:
    far = replace(GATE, opens=(), public_ms=NOW + 61 * MINUTE)
    assert lines(a_room(gates=(far,))) == ()
    assert words(a_room(gates=(far,)), NOW + MINUTE) == ["60分钟后「羊绒大衣」全员开抢"]


# --- draws and polls ------------------------------------------------------------------------------


def drawn(now_ms: int = NOW, **changes: object) -> list[str]:
    return words(Scene(a_room(), (replace(DRAW, **changes),)), now_ms)  # type: ignore[arg-type]


def test_L9_a_draw_counts_down_is_drawn_and_names_whom_the_room_names() -> None:
    assert drawn() == ["「开播福利」4分钟后开奖，快报名"]
    assert drawn(DRAW.ends_ms - SECOND) == ["最后1分钟报名！「开播福利」马上开奖"]
    assert drawn(DRAW.ends_ms) == ["「开播福利」正在开奖"]
    assert drawn(DRAW.ends_ms, state=CLOSED) == ["「开播福利」正在开奖"]
    assert drawn(DRAW.ends_ms, state=DRAWN, winners=("小美",)) == ["「开播福利」开奖了，恭喜小美"]
    assert drawn(DRAW.ends_ms, state=DRAWN, winners=("", "小美", "阿明")) == [
        "「开播福利」开奖了，恭喜小美等3位"
    ]
    assert drawn(DRAW.ends_ms, state=DRAWN, winners=("",)) == ["「开播福利」开奖了，恭喜神秘用户"]


def test_L9_a_draw_of_nobody_called_off_or_long_over_is_not_spoken_of() -> None:
    assert drawn(state=CANCELLED) == []
    assert drawn(DRAW.ends_ms, state=DRAWN) == []
    assert drawn(DRAW.ends_ms + NEWS_MS, state=DRAWN, winners=("小美",)) == []


def asked(a: int, b: int, now_ms: int = NOW, **changes: object) -> list[str]:
    poll = replace(POLL, **changes)  # type: ignore[arg-type]
    votes = {counter(poll.id, "a"): a, counter(poll.id, "b"): b}
    return words(Scene(a_room(polls=(poll,)), spent=votes), now_ms)


def test_L9_L8_a_poll_names_its_leader() -> None:
    assert asked(0, 0) == ["来投票，还剩3分钟：下一件看什么?"]
    assert asked(3, 9) == ["毛衣领先，还剩3分钟：下一件看什么?"]
    assert asked(5, 5) == ["打平了，就差你一票：下一件看什么?"]
    assert asked(9, 3, POLL.ends_ms - MINUTE) == ["投票最后1分钟，大衣领先：下一件看什么?"]
    assert asked(9, 3, POLL.ends_ms) == ["投票结果是大衣：下一件看什么?"]
    assert asked(9, 3, state="closed") == ["投票结果是大衣：下一件看什么?"]
    assert asked(3, 3, POLL.ends_ms) == ["投票打平了：下一件看什么?"]
    assert asked(0, 0, POLL.ends_ms) == []
    assert asked(9, 3, POLL.ends_ms + NEWS_MS) == []


def test_L9_another_leader_is_news_and_the_first_again_is_not() -> None:
    def stage(a: int, b: int) -> str:
        votes = {counter(POLL.id, "a"): a, counter(POLL.id, "b"): b}
        return lines(Scene(a_room(polls=(POLL,)), spent=votes))[0].stage

    assert stage(1, 0) == stage(70, 8)
    assert len({stage(0, 0), stage(1, 0), stage(1, 1), stage(1, 2)}) == 4


# --- people ---------------------------------------------------------------------------------------


def test_L9_thirty_seven_of_silver_are_fifty_from_gold() -> None:
    scene = Scene(a_room(), present=Present((Close(SILVER, GOLD, 37, 50),)))
    assert words(scene) == ["还有37位白银会员差50分以内升黄金会员"]
    assert english(scene) == ["37 at Silver: within 50 growth of Gold"]
    [line] = lines(scene)
    assert (line.key, line.rank) == ("near:silver", RUNNING)
    more = Scene(a_room(), present=Present((Close(SILVER, GOLD, 39, 100),)))
    assert (lines(more)[0].key, lines(more)[0].stage) == (line.key, line.stage)
    twice = Scene(a_room(), present=Present((Close(SILVER, GOLD, 74, 50),)))
    assert lines(twice)[0].stage != line.stage


def test_L9_level_ups_and_birthdays_are_counted_and_not_named() -> None:
    scene = Scene(a_room(), present=Present((), (Raised(GOLD, 1, NOW), Raised(SILVER, 3, NOW - 9)), 2))
    assert words(scene) == [
        "恭喜刚刚升级黄金会员的家人！",
        "恭喜刚刚升级白银会员的3位家人！",
        "今天直播间有2位会员过生日，生日快乐！",
    ]
    assert [line.rank for line in lines(scene)] == [SOON, SOON, ANY_TIME]


# --- prices ---------------------------------------------------------------------------------------


def test_L9_B7_the_product_on_show_lists_both_prices() -> None:
    room = a_room(spotlight=Spotlight("sku1", "羊绒大衣", 100_000))
    assert words(room) == ["「羊绒大衣」会员价850元起，非会员价1,000元"]
    assert english(room) == ["“羊绒大衣”: members from ¥850, others ¥1,000"]
    free = a_room(spotlight=Spotlight("sku1", "试用装", 0))
    assert words(free) == ["「试用装」现价0元"]


def test_L9_another_price_is_news_of_the_same_line() -> None:
    one = lines(a_room(spotlight=Spotlight("sku1", "羊绒大衣", 100_000)))[0]
    other = lines(a_room(spotlight=Spotlight("sku1", "羊绒大衣", 90_000)))[0]
    assert one.key == other.key
    assert one.stage != other.stage


def test_L9_L1_tonight_s_offers_are_the_operator_s_words_before_and_during_the_show() -> None:
    show = replace(a_show("scheduled"), offers=((GOLD, 10, "今晚黄金会员专享9折"),))
    room = a_room()
    for status in ("scheduled", "live"):
        assert words(replace(room, show=replace(show, status=status))) == ["今晚黄金会员专享9折"]


@pytest.mark.parametrize(
    "percent, multiplier, said",
    [
        (12, 150, "今天会员日，全场8.8折，积分1.5倍"),
        (10, 100, "今天会员日，全场9折"),
        (0, 200, "今天会员日，积分2倍"),
        (0, 100, None),
    ],
)
def test_L9_E11_a_member_day_is_announced(percent: int, multiplier: int, said: str | None) -> None:
    day = MemberDay(weekday=4, day_of_month=None, multiplier=multiplier, percent=percent, coupon=None)
    assert words(a_room(), rulebook=replace(jifen(), member_day=day)) == ([said] if said else [])
    other = replace(day, weekday=5)
    assert words(a_room(), rulebook=replace(jifen(), member_day=other)) == []


# --- when -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["ended", "replay"])
def test_L9_L12_a_show_that_is_over_gives_nothing_to_say(status: str) -> None:
    assert lines(a_room(status, tasks=(TASK,), first_n=(FIFTY,), spotlight=Spotlight("s", "大衣", 100))) == ()
    assert lines(Room(ROOM, "小美的直播间", tasks=(TASK,))) == ()


def test_L9_before_the_show_nothing_that_runs_is_spoken_of() -> None:
    assert lines(a_room("scheduled", first_n=(FIFTY,), spotlight=Spotlight("s", "大衣", 100))) == ()


def test_L9_a_tier_with_a_long_name_still_has_a_key_that_fits() -> None:
    show = replace(a_show(), offers=((TierId("t" * 64), 5, "九五折"),))
    [line] = lines(replace(a_room(), show=show))
    assert len(line.key) <= 64
