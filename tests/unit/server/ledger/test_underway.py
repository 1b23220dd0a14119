"""What a batch must leave to the next, because the one in front is about the same."""

from __future__ import annotations

import asyncio
from collections.abc import Set

import pytest

from server.domain.commands import Command
from server.domain.needs import needs_of
from server.domain.world import World
from server.ledger import underway
from server.ledger.batch import Asked, Key, ask, identities_of, key_of
from server.ledger.errors import ChangedMeanwhile
from server.ledger.underway import Held, Underway, names_of, parted
from tests.support.ledger import (
    CALENDAR,
    NOW,
    RULEBOOK,
    captured,
    claimed,
    commented,
    gave,
    held,
    liked,
    linked,
    member,
    paid,
    redeemed,
    refunded,
    watched,
)


def world_of(commands: list[Command]) -> World:
    world = World(RULEBOOK, CALENDAR)
    world.identities.update({pair: member(f"m-{pair[1]}") for pair in identities_of(commands)})
    return world


def names(command: Command) -> Set[object]:
    world = world_of([command])
    return names_of(ask([command], world)[0], world)


def put_off(front: Held, *commands: Command) -> list[str]:
    world = world_of([*commands])
    asked = ask(commands, world)
    later, _ = parted(asked, [names_of(one, world) for one in asked], front)
    return [command.origin.event for command in commands if key_of(command) in later]


def about(*commands: Command) -> Held:
    world = world_of([*commands])
    asked = ask(commands, world)
    return parted(asked, [names_of(one, world) for one in asked], None)[1]


def test_LED27_a_command_is_about_its_members_and_whatever_else_it_names() -> None:
    assert names(watched("m1", 1)) == {"m1"}
    assert names(paid("p", "m1", "o1", 10)) == {"m1", "o1"}
    assert names(refunded("r", "m1", "o1", 10)) == {"m1", "o1"}
    assert names(gave("g", "m1", "m2", 10)) == {"m1", "m2"}
    assert names(commented("c", "m1", "666")) == {"m1", ("demo", "digest of 666")}
    assert {"m1", "bag"} <= names(redeemed("d", "m1", "bag"))
    assert names(linked("l", "m1", "wx", "anna")) == {"m1", ("wx", "anna")}
    assert len(names(claimed("x", "m1", "g"))) == len(names(captured("y", "m1", "h"))) == 2


def test_LED27_what_needs_something_of_the_batch_in_front_is_put_off() -> None:
    front = about(paid("p1", "m1", "o1", 10), commented("c1", "m2", "666"), held("h1", "m3", "o3", 5))
    assert put_off(front, liked("l1", "m1"), liked("l2", "m4"), commented("c2", "m5", "666")) == ["l1", "c2"]
    assert put_off(front, refunded("r", "m6", "o1", 5), paid("p2", "m7", "o3", 5)) == ["r", "p2"]
    assert put_off(front, paid("p1", "m8", "o8", 10)) == ["p1"]  # the same event, told about somebody else
    assert put_off(Held(frozenset(), frozenset(), frozenset({member("m9")})), liked("l", "m9")) == ["l"]


def test_LED27_whatever_comes_after_something_put_off_and_is_about_the_same_waits_as_well() -> None:
    front = about(liked("l0", "m1"))
    chain = (gave("g1", "m1", "m2", 5), gave("g2", "m2", "m3", 5), liked("l3", "m3"), liked("l4", "m4"))
    assert put_off(front, *chain) == ["g1", "g2", "l3"]
    assert put_off(front, *reversed(chain)) == ["g1"]  # told the other way round, only the last one waits


def test_LED27_nothing_is_put_off_where_nobody_is_in_front() -> None:
    asked = [
        Asked(one, member("m1"), needs_of(one, member("m1"), NOW, RULEBOOK, CALENDAR), NOW)
        for one in (liked("l1", "m1"), liked("l2", "m1"))
    ]
    later, held_ = parted(asked, [{"m1"}, {"m1"}], None)
    expected: frozenset[Key] = frozenset({("live", "l1"), ("live", "l2")})
    assert (later, held_) == (set(), Held({"m1"}, expected))


async def test_LED27_a_batch_that_is_over_is_kept_by_nobody() -> None:
    front = Underway()
    ways = [Underway(front)]
    assert [way.follows for way in ways] == [True]
    front.finish()
    ways[0].finish()
    assert [way.follows for way in ways] == [False]
    assert ways[0].is_lost
    await ways[0].may_follow()
    assert not Underway(front).follows, "whoever comes now puts nothing off for it"


@pytest.mark.parametrize("gives_back", [False, True])
async def test_LED27_who_is_behind_is_decided_when_the_one_in_front_is_and_not_if_that_gives_back(
    gives_back: bool,
) -> None:
    front = Underway()
    way, world = Underway(front), world_of([])
    for one in (front, way):
        waiting = asyncio.create_task(one.part([], world, ()))
        if one is way:
            await front.hold(frozenset())
        assert await waiting == frozenset()
    behind = asyncio.create_task(way.hold(frozenset()))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not behind.done()
    await front.first(gives_back=gives_back)
    if gives_back:
        with pytest.raises(ChangedMeanwhile):
            await behind
    else:
        await behind


async def test_LED27_it_knows_how_long_it_has_waited_for_the_one_in_front(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(underway, "perf_counter", lambda: now)
    front, world = Underway(), world_of([])
    way = Underway(front)
    await front.part([], world, ())
    waiting: asyncio.Task[object] = asyncio.create_task(way.part([], world, ()))
    await asyncio.sleep(0)
    now += 1
    await front.hold(frozenset())
    await waiting
    now += 16  # its own work
    waiting = asyncio.create_task(way.hold(frozenset()))
    await asyncio.sleep(0)
    now += 2
    await front.first(gives_back=False)
    await waiting
    waiting = asyncio.create_task(way.first(gives_back=False))
    await asyncio.sleep(0)
    now += 4
    front.keep()
    await waiting
    assert (way.waited_s, front.waited_s) == (1 + 2 + 4, 0)
