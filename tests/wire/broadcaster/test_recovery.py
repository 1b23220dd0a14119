"""Coming back: with a position, after a gap, on another node."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from broadcaster.codec import encoded
from broadcaster.frames import CardRecord, Moment, Pulse, Rank
from broadcaster.roomlog import MAX_AGE_MS, MAX_FRAMES
from broadcaster.testing import text_item
from tests.support.live import Frame, folded
from tests.wire.broadcaster.conftest import LiveNode


def moment(live: LiveNode, n: int, lives_ms: int = 60_000) -> Moment:
    return Moment(f"m{n}", "level_up", Rank.LOUD, live.clock.now_ms() + lives_ms, encoded({"id": f"m{n}"}))


def position_of(welcome: Frame, offset: int) -> Frame:
    return {"epoch": welcome["epoch"], "offset": offset}


async def first_welcome(live: LiveNode) -> Frame:
    async with live.viewer() as viewer:
        return await viewer.hello("demo")


@pytest.mark.parametrize("missed", [0, 1, 7, 130])
async def test_R6_LOG1_recovered_means_no_gap_and_no_duplicate(live: LiveNode, missed: int) -> None:
    first = await first_welcome(live)
    for n in range(150):
        await live.publish(moment(live, n), Pulse("likes", encoded(n)))
    async with live.viewer() as viewer:
        welcome = await viewer.hello("demo", position=position_of(first, 150 - missed))
        assert (welcome["recovered"], welcome["room"], welcome["offset"]) == (True, None, 150 - missed)
        assert welcome["pulses"] == {"likes": 149}
        await live.publish(text_item("name", 2, "live"))
        await viewer.next("room")
        assert [frame["offset"] for frame in viewer.kept()] == list(range(151 - missed, 152))
    assert live.meter.counts["recovery", "some_missed" if missed else "same"] == 1


@pytest.mark.parametrize(
    "case, verdict",
    [("other epoch", "other_epoch"), ("future", "future"), ("too many", "too_many"), ("expired", "expired")],
)
async def test_R6_LOG1_what_cannot_be_recovered_is_told_honestly(
    live: LiveNode, case: str, verdict: str
) -> None:
    first = await first_welcome(live)
    position = position_of(first, 0)
    await live.publish(text_item("name", 2, "newest"))
    if case == "other epoch":
        position["epoch"] = "somebody-elses"
    elif case == "future":
        position["offset"] = 99
    elif case == "too many":
        for _ in range(MAX_FRAMES // 50):
            await live.publish(*(moment(live, n) for n in range(50)))
    else:
        await live.until(lambda: live.node.hub.rooms["demo"].position.offset == 1, "the frame")
        live.clock.ahead_ms += MAX_AGE_MS + 1
    async with live.viewer() as viewer:
        welcome = await viewer.hello("demo", position=position)
        assert welcome["recovered"] is False
        assert welcome["room"]["name"] == "newest"
        assert welcome["offset"] == live.node.hub.rooms["demo"].position.offset
    assert live.meter.counts["recovery", verdict] == 1


async def test_R6_WIN3_a_moment_that_is_over_comes_back_as_void(live: LiveNode) -> None:
    first = await first_welcome(live)
    await live.publish(
        moment(live, 1, lives_ms=1_000), moment(live, 2, lives_ms=1_000), text_item("name", 2, "x")
    )
    live.clock.ahead_ms += 1_001
    async with live.viewer() as viewer:
        await viewer.hello("demo", position=position_of(first, 0))
        await viewer.next("room")
        assert [(frame["type"], frame["offset"]) for frame in viewer.kept()] == [("void", 2), ("room", 3)]


async def test_R6_a_hello_again_with_a_position_catches_up_on_the_same_connection(live: LiveNode) -> None:
    async with live.viewer() as viewer:
        first = await viewer.hello("demo")
        await live.publish(text_item("name", 2, "x"))
        await viewer.next("room")
        live.clock.ahead_ms += 2_000
        again = await viewer.hello("demo", position=position_of(first, 0))
        assert (again["recovered"], again["session"]) == (True, first["session"])
        assert (await viewer.next("room"))["offset"] == 1


async def test_R6_a_viewer_of_a_lost_node_is_caught_up_by_one_that_came_later(
    two_nodes: Sequence[LiveNode],
) -> None:
    one, two = two_nodes
    async with one.viewer() as viewer:
        first = await viewer.hello("demo", "m1")
        await one.publish(text_item("name", 2, "a"))
        await viewer.next("room")
    for n in range(5):
        await one.publish(moment(one, n))
    await one.publish(text_item("name", 3, "b"))
    async with two.viewer() as viewer:  # node two has never seen the room: its own log is empty
        welcome = await viewer.hello("demo", "m1", position=position_of(first, 1))
        assert welcome["recovered"] is True
        await viewer.next("room")
        assert [frame["offset"] for frame in viewer.kept()] == [2, 3, 4, 5, 6, 7]
    assert two.meter.counts["recovery", "some_missed"] == 1


async def test_HUB1_two_nodes_show_the_same(two_nodes: Sequence[LiveNode]) -> None:
    one, two = two_nodes
    async with one.viewer() as left, two.viewer("json") as right:
        welcomes = [await left.hello("demo", "m1"), await right.hello("demo", "m1")]
        for rev in range(2, 30):
            await two_nodes[rev % 2].publish(
                text_item("name", rev, str(rev)),
                text_item(f"tasks/t{rev % 5}", rev, None if rev % 3 else "x"),
            )
        for viewer in (left, right):
            await viewer.next("room", offset=56)
        rooms = [
            folded(welcome["room"], viewer.kept())
            for welcome, viewer in zip(welcomes, (left, right), strict=True)
        ]
        assert rooms[0] == rooms[1]
        assert rooms[0]["name"] == "29"


async def test_PRO9_mail_finds_a_member_on_both_nodes(two_nodes: Sequence[LiveNode]) -> None:
    one, two = two_nodes
    async with one.viewer() as left, two.viewer() as right:
        await left.hello("demo", "m1")
        await right.hello("demo", "m1")
        for live in two_nodes:
            await live.node.bus.canary()
            await live.node.members.renew()
        await one.mailboxes.send([("m1", CardRecord(4, b""))])
        for viewer in (left, right):
            assert (await viewer.next("card"))["card"]["version"] == 4


async def test_BUS10_online_is_the_sum_of_both_nodes(two_nodes: Sequence[LiveNode]) -> None:
    one, two = two_nodes
    async with one.viewer() as left, two.viewer() as right:
        await left.hello("demo")
        await right.hello("demo")
        await one.node._rounds.report_presence()
        assert (await right.next("pulse", key="online"))["value"] == 1
        await two.node._rounds.report_presence()
        for viewer in (left, right):
            assert (await viewer.wait_for(lambda f: f["type"] == "pulse" and f["value"] == 2, "the sum"))[
                "key"
            ] == "online"
