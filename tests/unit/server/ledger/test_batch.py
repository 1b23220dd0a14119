"""Which member is meant, and how receipts are worded."""

from __future__ import annotations

from dataclasses import replace

from server.domain.commands import Command
from server.domain.decision import Earned, Receipt
from server.domain.facts import TierReached
from server.domain.rulebook import LIKE
from server.domain.world import World
from server.ids import MemberId, derived
from server.ledger.batch import Answered, answers, ask, decide_all, identities_of, key_of, subject_of
from tests.support.ledger import (
    CALENDAR,
    NOW,
    RULEBOOK,
    accepted_invite,
    joined,
    liked,
    linked,
    paid,
    put_room,
)


def test_LED5_an_identity_never_seen_means_the_member_that_follows_from_it() -> None:
    world = World(RULEBOOK, CALENDAR, identities={("wx", "anna"): MemberId("m1")})
    commands: list[Command] = [joined(f"j{n}", who) for n, who in enumerate(("m9", "wx:anna", "wx:bert"))]
    assert [one.who for one in ask(commands, world)] == ["m9", "m1", derived("m", "wx", "bert")]


def test_E4_the_inviter_is_looked_up_and_locked_beside_the_newcomer() -> None:
    world = World(RULEBOOK, CALENDAR, identities={("wx", "anna"): MemberId("m1")})
    command = accepted_invite("i", "wx:bert", "wx:anna")
    assert identities_of([command]) == {("wx", "anna"), ("wx", "bert")}
    (asked,) = ask([command], world)
    assert asked.needs.members == {"m1", derived("m", "wx", "bert")}


def test_LED5_only_identities_are_looked_up_and_rooms_have_nobody() -> None:
    commands: list[Command] = [
        joined("j", "m1"),
        paid("e", "wx:anna", "o1", 5),
        put_room("p"),
        liked("l", "wx:anna"),
    ]
    assert identities_of(commands) == {("wx", "anna")}
    assert [subject_of(command) is None for command in commands] == [False, False, True, False]


def test_X1_what_either_would_need_is_asked_for_where_a_batch_links_a_name_before_it_is_used() -> None:
    commands: list[Command] = [
        liked("l1", "wx:anna"),
        linked("k", "m1", "wx", "anna"),
        liked("l2", "wx:anna"),
    ]
    stranger = derived("m", "wx", "anna")
    asked = ask(commands, World(RULEBOOK, CALENDAR))
    assert [(one.command.origin.event, one.who, one.supposed) for one in asked] == [
        ("l1", stranger, False),
        ("k", "m1", False),
        ("l2", stranger, False),
        ("l2", "m1", True),
    ]
    known = World(RULEBOOK, CALENDAR, identities={("wx", "anna"): MemberId("m2")})
    assert [(one.who, one.supposed) for one in ask(commands, known)] == [
        ("m2", False),
        ("m1", False),
        ("m2", False),
    ]


def test_LED3_decisions_follow_each_other_in_one_world() -> None:
    world = World(RULEBOOK, CALENDAR)
    commands: list[Command] = [
        linked("k", "m1", "wx", "anna"),
        paid("e1", "wx:anna", "o1", 10),
        paid("e2", "m1", "o1", 10),
    ]
    receipts, happened, _ = decide_all(ask(commands, world), world)
    assert [(receipt.member, receipt.outcome) for receipt in receipts.values()] == [
        ("m1", "applied"),
        ("m1", "applied"),
        ("m1", "duplicate"),
    ]
    assert [one.origin.event for one in happened] == ["k", "e1"]
    assert world.members[MemberId("m1")].points == 20


def test_LED21_a_test_is_decided_among_the_others_and_leaves_their_world_alone() -> None:
    world = World(RULEBOOK, CALENDAR)
    test = paid("t", "m1", "o2", 300)
    test = replace(test, origin=replace(test.origin, is_test=True))
    commands: list[Command] = [paid("e1", "m1", "o1", 10), test, paid("e2", "m1", "o2", 10)]
    receipts, happened, rehearsed = decide_all(ask(commands, world), world)
    assert [receipt.earned for receipt in receipts.values()] == [
        Earned(20, 30),
        Earned(300, 320),
        Earned(10, 30),
    ]
    assert [one.origin.event for one in happened] == ["e1", "e2"]
    assert [(one.source, one.event) for one in rehearsed] == [("shop", "t")]
    assert any(isinstance(fact, TierReached) for fact in rehearsed[0].facts)
    assert (world.members[MemberId("m1")].points, world.members[MemberId("m1")].tier) == (30, "bronze")


def test_LED1_a_repeat_is_told_what_the_first_was_told() -> None:
    command = paid("e1", "m1", "o1", 10)
    first = Receipt(
        "shop",
        "e1",
        MemberId("m1"),
        "applied",
        "room_unknown",
        LIKE,
        Earned(20, 30),
        "said",
        (("n", 1),),
    )
    same, other = answers(
        [command, paid("e1", "m1", "o1", 11)], {}, {key_of(command): Answered(command.origin.content, first)}
    )
    assert same == replace(first, outcome="duplicate")
    assert (other.outcome, other.code, other.earned, other.member) == ("conflict", "conflict", Earned(), "m1")
    assert "its own id" in other.message


def test_LED1_a_refusal_and_a_conflict_stay_what_they_were() -> None:
    command = paid("e1", "m1", "o1", 10)
    for outcome in ("refused", "conflict"):
        first = Receipt("shop", "e1", None, outcome, "closed", details=(("show", "s1"),), retry_after_ms=5)
        assert answers([command], {}, {key_of(command): Answered(command.origin.content, first)}) == (first,)


def test_LED3_each_command_is_asked_for_at_its_receipt_time() -> None:
    world = World(RULEBOOK, CALENDAR)
    asked = ask([liked("l1", "m1", at_ms=NOW), liked("l2", "m1", at_ms=NOW + 86_400_000)], world)
    assert [one.at_ms for one in asked] == [NOW, NOW + 86_400_000]
    assert asked[0].needs.budgets != asked[1].needs.budgets
