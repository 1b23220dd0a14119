"""The table of recovery: what a viewer with a position gets, in both subprotocols (R6, LOG1)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from broadcaster.codec import encoded
from broadcaster.frames import Moment, Rank
from broadcaster.ports import Joined, Rejected
from broadcaster.roomlog import MAX_AGE_MS, MAX_FRAMES
from broadcaster.testing import text_item
from tests.support.live import Frame, folded
from tests.wire.broadcaster.conftest import LiveNode

PUBLISHED = 3


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table: where the viewer says it is, and what it must get."""

    verdict: str
    published: int = PUBLISHED
    """Frames in the room when it comes back."""
    offset: int = 0
    epoch: str | None = None
    later_ms: int = 0

    @property
    def recovered(self) -> bool:
        return self.verdict in {"same", "some_missed"}


TABLE = {
    "empty room": Case("same", published=0),
    "same position": Case("same", offset=PUBLISHED),
    "some missed": Case("some_missed", offset=1),
    "too many missed": Case("too_many", published=MAX_FRAMES + 1),
    "expired log": Case("expired", later_ms=MAX_AGE_MS + 1),
    "other epoch": Case("other_epoch", epoch="somebody-elses"),
    "position in the future": Case("future", offset=99),
    "future of an empty room": Case("future", published=0, offset=1),
}


def moment(live: LiveNode, n: int) -> Moment:
    expires_ms = live.clock.now_ms() + 10 * MAX_AGE_MS
    return Moment(f"m{n}", "level_up", Rank.LOUD, expires_ms, encoded({"id": f"m{n}"}))


async def published(live: LiveNode, n: int) -> None:
    """Publish `n` frames, a change of the room's name last."""
    for start in range(0, n - 1, 100):
        await live.publish(*(moment(live, at) for at in range(start, min(start + 100, n - 1))))
    if n:
        await live.publish(text_item("name", 2, "newest"))
    await live.until(lambda: live.node.hub.rooms["demo"].position.offset == n, "the frames at the node")


@pytest.mark.parametrize("codec", ["msgpack", "json"])
@pytest.mark.parametrize("name", TABLE)
async def test_R6_LOG1_the_table_of_recovery(live: LiveNode, name: str, codec: str) -> None:
    case = TABLE[name]
    async with live.viewer(codec) as viewer:
        first = await viewer.hello("demo", "m1")
    await published(live, case.published)
    live.clock.ahead_ms += case.later_ms
    position: Frame = {"epoch": case.epoch or first["epoch"], "offset": case.offset}
    async with live.viewer(codec) as viewer:
        welcome = await viewer.hello("demo", "m1", position=position)
        assert welcome["recovered"] is case.recovered
        assert welcome["epoch"] == first["epoch"]
        assert welcome["card"]["member"] == "m1", "the card is always whole"
        assert welcome["offset"] == (case.offset if case.recovered else case.published)
        assert (welcome["room"] is None) is case.recovered
        await live.publish(text_item("name", 3, "afterwards"))
        await viewer.next("room", offset=case.published + 1)
        assert [frame["offset"] for frame in viewer.kept()] == list(
            range(welcome["offset"] + 1, case.published + 2)
        ), "no gap and no duplicate"
        shown = folded(first["room"] if case.recovered else welcome["room"], viewer.frames)
        assert shown == {**first["room"], "name": "afterwards"}
    assert live.meter.counts["recovery", case.verdict] == 1


@pytest.mark.parametrize("codec", ["msgpack", "json"])
async def test_R6_HUB4_an_empty_room_whose_state_was_lost_is_told_whole(live: LiveNode, codec: str) -> None:
    async with live.viewer(codec) as viewer:
        first = await viewer.hello("demo")
    live.store._world.flush()  # type: ignore[attr-defined]
    await live.node.rooms.compare()
    await live.until(lambda: live.node.hub.rooms["demo"].position.epoch != first["epoch"], "the new epoch")
    async with live.viewer(codec) as viewer:
        welcome = await viewer.hello("demo", position={"epoch": first["epoch"], "offset": 0})
        assert (welcome["recovered"], welcome["room"]) == (False, first["room"])


@pytest.mark.parametrize("codec", ["msgpack", "json"])
@pytest.mark.parametrize("name", ["same position", "some missed"])
@pytest.mark.parametrize("token, gone, code", [("bad-by-now", False, 4501), ("m1", True, 4502)])
async def test_R6_R10_who_resumes_is_authorised_again(
    live: LiveNode, codec: str, name: str, token: str, gone: bool, code: int
) -> None:
    async with live.viewer(codec) as viewer:
        first = await viewer.hello("demo", "m1")
    await published(live, PUBLISHED)
    if gone:
        del live.application.rooms["demo"]  # as a ban, or a room that is members-only by now
    position = {"epoch": first["epoch"], "offset": TABLE[name].offset}
    async with live.viewer(codec) as viewer:
        await viewer.send(
            {"type": "hello", "room": "demo", "surface": "viewer", "token": token, "position": position}
        )
        assert await viewer.closed() == code
        assert {frame["type"] for frame in viewer.frames} <= {"bye"}, "not one frame of what was missed"


async def test_R6_R10_a_refusal_that_comes_while_the_missed_frames_are_read_wins(live: LiveNode) -> None:
    asked, judged = asyncio.Event(), asyncio.Event()

    async def slowly(*args: object) -> Joined | Rejected:
        asked.set()
        await judged.wait()
        return Rejected(4501, "banned meanwhile")

    async with live.viewer() as viewer:
        first = await viewer.hello("demo", "m1")
        await published(live, PUBLISHED)
        await viewer.next("room")
        live.clock.ahead_ms += 2_000
        live.application.join = slowly  # type: ignore[assignment, method-assign]
        await viewer.send(
            {
                "type": "hello",
                "room": "demo",
                "surface": "viewer",
                "position": {"epoch": first["epoch"], "offset": 0},
            }
        )
        await asked.wait()
        seen = len(viewer.frames)
        judged.set()
        assert await viewer.closed() == 4501
        assert {frame["type"] for frame in viewer.frames[seen:]} == {"bye"}
