"""What we rely on in Redis, and what our scripts do when it is not there."""

from __future__ import annotations

import asyncio
import time

import pytest
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as ConnectionErrorOfRedis, ResponseError as ResponseErrorOfRedis

from broadcaster.bus_redis import RedisRoomStore
from broadcaster.codec import encoded
from broadcaster.ear_redis import MAX_BACKOFF_S
from broadcaster.errors import BusUnavailable, PartitionMismatch
from broadcaster.frames import Moment, Position, Pulse, Rank
from broadcaster.keys import Keys
from broadcaster.redis_link import CALL_TIMEOUT_S
from broadcaster.testing import text_item
from tests.contract.broadcaster.conftest import NOW, Place, some_items
from tests.support.redis_server import RedisServer


def moment(name: str, padding: int = 0) -> Moment:
    return Moment(name, "level_up", Rank.LOUD, NOW + 60_000, encoded({"id": name, "pad": "x" * padding}))


def redis_of(place: Place) -> RedisServer:
    assert isinstance(place.server, RedisServer)
    return place.server


def reset(connection: AbstractConnection) -> None:
    assert connection._writer is not None
    connection._writer.transport.abort()


def reset_idle(redis: Redis) -> int:
    """Close the transports of all idle connections; return how many."""
    idle = [one for one in redis.connection_pool._available_connections if one.is_connected]
    for one in idle:
        reset(one)
    return len(idle)


