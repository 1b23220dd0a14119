"""Polls and notices on the live socket."""

from server.domain.commands import OpenPoll, Origin, PostNotice
from server.ids import PollId, RoomId
from tests.support.stage import Stage


def _origin(stage: Stage, event: str) -> Origin:
    return Origin("api", event, "x", stage.clock.now_ms(), room=RoomId("r1"))


async def test_L8_votes_move_the_rooms_numbers_and_the_first_one_stands(stage: Stage) -> None:
    poll = OpenPoll(_origin(stage, "poll"), PollId("p1"), "下一件上什么?", ("围巾", "手套"), 60)
    await stage.ledger.submit(poll)
    await stage.told()
    anna, bea = await stage.viewer("anna"), await stage.viewer("bea")
    assert (await stage.done(anna, "v1", "vote", poll="p1", option="a"))["points"] == 5
    assert (await stage.done(anna, "v2", "vote", poll="p1", option="b"))["why_nothing"] == "duplicate"
    await stage.done(bea, "v1", "vote", poll="p1", option="b")
    await stage.told()
    assert stage.heard.items("polls/p1")[-1]["options"][0] == {"id": "a", "text": "围巾"}
    assert stage.heard.pulses("poll:p1")[0] == {"a": 0, "b": 0}
    assert stage.heard.pulses("poll:p1")[-1] == {"a": 1, "b": 1}


async def test_L8_R8_a_vote_for_what_is_not_there_is_refused(stage: Stage) -> None:
    anna = await stage.viewer()
    assert (await stage.refused(anna, "v1", "vote", poll="p9", option="a")).code == "not_found"
    assert (await stage.refused(anna, "v2", "vote", poll="", option="a")).code == "bad_request"
    assert (await stage.refused(anna, "v3", "vote", poll="p1")).code == "bad_request"


async def test_L8_a_notice_is_a_moment_of_its_rank(stage: Stage) -> None:
    await stage.ledger.submit(PostNotice(_origin(stage, "say"), "马上抽奖", 1))
    await stage.told()
    [moment] = [one for one in stage.heard.moments() if one["kind"] == "notice"]
    assert (moment["rank"], moment["text"]["zh-CN"], moment["params"]) == (1, "马上抽奖", {})
