"""The bus broken under a room that is published to without pause: what it costs, in figures (run with -s to see them)."""

from __future__ import annotations

import asyncio
import time

from broadcaster.frames import Position
from broadcaster.keys import Keys
from tests.support.busy_room import ROOM, BusyRoom, busy_room, moments_twice, seen_of
from tests.support.live import Viewer
from tests.support.redis_cluster import ClusterServers
from tests.support.redis_sentinel import SentinelServers
from tests.support.redis_server import RedisServer

WITHIN_S = 30.0
"""R4 says ten seconds, from the moment Redis has a primary again; a machine may be three times slower, and busy."""
LONGEST_CALL_S = 15.0
"""Likewise: one publish is at most two attempts of a bounded call, which is five seconds."""
LOOP_LAG_MS = 1_500
"""A call that blocks the loop does so until it is given up, which is two seconds and more."""
CHANNEL = Keys("wire").room(ROOM).channel


async def judged(fault: str, room: BusyRoom, broken: float) -> None:
    """Publish on, stop, let the viewers converge; then judge and print what they saw."""
    before = {position.epoch for position in room.given}
    await room.published(30)
    whole_s = time.monotonic() - broken
    room.stop()
    converged_s = await room.converged()
    epochs = {position.epoch for position in room.given}
    seen = [seen_of(viewer) for viewer in room.viewers]
    twice, left_out = sum(one[1] for one in seen), sum(one[2] for one in seen)
    again = [moments_twice(viewer) for viewer in room.viewers]
    welcomes = [sum(frame["type"] == "welcome" for frame in viewer.frames) - 1 for viewer in room.viewers]
    print(
        f"\n{fault}: published again and 30 more {whole_s:.1f} s after it, viewers equal {converged_s:.2f} s later; "
        f"publishes refused {room.refused}, longest call {room.longest_call_s:.2f} s, "
        f"worst loop lag {room.lag.worst_ms:.0f} ms (a thread beside it {room.lag.machine_ms:.0f} ms); epochs {len(epochs)} (new: {len(epochs - before)}), "
        f"welcomes unasked {welcomes}; numbers seen twice {twice}, left out {left_out}, moments shown again {again}"
    )
    assert (twice, left_out) == (0, 0)
    assert converged_s < WITHIN_S
    for saw, _, _ in seen:
        for position in saw.keys() & room.given.keys():
            if saw[position]["type"] == "moment":
                assert saw[position]["id"] == room.given[position], f"{position} means two things"
    assert {viewer.closed_with for viewer in room.viewers} == {None}
    # Where a primary was chosen late a node was not ready meanwhile, and says that it is again at its next round.
    ends = time.monotonic() + 90
    while not all(node.node.is_ready for node in (room.one, room.other)):
        assert time.monotonic() < ends, "the bus is back and a node not ready"
        await asyncio.sleep(0.05)
    assert room.longest_call_s < LONGEST_CALL_S
    assert room.lag.worst_ms < LOOP_LAG_MS + room.lag.machine_ms


async def resumes(room: BusyRoom, old: Position) -> None:
    """Who returns with a position of the old epoch starts anew; with one of the new, it gets what it missed, once."""
    async with Viewer(f"http://127.0.0.1:{room.one.port}") as back:
        welcome = await back.hello(ROOM, "m3", position={"epoch": old.epoch, "offset": old.offset})
        assert welcome["recovered"] is False
        newest = Position(welcome["epoch"], welcome["offset"])
    assert newest.epoch != old.epoch
    missed = min(newest.offset, 7)
    position = {"epoch": newest.epoch, "offset": newest.offset - missed}
    async with Viewer(f"http://127.0.0.1:{room.other.port}") as back:
        welcome = await back.hello(ROOM, "m4", position=position)
        assert welcome["recovered"] is True
        await back.until(lambda: len(back.kept()) >= missed, "all that was missed")
        offsets = [frame["offset"] for frame in back.kept()]
        assert offsets == list(range(newest.offset - missed + 1, newest.offset + 1))


