"""One process's way to Redis: two clients with opposite habits, bounded in time, behind a breaker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
    NoScriptError,
    ReadOnlyError,
    RedisError,
    TimeoutError as RedisTimeoutError,
)
from redis.maint_notifications import MaintNotificationsConfig

from broadcaster.breaker import Breaker
from broadcaster.errors import BusUnavailable

SOCKET_TIMEOUT_S = 1.0
CALL_TIMEOUT_S = 2.0
"""The longest anybody waits for one call, pool, retries and all."""
MAX_CONNECTIONS = 32

T = TypeVar("T")
Reply = Any
"""What a Redis command or script answers: bytes, integers, None and lists of those."""

AWAY: tuple[type[BaseException], ...] = (
    RedisConnectionError,
    RedisTimeoutError,
    ReadOnlyError,  # a demoted primary, until its clients find the new one
    OSError,
    TimeoutError,
)


def client(url: str, name: str, retries: int, connections: int = MAX_CONNECTIONS) -> Redis:
    """Return a client of a single Redis (`redis:`, `rediss:` or `unix:` address).

    `retries` 0 is for writes: a repeated command may have happened the first time.
    """
    backoff = ExponentialBackoff(cap=0.1, base=0.01) if retries else NoBackoff()
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=SOCKET_TIMEOUT_S,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_connect_timeout=SOCKET_TIMEOUT_S,
        health_check_interval=15,
        client_name=name,
        # RESP 2 and no maintenance notifications: with them a connection closed while idle raises on next use.
        protocol=2,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
        retry=Retry(backoff, retries),
    )
    return Redis.from_pool(pool)


class Script:
    """A script by its hash; loaded when the server does not know it (after a restart)."""

    def __init__(self, name: str) -> None:
        self.text = files("broadcaster").joinpath("lua", name).read_text(encoding="utf-8")
        self._sha: str | None = None

    async def run(self, redis: Redis, keys: Sequence[str], args: Sequence[str | bytes | int]) -> Reply:
        if self._sha is None:
            self._sha = await self.load(redis)
        try:
            return await self._evalsha(redis, keys, args)
        except NoScriptError:
            # Nothing has run: loading and calling again is safe for writes, too.
            self._sha = await self.load(redis)
            return await self._evalsha(redis, keys, args)

    async def load(self, redis: Redis) -> str:
        return await redis.script_load(self.text)

    async def _evalsha(self, redis: Redis, keys: Sequence[str], args: Sequence[str | bytes | int]) -> Reply:
        command: Awaitable[Reply] = redis.execute_command("EVALSHA", self._sha, len(keys), *keys, *args)  # type: ignore[no-untyped-call]
        return await command


class RedisLink:
    """Shared by store, bus and mailboxes of one process."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.name = name
        self.reads = client(url, f"{name}-reads", retries=2)
        self.writes = client(url, f"{name}-writes", retries=0)
        self.breaker = Breaker()

    async def call(self, doing: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do one call in bounded time. Raises `BusUnavailable` when Redis is away, at once while it is known to be."""
        if not self.breaker.allows(_now_ms()):
            raise BusUnavailable(doing)
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                result = await work()
        except AWAY as error:
            self.breaker.failed(_now_ms())
            raise BusUnavailable(doing, error) from error
        except RedisError as error:
            # It answered, so it is there: a script's own complaint is our bug and must be seen as one.
            self.breaker.worked()
            raise error
        except BaseException:
            self.breaker.failed(_now_ms())  # cancelled: nothing is known, the next caller probes
            raise
        self.breaker.worked()
        return result

    async def aclose(self) -> None:
        for redis in (self.reads, self.writes):
            await redis.aclose()
            await redis.connection_pool.disconnect()


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
