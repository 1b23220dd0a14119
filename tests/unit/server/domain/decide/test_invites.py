"""Inviting friends: who brought whom, and what that is worth."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from server.domain.commands import AcceptInvite, CompleteInvite
from server.domain.decision import Applied, Earned
from server.domain.facts import Awarded, BudgetSpent, InviteAccepted, InviteCompleted, MemberCreated
from server.domain.rulebook import INVITE
from server.domain.state import AwardCount
from server.ids import MemberId, ShowId
from tests.unit.server.domain.builders import (
    DAY,
    HOUR,
    MEI,
    MINUTE,
    SHOW,
    TODAY,
    Stage,
    a_comment,
    a_member,
    an_order,
    by,
    jifen,
    origin,
    stage_with,
    with_budget,
)


def accepts(who: str = "new", inviter: str = MEI) -> AcceptInvite:
    return AcceptInvite(origin(None), by(who), by(inviter))


def has_watched(who: str = "new", inviter: str = MEI, show: str = SHOW) -> CompleteInvite:
    return CompleteInvite(origin(), by(who), ShowId(show), MemberId(inviter))


def test_E4_a_friend_who_watches_brings_the_inviter_fifty_points_once() -> None:
    stage = stage_with(a_member())
    accepted = stage.applied(accepts())
    assert (accepted.earned, accepted.rule, accepted.code) == (Earned(), INVITE, None)
    assert (stage.member("new").invited_by, stage.member("new").invite_open) == (MEI, True)
    completed = stage.applied(has_watched())
    assert (completed.earned, completed.code) == (Earned(), None)
    assert (stage.member().points, stage.member("new").points) == (50, 0)
    assert stage.applied(has_watched()).code == "duplicate"
    assert stage.member().points == 50
    (award,) = stage.told(Awarded)
    assert (award.member, award.rule, award.show, award.behaviour) == (MEI, "invite", SHOW, True)


def test_T4_E4_whoever_is_invited_is_known_from_then_on() -> None:
    stage = stage_with(a_member())
    stage.do(accepts())
    assert [fact.member.id for fact in stage.told(MemberCreated)] == ["new"]


def test_E4_each_pair_of_a_chain_counts_on_its_own() -> None:
    stage = stage_with(a_member())
    for invited, inviter in (("b", MEI), ("c", "b"), ("d", "c")):
        stage.do(accepts(invited, inviter))
        stage.do(has_watched(invited, inviter))
    assert [stage.member(who).points for who in (MEI, "b", "c", "d")] == [50, 50, 50, 0]


def _had_a_comment(stage: Stage) -> None:
    stage.do(a_comment(who="new"))


def _had_an_order(stage: Stage) -> None:
    stage.do(an_order(yuan=1, who="new"))


def _was_there_for_an_hour(stage: Stage) -> None:
    stage.do(replace(accepts(), inviter=by("nobody")))
    stage.after(HOUR + 1)


@pytest.mark.parametrize("before", [_had_a_comment, _had_an_order, _was_there_for_an_hour])
def test_E4_only_a_newcomer_can_be_invited(before: Callable[[Stage], None]) -> None:
    stage = stage_with(a_member())
    before(stage)
    assert stage.applied(accepts()).code == "not_eligible"
    assert not stage.told(InviteAccepted)


def test_E4_a_first_contact_just_before_leaves_somebody_new() -> None:
    stage = stage_with(a_member(), replace(a_member("new"), created_ms=stage_with().now))
    assert stage.after(59 * MINUTE).applied(accepts()).code is None


def test_E4_a_circle_and_oneself_are_no_newcomers() -> None:
    stage = stage_with(a_member())
    assert stage.applied(accepts("new", "new")).code == "not_eligible"
    stage.do(accepts("new", MEI))
    assert stage.applied(accepts(MEI, "new")).code == "not_eligible"
    known = stage_with(replace(a_member("new"), created_ms=stage.now))
    assert known.applied(accepts("new", "new")).code == "not_eligible"
    assert not known.told(InviteAccepted)


def test_E4_an_inviter_nobody_knows_is_none() -> None:
    assert stage_with().applied(accepts()).code == "not_eligible"


def test_E4_the_first_inviter_stays_also_when_it_is_over() -> None:
    stage = stage_with(a_member(), a_member("other"))
    stage.do(accepts())
    assert stage.applied(accepts("new", "other")).code == "duplicate"
    stage.do(has_watched())
    assert stage.applied(accepts("new", "other")).code == "duplicate"
    assert stage.member("new").invited_by == MEI


def test_E4_watching_counts_only_while_the_show_is_live_and_another_show_is_another_chance() -> None:
    stage = stage_with(a_member())
    stage.do(accepts())
    assert stage.applied(has_watched(show="s9")).code == "off_air"
    assert stage.member("new").invite_open
    assert stage.applied(has_watched()).code is None
    assert stage.member().points == 50


@pytest.mark.parametrize("scope, n, points", [("d", 4, 50), ("d", 5, 0), ("total", 49, 50), ("total", 50, 0)])
def test_E4_five_a_day_and_fifty_ever(scope: str, n: int, points: int) -> None:
    key = (f"d{TODAY}" if scope == "d" else "total", INVITE)
    stage = stage_with(replace(a_member(), awards={key: AwardCount(n)}))
    stage.do(accepts())
    stage.do(has_watched())
    assert stage.member().points == points
    assert not stage.member("new").invite_open
    (completed,) = stage.told(InviteCompleted)
    assert completed.code == (None if points else "cap_reached")


def test_E8_an_invitation_is_charged_to_the_show_and_the_day_of_the_programme() -> None:
    stage = stage_with(a_member())
    stage.do(accepts())
    stage.do(has_watched())
    assert {fact.budget: fact.amount for fact in stage.told(BudgetSpent)} == {
        f"show:{SHOW}": 50,
        f"day:{TODAY}": 50,
    }
    spent = stage_with(a_member(), rulebook=with_budget(jifen(), show=49))
    spent.do(accepts())
    spent.do(has_watched())
    assert spent.member().points == 0
    assert [fact.code for fact in spent.told(InviteCompleted)] == ["budget_spent"]


def test_E7_the_multiplier_is_the_inviters() -> None:
    stage = stage_with(a_member(growth=2_000))
    stage.do(accepts())
    stage.do(has_watched())
    assert stage.member().points == 60


def test_E4_without_the_rule_nobody_is_asked_to_invite() -> None:
    without = {rule: worth for rule, worth in jifen().behaviours.items() if rule != INVITE}
    stage = stage_with(a_member(), rulebook=replace(jifen(), behaviours=without))
    assert stage.do(accepts()) == Applied(rule=INVITE, code="not_eligible")


def test_T6_an_inviters_year_that_ended_is_over_before_the_award() -> None:
    stage = stage_with(replace(a_member(growth=0, tier="gold"), tier_until_ms=stage_with().now + 10 * DAY))
    stage.after(11 * DAY).do(accepts())
    stage.do(has_watched())
    assert (stage.member().tier, stage.member().points) == ("silver", 50)
