"""Taking part in a draw on the socket, and what the room is told when it is drawn."""

from dataclasses import replace

from broadcaster.frames import Notice
from server.domain.commands import Command
from server.ids import RoomId
from tests.support.draws import DRAW, GOODS, POINTS, closed, open_draw, revealed
from tests.support.stage import Stage, content

ROOM = RoomId("r1")


def here(command: Command) -> Command:
    """The same, as this room's."""
    return replace(command, origin=replace(command.origin, room=ROOM))


async def test_P3_a_ticket_costs_points_and_its_number_and_tag_are_told(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.ledger.submit(here(open_draw(cost=20, prizes=(POINTS, GOODS))))
    refused = await stage.refused(anna, "1", "enter_draw", draw=DRAW)
    assert refused.code == "not_enough_points"
    await stage.done(anna, "2", "follow")
    done = await stage.done(anna, "3", "enter_draw", draw=DRAW)
    tag = done.pop("tag")
    assert done == {"points": -20, "growth": 0, "rule": "draw", "draw": DRAW, "ticket": 1}
    assert tag.startswith("t_")
    assert "anna" not in tag
    assert (await stage.done(anna, "3", "enter_draw", draw=DRAW))["ticket"] == 1, (
        "the same ref, the same ticket"
    )
    codes = [
        (await stage.refused(anna, ref, "enter_draw", draw=draw)).code
        for ref, draw in (("4", DRAW), ("5", "d_never"), ("6", "口红"))
    ]
    assert codes == ["limit_reached", "not_found", "bad_request"]


async def test_P3_the_result_is_a_moment_of_the_first_rank_and_a_notice_to_the_winner(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    await stage.ledger.submit(here(open_draw(cost=0, prizes=(POINTS,))))
    stage.ledger.world.draws.tags[DRAW] = ()  # what a database would load: the list so far
    await stage.done(anna, "1", "enter_draw", draw=DRAW)
    stage.clock.advance(60_000)
    await stage.ledger.submit(here(closed()))
    await stage.ledger.submit(here(revealed(stage.ledger.world.draws.draws[DRAW])))
    await stage.told()
    [moment] = [one for one in stage.heard.moments() if one["kind"] == "draw_result"]
    assert (moment["rank"], moment["params"]) == (0, {"draw": DRAW, "winners": ["小美"]})
    assert moment["text"]["zh-CN"] == "「Draw d1」开奖啦!恭喜@小美中奖!"
    notices = [content(frame.body) for frame in anna.sent if isinstance(frame, Notice)]
    [won] = [notice for notice in notices if notice["kind"] == "gift"]
    assert won["params"] == {"draw": DRAW, "ticket": 1, "points": 500}
    assert not [notice for notice in notices if notice["params"].get("rule") == "draw"], "not told twice"
    assert anna.cards()[-1]["points"] == 500
