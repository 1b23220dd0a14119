"""Comments, likes, shares and votes."""

from dataclasses import replace

import pytest

from server.domain.commands import Command
from server.domain.decision import Earned
from server.domain.facts import Acted, Awarded, CommentPosted, Liked, VoteCast
from server.domain.state import TierHold
from server.domain.word_list import WordList
from server.ids import TierId
from tests.unit.server.domain.builders import (
    MINUTE,
    NOW,
    ROOM,
    SECOND,
    Stage,
    a_comment,
    a_member,
    a_share,
    a_vote,
    a_world,
    follows,
    likes,
    stage_with,
)


def test_L13_a_comment_is_shown_with_its_writers_name_and_badge() -> None:
    member = replace(a_member(growth=300), boost=TierHold(TierId("gold"), NOW + MINUTE))
    stage = stage_with(member)
    stage.do(a_comment("主播好漂亮"))
    [comment] = stage.told(CommentPosted)
    assert (comment.name, comment.tier, comment.text, comment.room) == ("小美", "gold", "主播好漂亮", "r1")
    assert comment.author == member.author


@pytest.mark.parametrize("graphemes, points", [(3, 0), (4, 5)])
def test_E9_a_comment_needs_four_graphemes(graphemes: int, points: int) -> None:
    stage = stage_with()
    answer = stage.applied(a_comment(graphemes=graphemes))
    assert answer.earned.points == points
    assert answer.code == (None if points else "invalid_comment")


def test_E9_what_earns_nothing_is_shown_all_the_same() -> None:
    stage = stage_with()
    stage.do(a_comment("哈哈"))
    [comment] = stage.told(CommentPosted)
    assert not comment.counted


@pytest.mark.parametrize("later, code", [(10 * MINUTE - 1, "invalid_comment"), (10 * MINUTE, None)])
def test_E9_the_same_text_within_ten_minutes_is_a_repeat(later: int, code: str | None) -> None:
    stage = stage_with()
    stage.do(a_comment("这件多少钱"))
    assert stage.after(later).applied(a_comment("这件多少钱")).code == code


@pytest.mark.parametrize("later, code", [(60 * SECOND - 1, "invalid_comment"), (60 * SECOND, None)])
def test_E9_sixty_seconds_lie_between_two_counted_comments(later: int, code: str | None) -> None:
    stage = stage_with()
    stage.do(a_comment("这件多少钱"))
    assert stage.after(later).applied(a_comment("还有别的颜色吗")).code == code


def test_E9_a_comment_that_did_not_count_delays_nothing() -> None:
    stage = stage_with()
    stage.do(a_comment("哈哈"))
    assert stage.after(SECOND).applied(a_comment("还有别的颜色吗")).earned.points == 5


def test_E9_the_fifth_member_with_the_same_text_is_a_copy_paste_wave() -> None:
    stage = stage_with()
    codes = [stage.applied(a_comment("扣1领福利", who=f"m{n}")).code for n in range(6)]
    assert codes == [None, None, None, None, "invalid_comment", "invalid_comment"]


def test_E9_a_wave_is_of_one_room() -> None:
    stage = Stage(a_world(rooms=("r1", "r2")))
    for n in range(4):
        stage.do(a_comment("扣1领福利", who=f"m{n}"))
    assert stage.applied(a_comment("扣1领福利", who="m4", room="r2")).code is None


@pytest.mark.parametrize("command", [a_comment(), likes(), a_share(), a_vote()])
@pytest.mark.parametrize("status", ["scheduled", "ended", None])
def test_E10_off_air_an_act_earns_nothing_and_says_so(command: Command, status: str | None) -> None:
    stage = stage_with(status=status)
    assert stage.applied(command).code == "off_air"
    assert stage.told(Awarded) == []
    assert len(stage.told(Acted)) == 1


