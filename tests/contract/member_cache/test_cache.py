"""What every `Cache` keeps to: the twin in memory, today's Redis and a Cluster of it, and the oldest one we must run on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from redis.asyncio import Redis
from redis.maint_notifications import MaintNotificationsConfig

from broadcaster.redis_link import RedisLink
from member_cache.keys import ABSENT_TTL_MS, JITTER, RECORD_TTL_MS, record_key
from member_cache.ports import Cache, Record
from member_cache.redis_cache import RedisCache
from member_cache.testing import MemoryCache
from server.clock import ManualClock
from tests.support.redis_cluster import ClusterServers
from tests.support.redis_server import RedisServer


@dataclass
class Kept:
    """A cache, and the means to look at what it promises about time and loss."""

    cache: Cache
    client: Redis | None
    memory: MemoryCache | None
    clock: ManualClock
    cluster: ClusterServers | None = None

    async def flush(self) -> None:
        if self.memory is not None:
            self.memory.flush()
        if self.cluster is not None:
            self.cluster.flushall()
            self.cluster.forget_scripts()
        elif self.client is not None:
            await self.client.flushall()
            await self.client.script_flush()

    async def is_gone_after(self, member: str, ms: int) -> bool:
        """Whether the member's record has a lifetime that ends by then."""
        if self.client is not None:
            left = await self.client.pttl(record_key("test", member))
            return 0 < left <= ms
        self.clock.advance(ms)
        gone = member not in await self.cache.get([member])
        self.clock.advance(-ms)
        return gone


@pytest.fixture(
    params=[
        ("memory", False),
        ("redis_server", False),
        ("redis_server", True),
        ("embedded_redis_server", False),
        ("redis_cluster", True),
    ],
    ids=["memory", "redis", "by_bucket", "embedded", "cluster"],
)
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    clock = ManualClock(1_000_000)
    where, clustered = request.param
    if where == "memory":
        memory = MemoryCache(clock.now_ms, luck=lambda: 0.5)
        yield Kept(memory, None, memory, clock)
        return
    if where == "redis_cluster":
        cluster: ClusterServers = request.getfixturevalue(where)
        link = RedisLink(cluster.link_url, "test")
        yield Kept(
            RedisCache(link.writes, "test", clustered=True, luck=lambda: 0.5),
            link.writes,
            None,
            clock,
            cluster,
        )
        await link.aclose()
        return
    server: RedisServer = request.getfixturevalue(where)
    async with Redis.from_url(
        server.url, maint_notifications_config=MaintNotificationsConfig(enabled=False)
    ) as client:
        yield Kept(RedisCache(client, "test", clustered=clustered, luck=lambda: 0.5), client, None, clock)


async def test_MEM1_a_newer_version_replaces_an_older_one(kept: Kept) -> None:
    assert list(await kept.cache.put_if_newer([Record("m", 1, b"one")])) == [True]
    assert list(await kept.cache.put_if_newer([Record("m", 2, b"two")])) == [True]
    assert await kept.cache.get(["m"]) == {"m": Record("m", 2, b"two")}


@pytest.mark.parametrize("version", [1, 2])
async def test_MEM1_an_older_or_equal_version_changes_nothing(kept: Kept, version: int) -> None:
    await kept.cache.put_if_newer([Record("m", 2, b"two")])
    assert list(await kept.cache.put_if_newer([Record("m", version, b"late")])) == [False]
    assert await kept.cache.get(["m"]) == {"m": Record("m", 2, b"two")}


async def test_MEM1_versions_are_compared_as_numbers_up_to_the_widest(kept: Kept) -> None:
    await kept.cache.put_if_newer([Record("m", 9, b"nine")])
    assert list(await kept.cache.put_if_newer([Record("m", 10, b"ten")])) == [True]
    assert list(await kept.cache.put_if_newer([Record("m", 2**53, b"last")])) == [True]
    assert list(await kept.cache.put_if_newer([Record("m", 2**53 - 1, b"before")])) == [False]
    assert await kept.cache.versions(["m"]) == {"m": 2**53}


async def test_MEM1_each_record_of_a_batch_is_judged_for_itself(kept: Kept) -> None:
    members = [f"m{i}" for i in range(300)]
    await kept.cache.put_if_newer([Record(member, 5, b"old") for member in members])
    batch = [Record(member, 4 + i % 3, b"new") for i, member in enumerate(members)]
    assert list(await kept.cache.put_if_newer(batch)) == [i % 3 == 2 for i in range(300)]
    held = await kept.cache.get(members)
    assert [held[member].version for member in members] == [6 if i % 3 == 2 else 5 for i in range(300)]


async def test_MEM1_of_one_member_twice_in_a_batch_the_newest_stays(kept: Kept) -> None:
    batch = [Record("m", 2, b"two"), Record("n", 1, b"n"), Record("m", 1, b"one")]
    assert list(await kept.cache.put_if_newer(batch)) == [True, True, False]
    assert (await kept.cache.get(["m"]))["m"].body == b"two"


async def test_MEM2_absence_is_held_and_gives_way_to_any_record(kept: Kept) -> None:
    await kept.cache.put_if_newer([Record("m", 0, b"")])
    assert (await kept.cache.get(["m"]))["m"].absent
    assert await kept.cache.versions(["m"]) == {"m": 0}
    assert list(await kept.cache.put_if_newer([Record("m", 1, b"born")])) == [True]


async def test_MEM2_absence_never_replaces_a_record(kept: Kept) -> None:
    await kept.cache.put_if_newer([Record("m", 1, b"born")])
    assert list(await kept.cache.put_if_newer([Record("m", 0, b"")])) == [False]
    assert (await kept.cache.get(["m"]))["m"].body == b"born"


async def test_MEM2_absence_lives_for_half_a_minute_at_most(kept: Kept) -> None:
    await kept.cache.put_if_newer([Record("m", 0, b"")])
    assert await kept.is_gone_after("m", ABSENT_TTL_MS)


async def test_MEM3_a_record_lives_as_long_as_its_luck_says(kept: Kept) -> None:
    await kept.cache.put_if_newer([Record("m", 1, b"x")])
    expected = int(RECORD_TTL_MS * (1 - JITTER / 2))
    assert await kept.is_gone_after("m", expected)
    assert not await kept.is_gone_after("m", expected - 5_000)


async def test_MEM8_any_bytes_come_back_as_they_went(kept: Kept) -> None:
    bodies = {"empty": b"", "zeros": b"\0\0", "digits": b"0123456789012345678", "all": bytes(range(256))}
    await kept.cache.put_if_newer([Record(member, 7, body) for member, body in bodies.items()])
    held = await kept.cache.get(list(bodies))
    assert {member: record.body for member, record in held.items()} == bodies


async def test_MEM8_whoever_is_not_held_is_missing_from_the_answer(kept: Kept) -> None:
    await kept.cache.put_if_newer([Record("a", 1, b"a")])
    assert list(await kept.cache.get(["a", "b", "a"])) == ["a"]
    assert await kept.cache.versions(["b"]) == {}


async def test_MEM8_asking_for_nobody_is_answered_with_nothing(kept: Kept) -> None:
    assert await kept.cache.get([]) == {}
    assert await kept.cache.versions([]) == {}
    assert list(await kept.cache.put_if_newer([])) == []


async def test_MEM9_after_a_flush_everything_works_as_on_the_first_day(kept: Kept) -> None:
    await kept.cache.put_if_newer([Record("m", 5, b"five")])
    await kept.flush()
    assert await kept.cache.get(["m"]) == {}
    assert list(await kept.cache.put_if_newer([Record("m", 3, b"three")])) == [True]
