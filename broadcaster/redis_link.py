"""One process's way to Redis: two clients with opposite habits, bounded in time, behind a breaker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from hashlib import sha1
from importlib.resources import files
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import (
    ClusterDownError,
    ConnectionError as RedisConnectionError,
    NoScriptError,
    ReadOnlyError,
    RedisError,
    TimeoutError as RedisTimeoutError,
)

from broadcaster.breaker import Breaker
from broadcaster.errors import BusUnavailable
from broadcaster.redis_clients import MAX_CONNECTIONS, Reply, close_client, open_client, open_node
from broadcaster.redis_cluster import ClusterClient, ClusterMap, SlotIsMoving
from broadcaster.redis_url import Address, RedisCluster, read_place

CALL_TIMEOUT_S = 2.0
"""The longest anybody waits for one call, pool, retries and all."""

T = TypeVar("T")
Call = tuple[Sequence[str], Sequence[str | bytes | int]]
"""A script's keys and arguments."""

AWAY: tuple[type[BaseException], ...] = (
    RedisConnectionError,
    RedisTimeoutError,
    ReadOnlyError,  # a demoted primary, until its clients find the new one
    ClusterDownError,  # a Cluster between two primaries
    OSError,
    TimeoutError,
)


class Script:
    """A script by its hash; sent whole when the server does not know it (after a restart, on a new primary)."""

    def __init__(self, name: str) -> None:
        self.text = files("broadcaster").joinpath("lua", name).read_text(encoding="utf-8")
        self._sha = sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, redis: Redis, keys: Sequence[str], args: Sequence[str | bytes | int]) -> Reply:
        try:
            return await self._send(redis, "EVALSHA", self._sha, keys, args)
        except NoScriptError:
            # Nothing has run: calling again is safe for writes, too.
            return await self._send(redis, "EVAL", self.text, keys, args)

    async def run_each(self, redis: Redis, calls: Sequence[Call]) -> list[Reply]:
        """Run once per call, in one round trip. Raises the first error."""
        pipeline = redis.pipeline(transaction=False)
        for keys, args in calls:
            pipeline.execute_command("EVALSHA", self._sha, len(keys), *keys, *args)
        answers = await pipeline.execute(raise_on_error=False)
        for at, (keys, args) in enumerate(calls):
            if isinstance(answers[at], NoScriptError):
                answers[at] = await self._send(redis, "EVAL", self.text, keys, args)
            elif isinstance(answers[at], Exception):
                raise answers[at]
        return answers

    async def _send(
        self, redis: Redis, word: str, script: str, keys: Sequence[str], args: Sequence[str | bytes | int]
    ) -> Reply:
        command: Awaitable[Reply] = redis.execute_command(word, script, len(keys), *keys, *args)  # type: ignore[no-untyped-call]
        return await command


class RedisLink:
    """Shared by store, bus and mailboxes of one process.

    `url` as in `redis_url`. On a Cluster there is a breaker per primary, so that one that fails does not silence the
    others, and messages are published with SPUBLISH, within their key's slot.
    """

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self._place = place = read_place(url)
        self._breakers: dict[Address | None, Breaker] = {}
        self.cluster: ClusterMap | None = None
        self.reads: Redis
        self.writes: Redis
        if isinstance(place, RedisCluster):
            at = partial(open_node, access=place.access)
            self.cluster = ClusterMap(place.hosts, partial(at, name=f"{name}-map", retries=0, connections=1))
            each = partial(at, connections=MAX_CONNECTIONS)
            self.reads = ClusterClient(self.cluster, partial(each, name=f"{name}-reads", retries=2))
            self.writes = ClusterClient(self.cluster, partial(each, name=f"{name}-writes", retries=0))
        else:
            self.reads = open_client(place, f"{name}-reads", retries=2)
            self.writes = open_client(place, f"{name}-writes", retries=0)

    @property
    def publish_word(self) -> str:
        return "PUBLISH" if self.cluster is None else "SPUBLISH"

    def ear(self) -> Redis:
        """Return a client for listening to the primary. Close it with `close_client`."""
        if isinstance(self._place, RedisCluster):
            raise TypeError("a Cluster is heard node by node")
        return open_client(self._place, f"{self.name}-ear", retries=0, connections=2)

    def ear_at(self, address: Address) -> Redis:
        """Return a client for listening to one node of a Cluster. Close it with `close_client`."""
        if not isinstance(self._place, RedisCluster):
            raise TypeError("only a Cluster is heard node by node")
        # No health checks: they would read the answer of a PING where messages arrive.
        return open_node(address, self._place.access, f"{self.name}-ear", 0, 1, health_check_s=0)

    async def call(self, doing: str, work: Callable[[], Awaitable[T]], about: str | None = None) -> T:
        """Do one call in bounded time. Raises `BusUnavailable` when Redis is away, at once while it is known to be.

        `about` is a key the call is about; None = about many.
        """
        breaker = self._breaker(about)
        if not breaker.allows(_now_ms()):
            raise BusUnavailable(doing)
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                result = await work()
        except SlotIsMoving as error:
            breaker.worked()
            raise BusUnavailable(doing, error) from error
        except AWAY as error:
            breaker.failed(_now_ms())
            raise BusUnavailable(doing, error) from error
        except RedisError as error:
            # It answered, so it is there: a script's own complaint is our bug and must be seen as one.
            breaker.worked()
            raise error
        except BaseException:
            breaker.failed(_now_ms())  # cancelled: nothing is known, the next caller probes
            raise
        breaker.worked()
        return result

    def _breaker(self, about: str | None) -> Breaker:
        owner = self.cluster.owner(about) if self.cluster is not None and about is not None else None
        breaker = self._breakers.get(owner)
        if breaker is None:
            breaker = self._breakers[owner] = Breaker()
        return breaker

    async def aclose(self) -> None:
        if self.cluster is not None:
            await self.cluster.aclose()
        for redis in (self.reads, self.writes):
            await close_client(redis)


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
