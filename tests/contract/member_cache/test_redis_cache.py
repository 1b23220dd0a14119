"""What the Redis adapter does when its server is gone, silent or back."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig

from member_cache.breaker import Breaker
from member_cache.errors import CacheUnavailable
from member_cache.ports import Record
from member_cache.redis_cache import RedisCache
from tests.support.redis_server import RedisServer


class Seconds:
    """A steady clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def client(redis_server: RedisServer) -> AsyncIterator[Redis]:
    async with Redis.from_url(
        redis_server.url,
        socket_timeout=0.2,
        socket_connect_timeout=0.2,
        retry=Retry(NoBackoff(), 0),
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    ) as client:
        yield client


async def test_MEM7_a_silent_server_costs_one_timeout_and_then_nothing(
    redis_server: RedisServer, client: Redis
) -> None:
    seconds = Seconds()
    cache = RedisCache(client, "test", breaker=Breaker(first_s=1.0), now=seconds)
    await cache.put_if_newer([Record("m", 1, b"x")])
    redis_server.freeze()
    with pytest.raises(CacheUnavailable, match="TimeoutError"):
        await cache.get(["m"])
    for _ in range(100):
        with pytest.raises(CacheUnavailable, match="just failed"):
            await cache.get(["m"])
        with pytest.raises(CacheUnavailable, match="just failed"):
            await cache.versions(["m"])
        with pytest.raises(CacheUnavailable, match="just failed"):
            await cache.put_if_newer([Record("m", 2, b"y")])
    redis_server.thaw()
    seconds.now += 1.0
    assert await cache.versions(["m"]) == {"m": 1}
    assert (await cache.get(["m"]))["m"].body == b"x"


async def test_MEM9_a_server_that_died_and_came_back_empty_is_used_again(
    redis_server: RedisServer, client: Redis
) -> None:
    seconds = Seconds()
    cache = RedisCache(client, "test", breaker=Breaker(first_s=1.0), now=seconds)
    await cache.put_if_newer([Record("m", 4, b"x")])
    redis_server.kill()
    with pytest.raises(CacheUnavailable):
        await cache.get(["m"])
    redis_server.start()
    seconds.now += 1.0
    assert await cache.get(["m"]) == {}
    assert list(await cache.put_if_newer([Record("m", 3, b"y")])) == [True]
