"""Frames on their way between nodes."""

import pytest
from hypothesis import given, strategies as st

from broadcaster.frames import (
    CardRecord,
    Comment,
    Encoded,
    KeptFrame,
    MailFrame,
    Moment,
    Notice,
    PassingFrame,
    Pulse,
    Rank,
    Retract,
    RoomItem,
)
from broadcaster.records import read_kept, read_mail, read_passing, write_mail, write_room_frame

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
bodies = st.builds(Encoded, st.binary(min_size=1, max_size=40), st.binary(min_size=1, max_size=40))
numbers = st.integers(0, 2**53)
kept = (
    st.builds(RoomItem, texts, numbers, st.none() | bodies)
    | st.builds(Moment, texts, texts, st.sampled_from(Rank), numbers, bodies, st.none() | texts)
    | st.builds(Retract, st.lists(texts, max_size=3).map(tuple), st.none() | texts)
)
passing = st.builds(Pulse, texts, bodies) | st.builds(Comment, texts, texts, bodies)
mail = st.builds(CardRecord, numbers, st.binary(max_size=40)) | st.builds(Notice, texts, numbers, bodies)


@given(kept)
def test_FRM6_a_kept_frame_comes_back_as_it_was(frame: KeptFrame) -> None:
    assert read_kept(write_room_frame(frame)) == frame


@given(passing)
def test_FRM6_a_passing_frame_comes_back_as_it_was(frame: PassingFrame) -> None:
    assert read_passing(write_room_frame(frame)) == frame


@given(mail)
def test_FRM6_mail_comes_back_as_it_was(frame: MailFrame) -> None:
    assert read_mail(write_mail(frame)) == frame


def test_FRM6_a_record_of_another_kind_is_an_error() -> None:
    pulse = write_room_frame(Pulse("likes", Encoded(b"\x01", b"1")))
    item = write_room_frame(RoomItem("name", 1, None))
    for read, record in ((read_kept, pulse), (read_passing, item), (read_mail, item)):
        with pytest.raises(ValueError, match="no record of"):
            read(record)
