"""The law: snapshot before + frames = snapshot after, whatever happened, and whenever somebody came."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from broadcaster.codec import JSON, MSGPACK, encoded
from broadcaster.frames import Comment, Moment, Pulse, Rank, Retract, RoomItem
from broadcaster.golden_frames import FOLDER, golden
from broadcaster.roomstate import COMMENTS_KEPT
from tests.unit.broadcaster.rooms_by_hand import T0, FakeViewer, RoomByHand, folded

words = st.text(max_size=6)
items = st.builds(
    RoomItem,
    st.sampled_from(["name", "spotlight", "tasks/t1", "tasks/t2"]),
    st.just(1),
    st.none() | st.builds(lambda text: encoded({"text": text}), words),
)
moments = st.builds(
    lambda n, after_ms: Moment(f"m{n}", "level_up", Rank.LOUD, T0 + after_ms, encoded({"id": f"m{n}"})),
    st.integers(0, 9),
    st.sampled_from([0, 60_000]),
)
retracts = st.builds(
    lambda n, author: Retract((f"c{n}",), author), st.integers(0, 9), st.none() | st.sampled_from(["a", "b"])
)
pulses = st.builds(Pulse, st.sampled_from(["likes", "online"]), st.integers(0, 99).map(encoded))
comment_fields = st.tuples(st.sampled_from(["a", "b", "c"]))
steps = st.lists(
    st.tuples(
        st.lists(items | moments | retracts, max_size=3),
        st.lists(pulses | comment_fields, max_size=2),
        st.sampled_from(["nothing", "window", "join", "join hidden", "leave"]),
    ),
    max_size=12,
)


@given(steps)
def test_HUB1_HUB2_WIN3_every_viewer_ends_with_what_a_newcomer_sees(
    history: list[tuple[Any, Any, str]],
) -> None:
    asyncio.run(live_through(history))


async def live_through(history: list[tuple[Any, Any, str]]) -> None:
    by_hand = RoomByHand([RoomItem("name", 1, encoded("Demo"))])
    room = by_hand.room
    viewers = [FakeViewer(MSGPACK).enter(room)]
    comment_ids = iter(range(1_000))
    for kept, passing, then in history:
        comments = [
            one
            if isinstance(one, Pulse)
            else (lambda name: Comment(name, one[0], encoded({"id": name, "author": one[0]})))(
                f"c{next(comment_ids)}"
            )
            for one in passing
        ]
        by_hand.publish(by_hand.numbered(*kept), comments)
        match then:
            case "window":
                by_hand.close_window()
            case "join":
                viewers.append(FakeViewer(MSGPACK).enter(room))
            case "join hidden":
                viewers.append(FakeViewer(MSGPACK, shown=False).enter(room))
            case "leave" if len(viewers) > 1:
                room.leave(viewers.pop(0))
    by_hand.close_window()
    expected = folded(FakeViewer(MSGPACK).enter(room).frames)
    for viewer in viewers:
        seen = folded(viewer.frames)
        assert seen[0] == expected[0]
        if viewer.shown:
            assert seen == expected
        assert offsets_follow(viewer.frames)


def offsets_follow(frames: list[dict[str, Any]]) -> bool:
    """Whether kept frames follow each other without a gap or a repeat; a void deals with everything up to it."""
    position = -1
    for frame in frames:
        if frame["type"] == "welcome":
            position = frame["offset"]
        elif frame["type"] == "void":
            assert frame["offset"] > position
            position = frame["offset"]
        elif "offset" in frame:
            assert frame["offset"] == position + 1
            position += 1
    return True


@pytest.mark.parametrize("file, content", golden().items())
def test_FRM7_HUB1_the_golden_files_are_current_and_fold_to_what_they_expect(file: str, content: str) -> None:
    assert (FOLDER / file).read_text(encoding="utf-8") == content, "run `python -m broadcaster.golden_frames`"
    history = json.loads(content)
    room, after_pulses, comments = folded([history["snapshot"], *history["frames"]])
    assert {"room": room, "pulses": after_pulses} == history["expect"]
    assert len(comments) <= COMMENTS_KEPT
    assert offsets_follow([history["snapshot"], *history["frames"]])


def test_FRM7_no_golden_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(golden())
    assert JSON.subprotocol != MSGPACK.subprotocol
