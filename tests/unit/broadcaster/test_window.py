"""When a window closes and what of its frames goes out."""

import pytest

from broadcaster.codec import encoded
from broadcaster.frames import Comment, Moment, Numbered, Pulse, Rank, Retract, Void
from broadcaster.overload import Level
from broadcaster.testing import text_item
from broadcaster.window import (
    MAX_COMMENTS,
    MAX_MOMENTS,
    Entry,
    batch_of,
    caught_up,
    closes_at,
    is_urgent,
    window_ms,
)

NOW = 1_000_000


def moment(offset: int, rank: Rank = Rank.LOUD, expires_ms: int = NOW + 1) -> Numbered:
    return Numbered(offset, Moment(f"m{offset}", "level_up", rank, expires_ms, encoded({})), NOW)


def item(offset: int) -> Numbered:
    return Numbered(offset, text_item("name", offset, "x"), NOW)


def pulse(key: str, value: int) -> Pulse:
    return Pulse(key, encoded(value))


def comment(name: str, author: str = "a") -> Comment:
    return Comment(name, author, encoded({}))


def entries(*frames: Numbered | Pulse | Comment) -> list[Entry]:
    return list(enumerate(frames, start=1))


@pytest.mark.parametrize(
    "audience, last_fanout_ms, expected",
    [
        (0, 0, 50),
        (1_000, 0, 50),
        (1_001, 0, 100),
        (10_000, 0, 100),
        (10_001, 0, 200),
        (500, 80, 160),
        (15_000, 60, 200),
        (20_000, 110, 220),
    ],
)
def test_WIN1_the_window_grows_with_the_audience_and_with_slow_fan_outs(
    audience: int, last_fanout_ms: float, expected: int
) -> None:
    assert window_ms(audience, last_fanout_ms) == expected


@pytest.mark.parametrize("level, factor", [(0, 1), (1, 2), (2, 2), (3, 4), (4, 4)])
def test_X5_WIN1_an_overloaded_node_gathers_longer(level: int, factor: int) -> None:
    assert window_ms(0, 0, Level(level)) == 50 * factor
    assert window_ms(20_000, 300, Level(level)) == max(200 * factor, 300 * (1 + factor))


def test_X5_LAD3_what_is_shed_is_counted_by_rank_and_kept_frames_become_void() -> None:
    waiting = entries(
        item(1), moment(2), moment(3, Rank.CHATTER), moment(4, Rank.STATE), pulse("likes", 1), comment("c")
    )
    batch = batch_of(waiting, NOW, level=Level.STATE_ONLY)
    assert (batch.kept, batch.passing) == ((item(1), Void(3), moment(4, Rank.STATE)), ())
    assert batch.shed == (Rank.LOUD, Rank.CHATTER, Rank.CHATTER, Rank.CHATTER)
    assert batch_of(waiting, NOW, level=Level.LONGER_WINDOWS) == batch_of(waiting, NOW)


def test_X5_WIN3_who_comes_back_passes_the_same_filter() -> None:
    assert caught_up([item(1), moment(2)], NOW, Level.STATE_ONLY) == (item(1), Void(2))


def test_WIN1_an_idle_rooms_first_frame_goes_at_once_and_the_next_waits() -> None:
    assert closes_at(None, 50, False, NOW) == NOW
    assert closes_at(NOW - 50, 50, False, NOW) == NOW
    assert closes_at(NOW - 10, 50, False, NOW) == NOW + 40


def test_WIN2_a_rank_0_frame_waits_for_nothing() -> None:
    assert closes_at(NOW, 250, True, NOW) == NOW
    assert is_urgent(item(1))
    assert is_urgent(Numbered(1, Retract(("c",)), NOW))
    assert is_urgent(moment(1, Rank.STATE))
    assert not is_urgent(moment(1, Rank.LOUD))


def test_WIN3_kept_frames_keep_their_order_and_what_expired_becomes_one_void_per_run() -> None:
    late = [moment(2, expires_ms=NOW), moment(3, expires_ms=NOW - 5)]
    batch = batch_of(entries(item(1), *late, item(4), moment(5, expires_ms=NOW), moment(6)), NOW)
    assert batch.kept == (item(1), Void(3), item(4), Void(5), moment(6))
    assert batch.expired == (Rank.LOUD, Rank.LOUD, Rank.LOUD)


def test_WIN3_who_comes_back_is_caught_up_in_the_same_way() -> None:
    assert caught_up([item(1), moment(2, expires_ms=0)], NOW) == (item(1), Void(2))
    assert caught_up([], NOW) == ()


def test_WIN4_the_latest_of_each_pulse_survives() -> None:
    batch = batch_of(entries(pulse("likes", 1), pulse("online", 5), pulse("likes", 2)), NOW)
    assert batch.passing == (pulse("online", 5), pulse("likes", 2))
    assert batch.pulses_replaced == 1


def test_WIN4_the_newest_comments_survive_and_the_rest_is_counted() -> None:
    comments = [comment(f"c{n}") for n in range(MAX_COMMENTS + 3)]
    batch = batch_of(entries(*comments), NOW)
    assert batch.passing == tuple(comments[3:])
    assert batch.comments_dropped == 3


def test_WIN5_one_message_carries_only_so_many_moments_the_most_important_and_newest() -> None:
    few = [moment(n) for n in range(1, MAX_MOMENTS + 1)]
    assert batch_of(entries(*few), NOW).kept == tuple(few)

    loud = [moment(n) for n in range(1, MAX_MOMENTS - 1)]  # all but two
    at = len(loud) + 1
    state = [item(at), moment(at + 1, Rank.STATE)]
    chatter = [moment(n, Rank.CHATTER) for n in range(at + 2, at + 6)]
    after = [item(at + 6)]
    batch = batch_of(entries(*loud, *state, *chatter, *after), NOW)
    assert batch.kept == (*loud, *state, Void(at + 3), *chatter[2:], *after)
    assert batch.shed == (Rank.CHATTER, Rank.CHATTER)


def test_WIN5_who_comes_back_gets_all_that_is_fresh() -> None:
    missed = tuple(moment(n) for n in range(1, MAX_MOMENTS + 3))
    assert caught_up(missed, NOW) == missed


def test_WIN4_no_comment_follows_its_own_retract() -> None:
    by_id, by_author = Numbered(1, Retract(("c1",)), NOW), Numbered(2, Retract(author="b"), NOW)
    waiting = entries(comment("c1"), comment("c2"), by_id, comment("c3", "b"), by_author, comment("c4", "b"))
    assert [one.id for one in batch_of(waiting, NOW).passing if isinstance(one, Comment)] == ["c2", "c4"]


def test_HUB2_entries_up_to_a_place_are_left_out() -> None:
    waiting = entries(item(1), pulse("likes", 1), item(2), pulse("likes", 2))
    batch = batch_of(waiting, NOW, after=2)
    assert batch.kept == (item(2),)
    assert batch.passing == (pulse("likes", 2),)
