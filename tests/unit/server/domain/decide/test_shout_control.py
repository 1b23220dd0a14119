"""A host's presses on shout-outs (L2)."""

import pytest

from server.domain.decision import Refusal
from server.domain.shout_control import MOST_MUTED, Action, ControlShoutouts, ShoutoutsControlled
from server.ids import AuthorTag, TierId
from tests.unit.server.domain.builders import NOW, Stage, a_member, a_world, origin


def stage() -> Stage:
    return Stage(a_world(a_member(), rooms=("r1",)))


def presses(action: Action, room: str = "r1", **more: object) -> ControlShoutouts:
    return ControlShoutouts(origin(room), action, **more)  # type: ignore[arg-type]


def refused(stage: Stage, command: ControlShoutouts) -> str:
    outcome = stage.do(command)
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


@pytest.mark.parametrize(
    "command",
    [
        presses("skip"),
        presses("replay"),
        presses("mute"),
        presses("unmute"),
        presses("limit", per_minute=0),
        presses("limit", per_minute=61),
        presses("limit", from_tier=TierId("diamond")),
        presses("test", from_tier=TierId("diamond")),
    ],
)
def test_L2_a_press_that_lacks_something_is_told_what(command: ControlShoutouts) -> None:
    shown = stage()
    assert refused(shown, command) == "bad_request"
    assert shown.told(ShoutoutsControlled) == []


def test_L2_nothing_is_pressed_in_a_room_that_is_not_there() -> None:
    assert refused(stage(), presses("pause", room="nowhere")) == "not_found"


def test_L2_what_changes_nothing_is_no_fact_and_raises_no_rev() -> None:
    shown = stage()
    shown.applied(presses("pause"))
    for same in (presses("pause"), presses("unmute", author=AuthorTag("a_9"))):
        shown.applied(same)
    assert [fact.control.rev for fact in shown.told(ShoutoutsControlled)] == [1]


def test_L2_a_test_pretends_the_lowest_tier_that_is_shouted_unless_told_which() -> None:
    shown = stage()
    shown.applied(presses("test"))
    shown.applied(presses("limit", from_tier=TierId("gold")))
    shown.applied(presses("test"))
    shown.applied(presses("test", from_tier=TierId("black")))
    tests = [fact.tier for fact in shown.told(ShoutoutsControlled) if fact.action == "test"]
    assert tests == ["silver", "gold", "black"]


def test_L2_a_clear_is_of_its_moment() -> None:
    shown = stage()
    shown.applied(presses("clear"))
    assert [fact.control.cleared_ms for fact in shown.told(ShoutoutsControlled)] == [NOW]


def test_L2_a_room_mutes_so_many_and_no_more() -> None:
    shown = stage()
    for n in range(MOST_MUTED):
        shown.applied(presses("mute", author=AuthorTag(f"a_{n}")))
    assert refused(shown, presses("mute", author=AuthorTag("a_x"))) == "limit_reached"
    shown.applied(presses("mute", author=AuthorTag("a_0")))
