"""How every connection to Redis is made: bounded in time, waiting for a place rather than failing without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import hiredis
from redis.asyncio import BlockingConnectionPool, Redis, SSLConnection
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.maint_notifications import MaintNotificationsConfig

from broadcaster.redis_url import Access, Address, OneRedis, Sentinels

Reply = Any
"""What a Redis command or script answers: bytes, integers, None and lists of those."""

SOCKET_TIMEOUT_S = 1.0
MAX_CONNECTIONS = 32
_RESET = "the connection was reset"


class _Packing:
    """Puts commands into bytes by hiredis, as redis-py does where it does not use asyncio: a tenth of the time."""

    def pack_command(self, name: str | bytes, *args: str | bytes | float) -> list[bytes]:
        words = (name.encode() if isinstance(name, str) else name).split()  # "CLIENT SETNAME" is two
        command: tuple[Any, ...] = (*words, *args)
        return [hiredis.pack_command(command)]

    def pack_commands(self, commands: Iterable[tuple[Any, ...]]) -> list[bytes]:
        return [b"".join([self.pack_command(*command)[0] for command in commands])]


class _Losing(AbstractConnection):
    """Says that it is lost, in redis-py's words, as soon as its transport is closed.

    A primary killed with our command unread resets the connection. uvloop then closes the transport at once and raises
    RuntimeError for whatever is written to it; redis-py looks for the end of the stream only, which a reset is not, and
    lets that through to callers who are ready for every error of Redis, but not for this one.
    """

    async def can_read(self) -> bool:
        """What a pool asks before it lends an idle connection; at a `ConnectionError` it connects anew."""
        if self._writer is not None and self._writer.is_closing():
            raise RedisConnectionError(_RESET)
        return await super().can_read()

    async def send_packed_command(
        self, command: bytes | str | Iterable[bytes], check_health: bool = True
    ) -> None:
        writer = self._writer
        try:
            await super().send_packed_command(command, check_health)
        except RuntimeError as error:
            if writer is None or writer.is_closing():
                raise RedisConnectionError(_RESET) from error
            raise


def _own(connection: Callable[..., object]) -> type:
    if not isinstance(connection, type):
        raise TypeError(f"a class of connections is needed, not {connection!r}")
    return type(f"Own{connection.__name__}", (_Packing, _Losing, connection), {})


def _with_own(pool: ConnectionPool) -> ConnectionPool:
    """Return the pool, which has made no connection yet, with connections of the two ways above."""
    pool.connection_class = _own(pool.connection_class)
    return pool


class _SentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """Connections to whatever Sentinel calls the primary; who finds none free waits, as on a single Redis."""


def open_client(
    place: OneRedis | Sentinels, name: str, retries: int, connections: int = MAX_CONNECTIONS
) -> Redis:
    """Return a client of a single Redis, or of the primary behind Sentinel. Close it with `close_client`.

    `retries` 0 is for writes: a repeated command may have happened the first time.
    """
    options = _options(name, retries, connections)
    if isinstance(place, OneRedis):
        return Redis.from_pool(_with_own(BlockingConnectionPool.from_url(place.url, **options)))
    asking = _options(name, 0, None) | _credentials(place.sentinel_access) | {"ssl": place.access.tls}
    sentinel = Sentinel(place.hosts, sentinel_kwargs=asking)  # type: ignore[no-untyped-call]
    options |= _credentials(place.access) | {"db": place.db, "ssl": place.access.tls}
    pool = _SentinelPool(place.service, sentinel, **options)  # type: ignore[no-untyped-call]
    return Redis.from_pool(_with_own(pool))


def open_node(
    address: Address, access: Access, name: str, retries: int, connections: int, health_check_s: int = 15
) -> Redis:
    """Return a client of one node of a Cluster."""
    options = _options(name, retries, connections) | _credentials(access)
    options["health_check_interval"] = health_check_s
    if access.tls:
        options["connection_class"] = SSLConnection
    return Redis.from_pool(_with_own(BlockingConnectionPool(host=address[0], port=address[1], **options)))


async def close_client(redis: Redis) -> None:
    """Close a client with its pool, and what its pool asks for the primary."""
    await redis.aclose()
    pool = redis.connection_pool
    await pool.disconnect()
    if isinstance(pool, SentinelConnectionPool):
        await pool.sentinel_manager.aclose()


def _options(name: str, retries: int, connections: int | None) -> dict[str, Any]:
    backoff = ExponentialBackoff(cap=0.1, base=0.01) if retries else NoBackoff()
    options: dict[str, Any] = {
        "socket_timeout": SOCKET_TIMEOUT_S,
        "socket_connect_timeout": SOCKET_TIMEOUT_S,
        "health_check_interval": 15,
        "client_name": name,
        # RESP 2 and no maintenance notifications: with them a connection closed while idle raises on next use.
        "protocol": 2,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        "retry": Retry(backoff, retries),
    }
    if connections is not None:
        options |= {"max_connections": connections, "timeout": SOCKET_TIMEOUT_S}
    return options


def _credentials(access: Access) -> dict[str, Any]:
    found: dict[str, Any] = {"username": access.username, "password": access.password}
    return found | ({"ssl_ca_certs": access.ca_certs} if access.ca_certs else {})
