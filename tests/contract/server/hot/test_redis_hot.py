"""What the Redis adapter does when its server is silent."""

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig

from member_cache.breaker import Breaker
from server.hot.errors import HotUnavailable
from server.hot.ports import Ask, Granted
from server.hot.redis_hot import RedisHot
from server.ids import MemberId, RoomId
from tests.support.redis_server import RedisServer


async def test_HOT7_a_silent_server_costs_one_timeout_and_then_nothing(redis_server: RedisServer) -> None:
    seconds = [100.0]
    async with Redis.from_url(
        redis_server.url,
        socket_timeout=0.2,
        retry=Retry(NoBackoff(), 0),
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    ) as client:
        hot = RedisHot(client, "test", breaker=Breaker(first_s=1.0), now=lambda: seconds[0])
        await hot.add_likes({RoomId("r"): 1})
        redis_server.freeze()
        with pytest.raises(HotUnavailable) as first:
            await hot.take([Ask("k", 1, 1_000)], 0)
        assert first.value.why == "TimeoutError"
        for _ in range(200):
            with pytest.raises(HotUnavailable) as later:
                await hot.answer(MemberId("m"), "ref")
            assert later.value.why == "it has just failed"
        redis_server.thaw()
        seconds[0] += 1.0
        assert await hot.take([Ask("fresh", 1, 1_000)], 0) == [Granted(1, 0)]