async def test_R4_R6_BUS5_BUS12_sentinel_fails_over_while_publishing(
    redis_sentinels: SentinelServers,
) -> None:
    async with busy_room(redis_sentinels) as room:
        old = max(room.given, key=lambda position: position.offset)
        gone = redis_sentinels.primary
        broken = time.monotonic()
        await asyncio.to_thread(gone.kill)
        while await asyncio.to_thread(lambda: redis_sentinels.primary) is gone:
            assert time.monotonic() - broken < 90, "the sentinels chose nobody"
            await asyncio.sleep(0.05)
        print(f"\nsentinels chose a primary {time.monotonic() - broken:.1f} s after the kill")
        await judged("sentinel, primary killed", room, broken)
        await resumes(room, old)


async def test_R4_R6_BUS13_BUS14_a_primary_of_the_cluster_is_killed_while_publishing(
    redis_cluster: ClusterServers,
) -> None:
    async with busy_room(redis_cluster) as room:
        old = max(room.given, key=lambda position: position.offset)
        gone = redis_cluster.primary_of(CHANNEL)
        broken = time.monotonic()
        await asyncio.to_thread(gone.kill)
        while await asyncio.to_thread(redis_cluster.primary_of, CHANNEL) is gone:
            assert time.monotonic() - broken < 90, "the cluster chose nobody"
            await asyncio.sleep(0.05)
        print(f"\nthe cluster chose a primary {time.monotonic() - broken:.1f} s after the kill")
        await judged("cluster, primary killed", room, broken)
        await resumes(room, old)


async def test_R4_R6_BUS13_BUS14_a_slot_moves_while_publishing(redis_cluster: ClusterServers) -> None:
    async with busy_room(redis_cluster) as room:
        old = max(room.given, key=lambda position: position.offset)
        broken = time.monotonic()
        target = await asyncio.to_thread(redis_cluster.move_slot_of, CHANNEL)
        print(f"\nthe slot has moved {time.monotonic() - broken:.1f} s after its move began")
        await judged("cluster, slot moved", room, broken)
        assert redis_cluster.primary_of(CHANNEL) is target
        await resumes(room, old)


async def test_R4_R11_BUS6_a_black_holed_redis_costs_one_timeout_a_call_and_no_loop(
    redis_server: RedisServer,
) -> None:
    async with busy_room(redis_server) as room:
        redis_server.freeze()
        frozen = time.monotonic()
        try:
            while any(node.node.is_ready for node in (room.one, room.other)):
                assert time.monotonic() - frozen < 45, "a node whose bus is gone must not be ready"
                await asyncio.sleep(0.05)
            print(f"\nnot ready {time.monotonic() - frozen:.1f} s after the freeze")
            assert {viewer.closed_with for viewer in room.viewers} == {None}
        finally:
            redis_server.thaw()
        broken = time.monotonic()
        while not all(node.node.is_ready for node in (room.one, room.other)):
            assert time.monotonic() - broken < 90, "and ready again when it is back"
            await asyncio.sleep(0.05)
        print(f"ready again {time.monotonic() - broken:.1f} s after the thaw")
        await judged("one Redis, frozen and thawed", room, broken)
        assert [moments_twice(viewer) for viewer in room.viewers] == [0] * len(room.viewers), (
            "what was in flight and published anew"
        )


async def test_R4_R11_BUS13_a_black_holed_primary_of_the_cluster_is_replaced(
    redis_cluster: ClusterServers,
) -> None:
    async with busy_room(redis_cluster) as room:
        silent = redis_cluster.primary_of(CHANNEL)
        elsewhere = next(
            name
            for name in (f"room{n}" for n in range(100))
            if redis_cluster.primary_of(Keys("wire").room(name).channel) is not silent
        )
        await room.one.store.rebuild(elsewhere, [], room.one.clock.now_ms())
        silent.freeze()
        broken = time.monotonic()
        try:
            await judged("cluster, primary frozen", room, broken)
        finally:
            silent.thaw()
        assert elsewhere in await room.one.store.positions([elsewhere])