async def test_BUS3_a_publish_whose_answer_was_lost_is_not_numbered_twice(
    redis_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RedisRoomStore(redis_place.link(), redis_place.keys, redis_place.clock)
    start = (await store.rebuild("demo", some_items(), NOW)).position
    run = store._publish.run
    lost = iter([True])

    async def run_and_lose_the_first_answer(*args: object) -> object:
        result = await run(*args)  # type: ignore[arg-type]
        if next(lost, False):
            raise ConnectionErrorOfRedis("the answer was lost")
        return result

    monkeypatch.setattr(store._publish, "run", run_and_lose_the_first_answer)
    published = await store.publish("demo", [moment("m1"), text_item("name", 2, "x")], NOW)
    assert (published.position, published.numbered) == (Position(start.epoch, 2), (1, 2))
    missed = await store.since("demo", start, 10)
    assert missed is not None
    assert [one.frame for one in missed] == [moment("m1"), text_item("name", 2, "x")]


async def test_BUS3_a_connection_reset_while_idle_is_made_anew(redis_place: Place) -> None:
    link = redis_place.link()
    store = RedisRoomStore(link, redis_place.keys, redis_place.clock)
    start = (await store.rebuild("demo", some_items(), NOW)).position
    # What uvloop does when a primary is killed with a command unread: closed at once, and no end of the stream.
    assert reset_idle(link.reads) + reset_idle(link.writes) >= 2
    published = await store.publish("demo", [moment("m1")], NOW)
    assert (published.position, published.numbered) == (Position(start.epoch, 1), (1,))
    assert await store.snapshot("demo") is not None


async def test_BUS3_a_connection_reset_as_it_is_written_to_is_redis_away(redis_place: Place) -> None:
    redis = redis_place.link().writes
    await redis.ping()
    lent = await redis.connection_pool.get_connection()  # type: ignore[no-untyped-call]
    try:
        reset(lent)
        with pytest.raises(ConnectionErrorOfRedis, match="reset"):
            await lent.send_command("PING")
        await lent.send_command("PING")
        assert await lent.read_response() == b"PONG"
    finally:
        await redis.connection_pool.release(lent)


async def test_BUS5_after_a_failover_offsets_begin_anew_in_a_new_epoch(redis_place: Place) -> None:
    store = redis_place.store()
    before = (await store.rebuild("demo", some_items(), NOW)).position
    await store.publish("demo", [text_item("name", 9, "kept before")], NOW)
    # A replica that is promoted gets a new replication id, and may have missed the last frames.
    redis_of(redis_place).command("REPLICAOF", "127.0.0.1", "1")
    redis_of(redis_place).command("REPLICAOF", "NO", "ONE")
    assert await store.snapshot("demo") is None
    assert await store.positions(["demo"]) == {}
    assert await store.since("demo", before, 10) is None
    published = await store.publish("demo", [moment("m1"), text_item("name", 10, "newest")], NOW)
    assert published.position is None
    after = await store.rebuild("demo", some_items(), NOW)
    assert after.position.epoch != before.epoch
    assert after.position.offset == 0
    assert text_item("name", 10, "newest") in after.items


async def test_BUS5_a_half_evicted_room_is_built_anew(redis_place: Place) -> None:
    store = redis_place.store()
    before = (await store.rebuild("demo", some_items(), NOW)).position
    redis_of(redis_place).command("DEL", redis_place.keys.room("demo").items)
    assert await store.snapshot("demo") is None
    after = await store.rebuild("demo", some_items(), NOW)
    assert (len(after.items), after.position.epoch == before.epoch) == (2, False)


async def test_BUS5_scripts_forgotten_by_redis_are_loaded_again(redis_place: Place) -> None:
    store = redis_place.store()
    start = (await store.rebuild("demo", some_items(), NOW)).position
    redis_of(redis_place).command("SCRIPT", "FLUSH")
    assert (await store.publish("demo", [moment("m1")], NOW)).numbered == (1,)
    assert await store.positions(["demo"]) == {"demo": Position(start.epoch, 1)}


async def test_LOG2_a_stored_log_holds_so_many_bytes(redis_place: Place) -> None:
    store = redis_place.store()
    start = (await store.rebuild("demo", some_items(), NOW)).position
    for n in range(12):
        await store.publish("demo", [moment(f"m{n}", 50_000)], NOW)
    assert await store.since("demo", start, 100) is None
    missed = await store.since("demo", Position(start.epoch, 8), 100)
    assert missed is not None
    assert [one.offset for one in missed] == [9, 10, 11, 12]


async def test_BUS1_a_script_that_complains_has_written_nothing(redis_place: Place) -> None:
    store = RedisRoomStore(redis_place.link(), redis_place.keys, redis_place.clock)
    start = (await store.rebuild("demo", some_items(), NOW)).position
    names = redis_place.keys.room("demo")
    keys = [names.meta, names.items, names.log, names.pulses, names.comments, names.operation("x")]
    head: list[str | bytes | int] = ["demo", names.channel, NOW, 1, 1000, 1000, 10, 1000, 1000, 20, "PUBLISH"]
    with pytest.raises(ResponseErrorOfRedis, match="groups of four"):
        await store._publish.run(store._link.writes, keys, [*head, "m", "", 0])
    with pytest.raises(ResponseErrorOfRedis, match="unknown kind"):
        await store._publish.run(store._link.writes, keys, [*head, "m", "", 0, b"x", "z", "", 0, b"x"])
    assert await store.positions(["demo"]) == {"demo": start}


async def test_BUS6_R11_a_frozen_redis_costs_one_bounded_wait_and_then_nothing(redis_place: Place) -> None:
    store = redis_place.store()
    await store.rebuild("demo", some_items(), NOW)
    redis_of(redis_place).freeze()
    try:
        started = time.perf_counter()
        with pytest.raises(BusUnavailable):
            await store.snapshot("demo")
        assert time.perf_counter() - started < CALL_TIMEOUT_S + 1
        started = time.perf_counter()
        for _ in range(200):
            with pytest.raises(BusUnavailable):
                await store.publish("demo", [moment("m")], NOW)
        assert time.perf_counter() - started < CALL_TIMEOUT_S + 1
    finally:
        redis_of(redis_place).thaw()
    assert await eventually_published(redis_place, store)


async def test_BUS6_R11_a_dead_redis_is_told_at_once_and_found_again_when_it_is_back(
    redis_place: Place,
) -> None:
    store = redis_place.store()
    await store.rebuild("demo", some_items(), NOW)
    redis_of(redis_place).kill()
    started = time.perf_counter()
    for _ in range(100):
        with pytest.raises(BusUnavailable):
            await store.snapshot("demo")
    assert time.perf_counter() - started < CALL_TIMEOUT_S + 1
    redis_of(redis_place).start()
    assert await eventually_published(redis_place, store)


async def eventually_published(place: Place, store: object) -> bool:
    """Publish until Redis takes it; the breaker lets one call through per pause."""
    assert isinstance(store, RedisRoomStore)
    async with asyncio.timeout(8):
        while True:
            try:
                await store.publish("demo", [Pulse("likes", encoded(1))], NOW)
            except BusUnavailable:
                await asyncio.sleep(0)
            else:
                return True


async def test_BUS7_a_broken_subscription_is_told_and_heals_by_itself(redis_place: Place) -> None:
    store = redis_place.store()
    bus, ear = await redis_place.bus("n1")
    await bus.follow("demo")
    assert ear.interruptions == 0
    redis_of(redis_place).command("CLIENT", "KILL", "TYPE", "pubsub")
    await ear.until(lambda: ear.interruptions == 1)
    await store.publish("demo", [Pulse("likes", encoded(1))], NOW)
    await ear.until(lambda: len(ear.publishes) == 1)
    redis_of(redis_place).restart()
    await ear.until(lambda: ear.interruptions == 2)
    assert await eventually_published(redis_place, store)
    await ear.until(lambda: len(ear.publishes) == 2)


async def test_BUS14_who_is_cut_off_again_and_again_waits_for_random_pauses_that_grow(
    redis_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds: list[tuple[float, float]] = []

    def drawn(low: float, high: float) -> float:
        bounds.append((low, high))
        return low

    bus, ear = await redis_place.bus("n1")
    await bus.follow("demo")
    monkeypatch.setattr("broadcaster.ear_redis.random.uniform", drawn)
    redis_of(redis_place).kill()
    try:
        async with asyncio.timeout(60):
            while True:
                if len(bounds) > 2:
                    break
                await asyncio.sleep(0)
    finally:
        redis_of(redis_place).start()
    assert all(low == 0 < high for low, high in bounds), (
        "all nodes are cut off at once: none may come at a fixed time"
    )
    assert bounds[0][1] < bounds[1][1] < bounds[2][1] <= MAX_BACKOFF_S
    await ear.until(lambda: ear.interruptions == 1)


async def test_BUS6_a_room_cannot_be_followed_while_redis_is_away(redis_place: Place) -> None:
    bus, _ = await redis_place.bus("n1")
    await bus.canary()
    redis_of(redis_place).kill()
    with pytest.raises(BusUnavailable):
        await bus.follow("demo")
    with pytest.raises(BusUnavailable):
        await bus.canary()


async def test_BUS9_processes_that_disagree_about_partitions_do_not_start_together(
    redis_place: Place,
) -> None:
    ours = RedisRoomStore(redis_place.link(), Keys("test"), redis_place.clock)
    theirs = RedisRoomStore(redis_place.link(), Keys("test", partitions=16), redis_place.clock)
    elsewhere = RedisRoomStore(redis_place.link(), Keys("other", partitions=16), redis_place.clock)
    await ours.check_partitions()
    await ours.check_partitions()
    with pytest.raises(PartitionMismatch, match="64 partitions in redis, this process wants 16"):
        await theirs.check_partitions()
    await elsewhere.check_partitions()
