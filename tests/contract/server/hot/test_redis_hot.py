"""What the Redis adapter does when its server is silent."""

import asyncio

import pytest
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig

from member_cache.breaker import Breaker
from server.hot.errors import HotUnavailable
from server.hot.gathering import AT_MOST, FirstAnswers, GatheredPacer
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
                await hot.answers([(MemberId("m"), "ref")])
            assert later.value.why == "it has just failed"
        redis_server.thaw()
        seconds[0] += 1.0
        assert await hot.take([Ask("fresh", 1, 1_000)], 0) == [Granted(1, 0)]


async def test_HOT13_a_full_room_that_acts_at_once_takes_one_connection_and_a_few_round_trips(
    redis_server: RedisServer,
) -> None:
    # This pool does not wait: who finds its one connection taken is told so.
    pool = ConnectionPool.from_url(
        redis_server.url,
        max_connections=1,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    client = Redis.from_pool(pool)
    try:
        await client.config_resetstat()
        hot = RedisHot(client, "test")
        answers, pacer = FirstAnswers(hot), GatheredPacer(hot)
        room = [MemberId(f"m{n}") for n in range(3 * AT_MOST)]
        assert set(await asyncio.gather(*(answers.of(one, "ref") for one in room))) == {None}
        assert set(await asyncio.gather(*(answers.keep(one, "ref", one.encode()) for one in room))) == {None}
        assert await asyncio.gather(*(answers.of(one, "ref") for one in room)) == [
            one.encode() for one in room
        ]
        taken = await asyncio.gather(*(pacer.take([Ask("k", 7, 1_000)], 1_000) for _ in room))
        assert sum(granted.n for (granted,) in taken) == 7
        counted = await client.info("commandstats")
        assert counted["cmdstat_mget"]["calls"] == 6
    finally:
        await client.aclose()
        await pool.disconnect()
