"""Polls, pinned lines and notices."""

from dataclasses import replace

import pytest

from server.domain.commands import ClosePoll, OpenPoll, Pin, PostNotice, RemovePoll, SetShowStatus, Vote
from server.domain.facts import NoticePosted, PollClosed, VoteCast
from server.domain.polls import MOST_SHOWN, NOTICES_A_MINUTE, Poll
from server.ids import PollId
from tests.unit.server.domain.builders import MEI, MINUTE, NOW, ROOM, SHOW, Stage, by, origin, stage_with

P1 = PollId("p1")


def a_poll(poll: str = "p1", /, **changes: object) -> OpenPoll:
    values: dict[str, object] = {
        "question": "下一件上什么?",
        "options": ("围巾", "手套"),
        "seconds": 60,
    } | changes
    return OpenPoll(origin(), PollId(poll), **values)  # type: ignore[arg-type]  # each test gives what it names


def votes(option: str = "a", *, who: str = MEI, poll: str = "p1", source: str = "live") -> Vote:
    return Vote(replace(origin(), source=source), by(who), poll, option)


def asking(**changes: object) -> Stage:
    stage = stage_with()
    stage.applied(a_poll(**changes))
    return stage


def poll(stage: Stage) -> Poll:
    return stage.world.rooms[ROOM].polls[0]


def test_L8_votes_are_counted_and_earn_as_votes_do() -> None:
    stage = asking()
    assert stage.applied(votes("a")).earned.points == 5
    stage.applied(votes("b", who="b"))
    stage.applied(votes("b", who="c"))
    assert stage.told(VoteCast)[-1].tally == (("a", 1), ("b", 2))


def test_L8_a_member_has_one_vote_and_the_first_one_stands() -> None:
    stage = asking()
    stage.applied(votes("a"))
    assert stage.applied(votes("b")).code == "duplicate"
    assert len(stage.told(VoteCast)) == 1


def test_L8_R8_an_option_or_a_poll_that_is_not_there_is_not_found() -> None:
    stage = asking()
    assert stage.refused(votes("z")).code == "not_found"
    assert stage.refused(votes(poll="p9")).code == "not_found"


def test_E2_of_another_programmes_poll_the_one_who_tells_of_it_knows() -> None:
    assert asking().applied(votes(poll="p9", source="shop")).earned.points == 5


def test_E2_a_shop_s_own_poll_has_one_vote_of_a_member_however_often_it_is_told() -> None:
    stage = asking()
    assert stage.applied(votes("a", poll="p9", source="shop")).earned.points == 5
    for option in "ab":
        again = stage.applied(votes(option, poll="p9", source="shop"))
        assert (again.code, again.earned.points) == ("duplicate", 0)
    assert len(stage.told(VoteCast)) == 1
    # Another poll of that shop, and another shop's poll of the same name, are others.
    assert stage.applied(votes(poll="p8", source="shop")).earned.points == 5
    assert stage.applied(votes(poll="p9", source="mall")).earned.points == 5


def test_L8_after_its_end_a_poll_takes_no_votes_whether_or_not_it_was_closed() -> None:
    stage = asking().after(60_000)
    assert stage.refused(votes()).code == "closed"
    stage.now -= 1
    stage.applied(votes())


def test_L8_a_poll_is_closed_once_and_not_by_due_work_before_its_time() -> None:
    stage = asking()
    stage.applied(votes("b"))
    overdue = ClosePoll(origin(), P1, overdue=True)
    assert stage.decide(overdue).facts == ()
    stage.after(MINUTE).applied(overdue)
    assert stage.decide(overdue).facts == ()
    [closed] = stage.told(PollClosed)
    assert closed.tally == (("a", 0), ("b", 1))
    assert poll(stage).state == "closed"


def test_L8_the_host_may_close_and_remove_at_any_time() -> None:
    stage = asking()
    stage.applied(ClosePoll(origin(), P1))
    assert stage.refused(votes()).code == "closed"
    stage.applied(RemovePoll(origin(), P1))
    assert stage.world.rooms[ROOM].polls == ()
    assert stage.decide(RemovePoll(origin(), P1)).facts == ()
    assert stage.refused(ClosePoll(origin(), P1)).code == "not_found"


def test_L12_the_end_of_the_show_closes_and_removes_its_polls() -> None:
    stage = asking()
    stage.applied(SetShowStatus(origin(), SHOW, "ended"))
    assert [fact.poll.state for fact in stage.told(PollClosed)] == ["closed"]
    assert stage.world.rooms[ROOM].polls == ()


@pytest.mark.parametrize(
    "wrong,field",
    [({"options": ("a",)}, "options"), ({"options": ("a", "a")}, "options"), ({"seconds": 0}, "seconds")],
)
def test_L8_R8_a_poll_that_makes_no_sense_is_refused(wrong: dict[str, object], field: str) -> None:
    refusal = stage_with().refused(a_poll(**wrong))
    assert refusal.code == "bad_request"
    assert field in refusal.message


def test_L8_so_many_polls_fit_and_only_in_a_live_show() -> None:
    stage = stage_with()
    for number in range(MOST_SHOWN):
        stage.applied(a_poll(f"p{number}"))
    assert stage.refused(a_poll("more")).code == "limit_reached"
    assert stage_with(status="scheduled").refused(a_poll()).code == "off_air"


def test_L8_a_line_is_pinned_replaced_and_taken_away() -> None:
    stage = stage_with(status=None)
    stage.applied(Pin(origin(), "今晚满200减30"))
    pinned = stage.world.rooms[ROOM].pinned
    assert pinned is not None
    assert pinned.text == "今晚满200减30"
    assert stage.decide(Pin(origin(), "今晚满200减30")).facts == ()
    stage.applied(Pin(origin(), None))
    assert stage.world.rooms[ROOM].pinned is None
    assert stage.decide(Pin(origin(), None)).facts == ()


def test_L8_a_notice_is_said_once() -> None:
    stage = stage_with()
    stage.applied(PostNotice(origin(), "马上抽奖", 1))
    [said] = stage.told(NoticePosted)
    assert (said.text, said.rank, said.at_ms) == ("马上抽奖", 1, NOW)
    assert stage.refused(PostNotice(origin("nowhere"), "x", 1)).code == "not_found"


def test_L8_R8_a_room_is_told_so_many_notices_a_minute_and_each_room_its_own() -> None:
    stage = stage_with()
    stage.now += 20_000 - stage.now % 60_000
    for n in range(NOTICES_A_MINUTE):
        stage.applied(PostNotice(origin(), f"第{n}条", 1))
    refused = stage.refused(PostNotice(origin(), "再来一条", 1))
    assert (refused.code, refused.retry_after_ms) == ("rate_limited", 40_000)
    assert len(stage.told(NoticePosted)) == NOTICES_A_MINUTE
    stage.now += 40_000
    stage.applied(PostNotice(origin(), "下一分钟", 1))
