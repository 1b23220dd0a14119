"""A room as frames make it."""

import pytest

from broadcaster.codec import encoded
from broadcaster.frames import Comment, Moment, Numbered, Position, Pulse, Rank, Retract, RoomItem, Snapshot
from broadcaster.roomstate import COMMENTS_KEPT, RoomState
from broadcaster.testing import text_item

EMPTY = Snapshot(Position("e", 0), (), (), ())


def comment(name: str, author: str = "a") -> Comment:
    return Comment(name, author, encoded({"id": name}))


def test_HUB1_items_are_replaced_whole_and_removed() -> None:
    state = RoomState(EMPTY)
    for offset, item in enumerate(
        [
            text_item("name", 1, "a"),
            text_item("tasks/t1", 1, "x"),
            text_item("name", 2, "b"),
            text_item("tasks/t1", 2, None),
        ],
        1,
    ):
        state.fold(Numbered(offset, item, 0))
    assert state.snapshot() == Snapshot(Position("e", 4), (RoomItem("name", 2, encoded("b")),), (), ())


def test_HUB1_moments_are_no_state_but_have_a_place() -> None:
    state = RoomState(EMPTY)
    state.fold(Numbered(1, Moment("m", "notice", Rank.LOUD, 0, encoded({})), 0))
    assert state.snapshot() == Snapshot(Position("e", 1), (), (), ())


def test_HUB3_a_frame_that_does_not_follow_is_an_error() -> None:
    state = RoomState(EMPTY)
    for offset in (0, 2):
        with pytest.raises(ValueError, match="does not follow 0"):
            state.fold(Numbered(offset, text_item("name", 1, "a"), 0))


def test_HUB1_the_last_comments_stay_until_retracted() -> None:
    state = RoomState(EMPTY)
    state.pass_by(comment(f"c{n}", f"a{n % 2}") for n in range(COMMENTS_KEPT + 5))
    assert [one.id for one in state.comments] == [f"c{n}" for n in range(5, COMMENTS_KEPT + 5)]
    state.fold(Numbered(1, Retract(("c24",), "a1"), 0))
    assert [one.id for one in state.comments] == [f"c{n}" for n in range(6, 24, 2)]


def test_HUB4_every_change_has_a_version_of_its_own() -> None:
    one, two = RoomState(EMPTY), RoomState(EMPTY)
    versions = [one.version, two.version]
    one.pass_by([Pulse("likes", encoded(1))])
    versions.append(one.version)
    one.fold(Numbered(1, text_item("name", 1, "a"), 0))
    versions.append(one.version)
    assert len(set(versions)) == 4
