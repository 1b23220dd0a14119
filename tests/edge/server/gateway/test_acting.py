"""What viewers may do, what they are answered, and that each ref has one answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from broadcaster.frames import Act, Done, Refused
from server.domain.commands import Command, Like, PostComment, Share, UpdateMember
from server.domain.decision import Receipt
from server.domain.word_list import WordList
from server.errors import InternalFault
from server.ids import MemberId, RewardId, derived
from tests.support.stage import FakeViewer, Stage, content

COMMENT = "这个颜色真好看"


def decided(stage: Stage, kind: type) -> int:
    return sum(isinstance(command, kind) for command in stage.ledger.commands)


async def at_the_cap(stage: Stage, viewer: FakeViewer, rule: str) -> None:
    """Let the viewer use up today's ten awards of a rule."""
    for n in range(10):
        if rule == "like":
            await stage.done(viewer, f"cap{n}", "like", count=1)
        else:
            await stage.done(viewer, f"cap{n}", "comment", text=f"{COMMENT}{n}")
        stage.clock.advance(61_000)
    await stage.told()


# --- earning --------------------------------------------------------------------------------------


async def test_O1_ten_minutes_one_comment_and_one_share_reach_bronze_in_the_first_show(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    assert await stage.done(anna, "1", "comment", text=COMMENT) == {
        "points": 5,
        "growth": 2,
        "rule": "comment",
    }
    assert await stage.done(anna, "2", "share", channel="wechat") == {
        "points": 10,
        "growth": 10,
        "rule": "share",
    }
    await stage.watch(anna, 600 + 15)
    await stage.told()
    assert anna.cards()[-1]["tier"] == "bronze"
    assert anna.cards()[-1]["growth"] == 17


async def test_E2_likes_are_one_point_each_up_to_the_cap(stage: Stage) -> None:
    anna = await stage.viewer()
    assert (await stage.done(anna, "1", "like", count=7))["points"] == 7
    stage.clock.advance(1_000)
    assert (await stage.done(anna, "2", "like", count=7))["points"] == 3


async def test_E5_checking_in_earns_once_a_day_and_stands_on_the_card(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    first = await stage.done(anna, "1", "check_in")
    assert first == {"points": 10, "growth": 0, "rule": "check_in"}
    assert (await stage.done(anna, "2", "check_in"))["why_nothing"] == "duplicate"
    assert await stage.done(anna, "1", "check_in") == first, "the same ref has one answer"
    await stage.told()
    assert (anna.cards()[-1]["streak"], anna.cards()[-1]["points"]) == (1, 10)


async def test_P2_a_reward_is_redeemed_on_the_socket_and_the_answer_says_what_it_gave(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.shop("bag", 20, stock=1)
    refused = await stage.refused(anna, "1", "redeem", reward="bag")
    assert (refused.code, refused.details["to_go"]) == ("not_enough_points", 20)
    await stage.done(anna, "2", "follow")
    done = await stage.done(anna, "3", "redeem", reward="bag")
    redemption = derived("rr", "live", "anna:3")
    assert done == {
        "points": -20,
        "growth": 0,
        "rule": "reward",
        "reward": "bag",
        "name": "帆布袋",
        "kind": "goods",
        "redemption": redemption,
    }
    assert await stage.done(anna, "3", "redeem", reward="bag") == done
    assert (await stage.refused(anna, "4", "redeem", reward="bag")).code == "sold_out"
    await stage.told()
    [moment] = stage.heard.moments()
    assert (moment["kind"], moment["rank"]) == ("redeemed", 2)
    assert moment["params"] == {"name": "小美", "reward": "bag", "count": 1}
    assert moment["text"]["zh-CN"] == "小美 用积分兑换了帆布袋"
    assert anna.cards()[-1]["points"] == 0


async def test_R2_P2_the_ledger_answers_a_redeem_again_when_the_hot_store_has_forgotten(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    await stage.shop("bag", 20)
    await stage.done(anna, "1", "follow")
    done = await stage.done(anna, "2", "redeem", reward="bag")
    stage.flush_redis()
    assert await stage.done(anna, "2", "redeem", reward="bag") == done
    assert stage.ledger.world.rewards[RewardId("bag")].taken == 1


async def test_P8_the_card_names_the_reward_that_is_next(stage: Stage) -> None:
    await stage.shop("bag", 20)
    await stage.shop("dear", 900)
    anna = await stage.viewer("anna")
    assert anna.cards()[-1]["nearest_reward"] == {"id": "bag", "name": "帆布袋", "points_to_go": 20}
    await stage.done(anna, "1", "follow")
    await stage.told()
    assert anna.cards()[-1]["nearest_reward"]["points_to_go"] == 880


async def test_P2_an_anonymous_viewer_is_asked_to_sign_in(stage: Stage) -> None:
    await stage.shop("bag", 20)
    nobody = await stage.viewer(None)
    assert (await stage.refused(nobody, "1", "redeem", reward="bag")).code == "sign_in"


async def test_E4_following_the_host_earns_once(stage: Stage) -> None:
    anna = await stage.viewer()
    assert await stage.done(anna, "1", "follow") == {"points": 20, "growth": 0, "rule": "follow"}
    stage.clock.advance(30 * 86_400_000)
    assert (await stage.done(anna, "2", "follow"))["why_nothing"] == "duplicate"


async def test_E10_what_earns_nothing_says_why(stage: Stage) -> None:
    anna = await stage.viewer()
    assert (await stage.done(anna, "1", "comment", text="好"))["why_nothing"] == "invalid_comment"
    await stage.ledger.end_show()
    result = await stage.done(anna, "2", "share", channel="wechat")
    assert (result["points"], result["why_nothing"]) == (0, "off_air")


async def test_L13_a_comment_is_shown_to_the_room_with_its_writers_badge(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.done(anna, "1", "comment", text=f"  {COMMENT}\u202e ")
    await stage.told()
    (shown,) = stage.heard.comments()
    assert (shown["name"], shown["tier"], shown["text"]) == ("小美", "basic", COMMENT)
    assert shown["author"] == derived("a", "anna")


async def test_X1_a_member_may_opt_out_of_shout_outs(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    assert await stage.done(anna, "1", "announce_optout", on=True) == {"announce_optout": True}
    assert stage.ledger.world.members[anna.identity.member].announce_optout  # type: ignore[index]


@pytest.mark.parametrize("first", ["act", "watching"])
async def test_X1_whoever_came_by_an_identity_is_known_by_it_from_the_first_thing_they_do(
    stage: Stage, first: str
) -> None:
    viewer = await stage.viewer("douyin:open-1")
    if first == "act":
        await stage.done(viewer, "1", "share", channel="wechat")
    else:
        await stage.watch(viewer, 10 * 60 + 15)
    assert stage.ledger.world.identities == {("douyin", "open-1"): viewer.identity.member}


# --- one answer per ref ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act", [("comment", {"text": COMMENT}), ("like", {"count": 5}), ("share", {"channel": "x"})]
)
async def test_R2_the_same_ref_again_changes_nothing_and_gets_the_first_answer(
    stage: Stage, act: tuple[str, dict[str, object]]
) -> None:
    anna = await stage.viewer()
    name, data = act
    first = await stage.act(anna, "ref", name, **data)
    before = len(stage.ledger.commands)
    for ms in (0, 5_000, 500_000):
        stage.clock.advance(ms)
        assert await stage.act(anna, "ref", name, **data) == first
    assert len(stage.ledger.commands) == before
    await stage.told()
    assert len(stage.heard.comments()) <= 1


async def test_R2_with_redis_forgotten_the_ledger_still_knows_the_first_answer(stage: Stage) -> None:
    anna = await stage.viewer()
    first = await stage.act(anna, "ref", "comment", text=COMMENT)
    stage.flush_redis()
    assert await stage.act(anna, "ref", "comment", text=COMMENT) == first
    stage.redis_is_away()
    assert await stage.act(anna, "ref", "comment", text=COMMENT) == first
    assert decided(stage, PostComment) == 1


async def test_R2_the_same_ref_twice_at_once_is_done_once(stage: Stage) -> None:
    anna = await stage.viewer()
    answers = await asyncio.gather(*(stage.act(anna, "ref", "share", channel="x") for _ in range(5)))
    assert len(set(answers)) == 1
    assert decided(stage, Share) == 1


async def test_R2_the_same_likes_twice_at_once_are_not_too_many(stage: Stage) -> None:
    anna = await stage.viewer()
    answers = await asyncio.gather(*(stage.act(anna, "ref", "like", count=3) for _ in range(3)))
    assert {type(answer) for answer in answers} == {Done}
    assert len(set(answers)) == 1


async def test_R2_another_act_under_a_used_ref_gets_the_first_answer_and_is_not_done(stage: Stage) -> None:
    anna = await stage.viewer()
    first = await stage.act(anna, "ref", "share", channel="x")
    assert await stage.act(anna, "ref", "comment", text=COMMENT) == first
    stage.flush_redis()
    refused = await stage.refused(anna, "ref", "comment", text=COMMENT)
    assert refused.code == "bad_request"
    assert decided(stage, PostComment) == 0


async def test_R2_refs_of_different_members_do_not_meet(stage: Stage) -> None:
    anna, bo = await stage.viewer("anna"), await stage.viewer("bo")
    await stage.done(anna, "ref", "share", channel="x")
    await stage.done(bo, "ref", "share", channel="x")
    assert decided(stage, Share) == 2


async def test_R2_a_viewer_that_leaves_while_acting_has_acted_and_is_answered_elsewhere(stage: Stage) -> None:
    anna = await stage.viewer()
    leaving = asyncio.create_task(stage.act(anna, "ref", "share", channel="x"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert isinstance(await stage.act(anna, "ref", "share", channel="x"), Done)
    assert decided(stage, Share) == 1


# --- beyond the cap -------------------------------------------------------------------------------


async def test_E8_likes_beyond_the_cap_are_only_a_pulse(stage: Stage) -> None:
    anna = await stage.viewer()
    await at_the_cap(stage, anna, "like")
    before = decided(stage, Like)
    result = await stage.done(anna, "more", "like", count=50)
    assert result == {"points": 0, "growth": 0, "rule": "like", "why_nothing": "cap_reached"}
    assert decided(stage, Like) == before
    await stage.told()
    assert stage.heard.pulses("likes")[-1] == 60


async def test_E8_comments_beyond_the_cap_are_only_shown(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await at_the_cap(stage, anna, "comment")
    before = decided(stage, PostComment)
    assert (await stage.done(anna, "more", "comment", text="还有人吗"))["why_nothing"] == "cap_reached"
    assert decided(stage, PostComment) == before
    await stage.told()
    assert stage.heard.comments()[-1]["text"] == "还有人吗"


async def test_R2_an_act_beyond_the_cap_is_shown_once_on_whatever_node_it_is_repeated(stage: Stage) -> None:
    anna = await stage.viewer()
    await at_the_cap(stage, anna, "comment")
    first = await stage.act(anna, "more", "comment", text="还有人吗")
    stage.gateway = stage.new_gateway()
    assert await stage.act(anna, "more", "comment", text="还有人吗") == first
    await stage.told()
    assert [comment["text"] for comment in stage.heard.comments()].count("还有人吗") == 1


async def test_E8_the_cap_is_the_days(stage: Stage) -> None:
    anna = await stage.viewer()
    await at_the_cap(stage, anna, "like")
    stage.clock.advance(86_400_000)
    assert (await stage.done(anna, "tomorrow", "like", count=1))["points"] == 1


async def test_L13_a_comment_beyond_the_cap_keeps_to_slow_mode(stage: Stage) -> None:
    anna = await stage.viewer()
    await at_the_cap(stage, anna, "comment")
    await stage.ledger.set_room(slow_s=30)
    await stage.done(anna, "a", "comment", text="一个问题")
    stage.clock.advance(10_000)
    refused = await stage.refused(anna, "b", "comment", text="又一个问题")
    assert (refused.code, refused.retry_after_ms) == ("slow_mode", 20_000)
    stage.clock.advance(20_000)
    await stage.done(anna, "b", "comment", text="又一个问题")


async def test_L13_a_word_of_the_list_is_refused_also_when_comments_earn_nothing_more(stage: Stage) -> None:
    anna = await stage.viewer()
    world = stage.ledger.world
    comment = replace(world.rulebook.comment, words=WordList.of(["假货"]))
    world.rulebook = replace(world.rulebook, comment=comment)
    assert (await stage.refused(anna, "first", "comment", text="不会是假 货吧")).code == "blocked_words"
    await at_the_cap(stage, anna, "comment")
    assert (await stage.refused(anna, "c11", "comment", text="不会是 假.货 吧")).code == "blocked_words"
    assert (await stage.done(anna, "c12", "comment", text="这件真好看"))["why_nothing"] == "cap_reached"


async def test_L13_slow_mode_counts_the_last_comment_that_was_in_the_ledger(stage: Stage) -> None:
    anna = await stage.viewer()
    await at_the_cap(stage, anna, "comment")
    await stage.ledger.set_room(slow_s=120)
    refused = await stage.refused(anna, "b", "comment", text="又一个问题")
    assert (refused.code, refused.retry_after_ms) == ("slow_mode", 59_000)


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["anonymous", "host", "broadcast"])
async def test_R10_whoever_is_no_viewer_is_asked_to_sign_in(stage: Stage, who: str) -> None:
    match who:
        case "anonymous":
            viewer = await stage.viewer(None)
        case "host":
            viewer = await stage.viewer("li", role="host", surface="host")
        case _:
            viewer = await stage.viewer("anna", surface="broadcast")
    for act in ("comment", "like", "share", "nonsense"):
        assert (await stage.refused(viewer, "ref", act)).code == "sign_in"
    assert decided(stage, PostComment) == 0


@pytest.mark.parametrize(
    "act, data, field",
    [
        ("shout", {}, "name"),
        ("comment", {}, "data.text"),
        ("comment", {"text": 5}, "data.text"),
        ("comment", {"text": "字" * 201}, "data.text"),
        ("comment", {"text": " \u200b\u202e "}, "data.text"),
        ("comment", {"text": COMMENT, "color": "red"}, "data.color"),
        ("comment", {"text": COMMENT, "\ud800": 1}, "data.?"),
        ("like", {"count": 0}, "data.count"),
        ("like", {"count": 51}, "data.count"),
        ("like", {"count": 1.5}, "data.count"),
        ("like", {"count": True}, "data.count"),
        ("like", {"count": "1"}, "data.count"),
        ("share", {"channel": ""}, "data.channel"),
        ("share", {"channel": "\ud800"}, "data.channel"),
        ("share", {"channel": "x" * 65}, "data.channel"),
        ("follow", {"host": "li"}, "data.host"),
        ("vote", {"poll": "p"}, "data.option"),
        ("give", {"to": "a", "points": -5}, "data.points"),
        ("give", {"to": "a", "points": 2.5}, "data.points"),
        ("give", {"to": 5, "points": 5}, "data.to"),
        ("give", {"points": 5}, "data.to"),
        ("claim_gift", {"code": 5}, "data.code"),
        ("claim_gift", {"code": "x" * 65}, "data.code"),
        ("boost", {"tier": 5}, "data.tier"),
        ("boost", {"tier": ""}, "data.tier"),
        ("announce_optout", {"on": 1}, "data.on"),
    ],
)
async def test_R8_an_act_that_breaks_the_contract_names_what_is_wrong(
    stage: Stage, act: str, data: dict[str, object], field: str
) -> None:
    anna = await stage.viewer()
    refused = await stage.refused(anna, "ref", act, **data)
    assert (refused.code, refused.details["field"]) == ("bad_request", field)
    assert stage.ledger.world.members == {}


async def test_R2_a_ref_has_one_answer_whatever_is_sent_under_it_later(stage: Stage) -> None:
    anna = await stage.viewer()
    done = await stage.done(anna, "good", "share", channel="wx")
    assert await stage.done(anna, "good", "share", channel=5) == done
    refused = await stage.refused(anna, "bad", "share", channel=5)
    assert await stage.refused(anna, "bad", "share", channel="wx") == refused


@pytest.mark.parametrize("ref", ["", "x" * 65, "a\nb", "\ud800"])
async def test_R8_a_ref_that_is_none_is_refused(stage: Stage, ref: str) -> None:
    anna = await stage.viewer()
    refused = await stage.refused(anna, ref, "share", channel="x")
    assert (refused.ref, refused.code) == (None, "bad_request")


async def test_R8_text_with_half_a_character_in_it_is_shown_without(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.done(anna, "ref", "comment", text=f"\ud800{COMMENT}\udfff")
    await stage.told()
    assert stage.heard.comments()[0]["text"] == COMMENT


@pytest.mark.parametrize(
    "act, data, code",
    [
        ("vote", {"poll": "p1", "option": "a"}, "not_found"),
        ("enter_draw", {"draw": "d1"}, "not_found"),
        ("redeem", {"reward": "r1"}, "not_found"),
        ("permit", {"gate": "g1"}, "not_found"),
        ("give", {"to": "a_1", "points": 100}, "not_found"),
        ("claim_gift", {"code": "nobody-has-given-this"}, "not_found"),
    ],
)
async def test_E10_what_is_not_there_yet_says_so(
    stage: Stage, act: str, data: dict[str, object], code: str
) -> None:
    anna = await stage.viewer()
    refused = await stage.refused(anna, "ref", act, **data)
    assert refused.code == code
    assert await stage.act(anna, "ref", act, **data) == refused


async def test_L13_in_a_members_only_chat_the_lowest_tier_reads(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.ledger.set_room(writers="members")
    assert (await stage.refused(anna, "a", "comment", text=COMMENT)).code == "members_only"
    stage.ledger.world.members.clear()
    await stage.viewer("bo", name="小博")
    stage.ledger.change("bo", tier="bronze")
    bo = await stage.viewer("bo")
    await stage.done(bo, "b", "comment", text=COMMENT)


async def test_L13_a_comment_beyond_the_cap_needs_the_right_to_write(stage: Stage) -> None:
    anna = await stage.viewer()
    await at_the_cap(stage, anna, "comment")
    stage.ledger.change("anna", tier="basic")
    stage.cache.flush()
    await stage.ledger.set_room(writers="members")
    assert (await stage.refused(anna, "more", "comment", text=COMMENT)).code == "members_only"


async def test_E2_likes_come_at_most_once_a_second_and_the_ref_may_try_again(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.done(anna, "a", "like", count=1)
    stage.clock.advance(400)
    refused = await stage.refused(anna, "b", "like", count=2)
    assert (refused.code, refused.retry_after_ms) == ("rate_limited", 500)
    stage.clock.advance(500)
    assert (await stage.done(anna, "b", "like", count=2))["points"] == 2


async def test_E2_E8_a_hundred_messages_of_fifty_likes_at_once_earn_the_days_cap_once(stage: Stage) -> None:
    anna = await stage.viewer()
    answers = []
    for n in range(100):
        answers.append(await stage.act(anna, f"l{n}", "like", count=50))
        stage.clock.advance(5)
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert (len(refused), {answer.code for answer in refused}) == (99, {"rate_limited"})
    await stage.told()
    stage.clock.advance(1_000)
    again = await stage.done(anna, "l1", "like", count=50)  # one that was refused may try again
    await stage.told()
    assert again["why_nothing"] == "cap_reached"
    assert stage.ledger.world.members[MemberId("anna")].points == 10
    assert stage.heard.pulses("likes")[-1] == 100


async def test_R4_with_redis_away_likes_are_still_limited(stage: Stage) -> None:
    anna = await stage.viewer()
    stage.redis_is_away()
    await stage.done(anna, "a", "like", count=1)
    assert (await stage.refused(anna, "b", "like", count=1)).code == "rate_limited"


@pytest.mark.parametrize("trouble", ["away", "overloaded"])
async def test_R5_with_the_ledger_in_trouble_an_act_is_refused_and_may_try_again(
    stage: Stage, trouble: str
) -> None:
    anna = await stage.viewer("anna", name="小美")
    setattr(stage.ledger, trouble, True)
    for ref, act, data in (
        ("a", "comment", {"text": COMMENT}),
        ("b", "like", {"count": 1}),
        ("c", "share", {"channel": "x"}),
        ("d", "announce_optout", {"on": True}),
    ):
        refused = await stage.refused(anna, ref, act, **data)
        assert refused.code == "try_later"
        assert refused.retry_after_ms
    setattr(stage.ledger, trouble, False)
    assert (await stage.done(anna, "c", "share", channel="x"))["points"] == 10


async def test_R4_with_redis_away_acts_earn_as_ever(stage: Stage) -> None:
    anna = await stage.viewer()
    stage.redis_is_away()
    assert (await stage.done(anna, "a", "comment", text=COMMENT))["points"] == 5
    assert (await stage.done(anna, "b", "share", channel="x"))["points"] == 10


async def test_R2_an_answer_an_older_program_kept_is_found_in_the_ledger(stage: Stage) -> None:
    anna = await stage.viewer()
    first = await stage.act(anna, "ref", "share", channel="x")
    stage.hot.flush()
    assert anna.identity.member is not None
    await stage.hot.keep_answers([((MemberId(anna.identity.member), "ref"), b"\xc1 not ours")])
    assert await stage.act(anna, "ref", "share", channel="x") == first


async def test_R2_a_refusal_that_stands_is_the_one_answer_too(stage: Stage) -> None:
    anna = await stage.viewer()
    first = await stage.gateway.act(anna, Act("ref", "vote", {"poll": "p", "option": "a"}))
    assert isinstance(first, Refused)
    assert await stage.act(anna, "ref", "share", channel="x") == first
    assert decided(stage, Share) == decided(stage, UpdateMember) == 0


async def test_R2_done_says_the_same_in_both_subprotocols_when_it_comes_from_memory(stage: Stage) -> None:
    anna = await stage.viewer()
    await stage.act(anna, "ref", "share", channel="x")
    repeat = await stage.act(anna, "ref", "share", channel="x")
    assert isinstance(repeat, Done)
    assert content(repeat.result)["points"] == 10


async def test_R5_a_bug_of_ours_is_try_later_and_stands_for_nothing(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    submit = stage.ledger.submit_many

    async def broken(commands: Sequence[Command]) -> list[Receipt]:
        raise InternalFault("Share")

    stage.ledger.submit_many = broken  # type: ignore[method-assign]
    assert (await stage.refused(anna, "ref", "share", channel="x")).code == "try_later"
    stage.ledger.submit_many = submit  # type: ignore[method-assign]
    assert (await stage.done(anna, "ref", "share", channel="x"))["points"] == 10


async def test_R4_beyond_the_cap_with_redis_away_a_comment_is_answered_all_the_same(stage: Stage) -> None:
    anna = await stage.viewer()
    await at_the_cap(stage, anna, "comment")
    stage.redis_is_away()
    assert (await stage.done(anna, "more", "comment", text=COMMENT))["why_nothing"] == "cap_reached"


async def test_R5_without_any_record_of_the_member_an_act_waits(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.told()
    stage.cache.flush()
    stage.ledger.away = True
    assert (await stage.refused(anna, "ref", "comment", text=COMMENT)).code == "try_later"
