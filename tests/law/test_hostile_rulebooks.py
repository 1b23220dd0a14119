"""A thousand hostile rulebooks: each loads, and then decides, or is refused with a field and a reason."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from server.domain.card import card_of
from server.domain.commands import ById, Command
from server.domain.days import Calendar
from server.domain.decide.membership import newcomer
from server.domain.deciding import decide
from server.domain.decision import Applied
from server.domain.room import items_of
from server.domain.state import Room, Show
from server.domain.world import World
from server.ids import MemberId, RoomId, ShowId
from server.rulebooks.checks import wrongs
from server.rulebooks.errors import RulebookInvalid
from server.rulebooks.loading import rulebook_of
from server.rulebooks.reading import read_document
from server.rulebooks.sentences import sentences
from tests.support.ledger import (
    NOW,
    ROOM,
    SHOW,
    checked_in,
    commented,
    held,
    liked,
    paid,
    refunded,
    shared,
    time_kept,
    watched,
)
from tests.support.rulebooks import document

Json = Any
PRESETS = tuple(document(preset=name) for name in ("jifen", "laopengyou"))
DAY_MS = 86_400_000

NUMBERS = st.sampled_from([-1, 0, 1, 2, 7, 59, 60, 100, 365, 10_000, 10**9, 10**9 + 1, 2**63, -(2**70), 1.5])
WORDS = st.sampled_from(
    ["", "gold", "black", "lv4", "bronze", "a" * 300, "\ud800", "😀", "__proto__", "#zzzzzz"]
)
SCALARS = st.none() | st.booleans() | NUMBERS | WORDS | st.text(max_size=5)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def paths(value: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += paths(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            found += paths(inner, (*path, place))
    return found


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Return a preset in which some values were replaced, removed, doubled or moved."""
    made = copy.deepcopy(draw(st.sampled_from(PRESETS)))
    for _ in range(draw(st.integers(1, 4))):
        every = paths(made)
        if not every:
            break
        *steps, last = draw(st.sampled_from(every))
        into: Json = made
        for step in steps:
            into = into[step]
        match draw(st.sampled_from(["number", "number", "number", "any", "remove", "other", "add"])):
            case "number":
                into[last] = draw(NUMBERS) if not isinstance(into[last], (dict, list)) else into[last]
            case "any":
                into[last] = draw(ANY_JSON)
            case "remove":
                del into[last]
            case "other":
                # A value from elsewhere in the document: often of the right shape at the wrong place.
                source: Json = made
                for step in draw(st.sampled_from(paths(made))):
                    source = source[step]
                into[last] = copy.deepcopy(source)
            case _:
                if isinstance(into, list):
                    into.append(copy.deepcopy(into[last]) if isinstance(last, int) else draw(ANY_JSON))
                else:
                    into[draw(st.text(max_size=8))] = draw(ANY_JSON)
    return json.dumps(made, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))


HOSTILE = mutated() | mutated() | mutated() | ANY_JSON.map(json.dumps) | st.text(max_size=40)


def a_show() -> Show:
    return Show(ShowId(SHOW), RoomId(ROOM), "Show", "live", NOW - DAY_MS)


def history() -> list[Command]:
    """A member's first day, a refund, and a year later."""
    year = NOW + 366 * DAY_MS
    return [
        commented("c1", "m1"),
        liked("l1", "m1", 5),
        shared("s1", "m1"),
        checked_in("k1", "m1"),
        watched("m1", 1, 15),
        watched("m1", 1, 10),
        paid("e1", "m1", "o1", 300),
        paid("e2", "m1", "o2", 12_000),
        held("h1", "m1", "o3", 100),
        refunded("r1", "m1", "o1", 100),
        time_kept("t1", "m1", at_ms=year),
        paid("e3", "m1", "o4", 1, at_ms=year + 1),
    ]


def refusal(text: str) -> RulebookInvalid | None:
    """Return why `text` is refused; None = it loads. Any other exception is a failure."""
    try:
        read_document(text)
    except RulebookInvalid as invalid:
        return invalid
    return None


def lives_under(text: str) -> None:
    """Decide a small history by what was read, and show it."""
    read = read_document(text)
    assert wrongs(read) == ()
    assert all(one.zh and one.en for one in sentences(read, "CNY"))
    rulebook = rulebook_of(read, preset="own", currency="CNY", version=2)
    world = World(rulebook, Calendar(ZoneInfo("Asia/Shanghai")))
    world.rooms[RoomId(ROOM)] = Room(RoomId(ROOM), "Demo", show=a_show())
    world.shows[ShowId(SHOW)] = a_show()
    for command in history():
        who = getattr(command, "who")  # noqa: B009 - every command of the history is a member's
        assert isinstance(who, ById)
        at_ms = command.origin.received_ms
        decision = decide(command, who.member, world, at_ms)
        if isinstance(decision.outcome, Applied):
            world.fold_all(decision.facts)
        if MemberId("m1") in world.members:
            member = world.members[MemberId("m1")]
            assert member.tier in rulebook.ranks
            card = card_of(member, rulebook, world.calendar, a_show(), at_ms)
            assert card.multiplier > 0
    assert items_of(world.rooms[RoomId(ROOM)], rulebook)
    for gone in rulebook.former:
        stood = replace(newcomer(MemberId("m9"), world, NOW), tier=gone)
        assert card_of(stood, rulebook, world.calendar, a_show(), NOW).tier in rulebook.privileges
        world.members[stood.id] = stood
        decision = decide(time_kept(f"t {gone}", "m9"), stood.id, world, NOW)
        world.fold_all(decision.facts)
        assert world.members[stood.id].tier in rulebook.privileges


@pytest.mark.timeout(400)
@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(HOSTILE)
def test_R8_O3_O5_a_hostile_rulebook_loads_and_decides_or_is_refused_with_a_reason(text: str) -> None:
    refused = refusal(text)
    if refused is None:
        lives_under(text)
        return
    assert refused.problems
    assert str(refused)
    for problem in refused.problems:
        assert problem.code
        assert problem.message
        assert 1 <= problem.line <= text.count("\n") + 1
        assert problem.column >= 1


@pytest.mark.parametrize("preset", PRESETS, ids=["jifen", "laopengyou"])
def test_R8_the_presets_themselves_live_through_the_history(preset: Json) -> None:
    lives_under(json.dumps(preset))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_R8_numbers_within_their_limits_decide_without_a_fault(data: st.DataObject) -> None:
    """Documents that mostly load: every number anywhere within what the schema allows."""
    made = copy.deepcopy(data.draw(st.sampled_from(PRESETS)))
    for path in paths(made):
        *steps, last = path
        into: Json = made
        for step in steps:
            into = into[step]
        if isinstance(into[last], int) and data.draw(st.integers(0, 9)) == 0:
            into[last] = data.draw(st.sampled_from([0, 1, 2, 30, 100, 365, 1_000, 10**6]))
    text = json.dumps(made)
    if refusal(text) is None:
        lives_under(text)