@pytest.mark.parametrize(
    "command", [a_comment(room=None), likes(room=None), a_share(room=None), a_vote(room=None)]
)
def test_E10_without_a_room_an_act_earns_nothing(command: Command) -> None:
    assert stage_with().applied(command).code == "off_air"


@pytest.mark.parametrize(
    "command", [a_comment(room="r9"), likes(room="r9"), a_share(room="r9"), a_vote(room="r9")]
)
def test_E10_an_unknown_room_is_named_as_the_reason(command: Command) -> None:
    stage = stage_with()
    assert stage.applied(command).code == "room_unknown"
    assert (stage.told(CommentPosted), stage.told(Liked)) == ([], [])


def test_L13_a_comment_off_air_is_shown() -> None:
    stage = stage_with(status="scheduled")
    stage.do(a_comment())
    assert len(stage.told(CommentPosted)) == 1


def test_E2_all_likes_are_counted_for_the_room_also_those_that_earn_nothing() -> None:
    stage = stage_with()
    stage.do(likes(30))
    stage.do(likes(30))
    assert [liked.count for liked in stage.told(Liked)] == [30, 30]
    assert stage.member().points == 10


def test_E2_a_vote_is_told_and_earns_five_points() -> None:
    stage = stage_with()
    assert stage.applied(a_vote()).earned == Earned(5, 0)
    assert [(cast.poll, cast.option) for cast in stage.told(VoteCast)] == [("p1", "a")]


def test_L13_slow_mode_says_how_long_to_wait() -> None:
    stage = stage_with()
    stage.world.rooms[ROOM] = replace(stage.world.rooms[ROOM], slow_s=30)
    stage.do(a_comment())
    refusal = stage.after(10 * SECOND).refused(a_comment("还有别的颜色吗"))
    assert (refusal.code, refusal.retry_after_ms) == ("slow_mode", 20 * SECOND)
    assert stage.after(20 * SECOND).applied(a_comment("还有别的颜色吗")).rule == "comment"


def test_L13_where_only_members_write_the_lowest_tier_is_refused() -> None:
    stage = stage_with(a_member("bronze", growth=15))
    stage.world.rooms[ROOM] = replace(stage.world.rooms[ROOM], writers="members")
    assert stage.refused(a_comment(who="stranger")).code == "members_only"
    assert stage.applied(a_comment(who="bronze")).earned.points == 5


def test_L13_a_comment_with_a_word_of_the_list_is_neither_shown_nor_paid() -> None:
    stage = stage_with()
    comment = replace(stage.world.rulebook.comment, words=WordList.of(["加v信"]))
    stage.world = replace(stage.world, rulebook=replace(stage.world.rulebook, comment=comment))
    assert stage.refused(a_comment("加 V-信 领红包")).code == "blocked_words"
    assert stage.told(CommentPosted) == []
    assert stage.applied(a_comment("这件真好看")).earned.points == 5


def test_E4_following_earns_twenty_once_in_the_programme() -> None:
    stage = stage_with(a_member())
    assert stage.applied(follows()).earned == Earned(20, 0)
    again = stage.after(400 * 86_400_000).applied(follows())
    assert (again.earned, again.code) == (Earned(), "duplicate")


@pytest.mark.parametrize(
    "status, room, code", [("ended", ROOM, None), (None, None, None), ("live", "gone", "room_unknown")]
)
def test_E4_following_earns_on_air_and_off(status: str | None, room: str | None, code: str | None) -> None:
    stage = stage_with(a_member(), status=status)
    answer = stage.applied(follows(room=room))
    assert (answer.earned.points, answer.code) == (20, code)


def test_E8_following_is_charged_to_the_day_and_to_a_live_show() -> None:
    stage = stage_with(a_member())
    stage.do(follows())
    assert sorted(stage.world.budgets.values()) == [20, 20]
    quiet = stage_with(a_member(), status=None)
    quiet.do(follows())
    assert list(quiet.world.budgets.values()) == [20]
