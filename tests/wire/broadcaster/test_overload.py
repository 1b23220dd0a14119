"""A node that falls behind says so, leaves out what matters least, and sends newcomers away in time (X5)."""

from __future__ import annotations

import pytest

from broadcaster.codec import encoded
from broadcaster.frames import Comment, Moment, Pulse, Rank
from broadcaster.node import Node
from broadcaster.overload import CALM_MS, POLL_RETRY_MS, RISE_MS, Level, Load
from broadcaster.testing import text_item
from tests.wire.broadcaster.conftest import LiveNode

LATE = Load(9_000, 0)
PEACE = Load(0, 0)


def weighed(node: Node, load: Load, level: Level, at_ms: int) -> int:
    """Give the node readings until it stands at `level`; return when that was."""
    ends_ms = at_ms + 60_000
    while node.level is not level:
        assert at_ms < ends_ms
        node.weigh(load, at_ms)
        at_ms += min(RISE_MS, CALM_MS)
    return at_ms


def moment(live: LiveNode, n: int, rank: Rank) -> Moment:
    return Moment(f"m{n}", "level_up", rank, live.clock.now_ms() + 60_000, encoded({"id": f"m{n}"}))


@pytest.mark.parametrize("codec", ["msgpack", "json"])
async def test_X5_LAD3_LAD4_levels_are_announced_shed_counted_and_made_good(
    live: LiveNode, codec: str
) -> None:
    async with live.viewer(codec) as viewer:
        await viewer.hello("demo")
        at_ms = weighed(live.node, LATE, Level.NO_REACTIONS, 10**9)
        assert (await viewer.next("pulse", key="overload", value=2))["value"] == 2
        await live.publish(
            Pulse("likes", encoded(7)), Comment("c1", "a", encoded({"id": "c1", "author": "a"}))
        )
        at_ms = weighed(live.node, LATE, Level.STATE_ONLY, at_ms)
        await live.publish(
            Pulse("online", encoded(5)), moment(live, 1, Rank.LOUD), moment(live, 2, Rank.STATE)
        )
        await live.publish(text_item("name", 2, "still here"))
        assert (await viewer.next("room"))["patch"] == {"name": "still here"}
        assert [(one["type"], one["offset"]) for one in viewer.kept()] == [
            ("void", 1),
            ("moment", 2),
            ("room", 3),
        ]
        assert {one["key"] for one in viewer.frames if one["type"] == "pulse"} == {"overload"}
        assert not [one for one in viewer.frames if one["type"] == "comment"]
        assert live.meter.counts["dropped", "overload"] == 4
        weighed(live.node, PEACE, Level.NORMAL, at_ms)
        assert (await viewer.next("pulse", key="online"))["value"] == 5
        assert (await viewer.next("pulse", key="likes"))["value"] == 7
        await viewer.wait_for(lambda one: one.get("key") == "overload" and one["value"] == 0, "the all-clear")
    assert live.meter.levels == [1, 2, 3, 2, 1, 0]


async def test_X5_LAD5_at_level_4_newcomers_are_told_when_to_come_back_and_viewers_stay(
    live: LiveNode,
) -> None:
    async with live.viewer() as inside:
        await inside.hello("demo", "m1")
        weighed(live.node, LATE, Level.POLL, 10**9)
        async with live.viewer() as late:
            assert await late.closed() == 4004
            [bye] = late.frames
            assert (bye["type"], bye["code"]) == ("bye", 4004)
            assert POLL_RETRY_MS <= bye["retry_after_ms"] <= POLL_RETRY_MS + 100
        assert (await inside.act("like"))["type"] == "done"
        await live.publish(text_item("name", 2, "on"))
        await inside.next("room")


async def test_X5_LAD4_who_comes_in_reads_the_level_in_the_welcome_also_of_a_room_loaded_later(
    live: LiveNode,
) -> None:
    async with live.viewer() as first:
        assert (await first.hello("demo"))["pulses"] == {}
        weighed(live.node, LATE, Level.LONGER_WINDOWS, 10**9)
        for room in ("demo", "other"):
            async with live.viewer() as viewer:
                assert (await viewer.hello(room))["pulses"] == {"overload": 1}


async def test_X5_WIN3_a_position_caught_up_under_overload_passes_the_filter_of_live_frames(
    live: LiveNode,
) -> None:
    async with live.viewer() as viewer:
        welcome = await viewer.hello("demo")
    weighed(live.node, LATE, Level.STATE_ONLY, 10**9)
    await live.publish(moment(live, 1, Rank.PLEASANT), text_item("name", 2, "x"))
    async with live.viewer() as back:
        again = await back.hello("demo", position={"epoch": welcome["epoch"], "offset": 0})
        assert again["recovered"] is True
        await back.next("room")
        assert [(one["type"], one["offset"]) for one in back.kept()] == [("void", 1), ("room", 2)]
