"""A node's ear on Redis: one pub/sub connection for its rooms' partitions and its mail.

Gaps of pub/sub are silent, so every lost connection is told to the listener, which compares positions.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Awaitable

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from broadcaster.ending import ended
from broadcaster.errors import BusUnavailable
from broadcaster.hearing import Hearing
from broadcaster.keys import Keys
from broadcaster.ports import RoomListener
from broadcaster.redis_clients import close_client
from broadcaster.redis_link import AWAY, CALL_TIMEOUT_S, RedisLink

_log = logging.getLogger(__name__)
MAX_BACKOFF_S = 2.0


class RedisBus:
    """`RoomBus` on one Redis, also one behind Sentinel, with classic pub/sub."""

    def __init__(self, link: RedisLink, keys: Keys) -> None:
        self._link = link
        self._keys = keys
        self._redis: Redis = link.ear()
        self._hearing = Hearing()
        self._followed: Counter[str] = Counter()  # channel → rooms followed in it
        self._pubsub: PubSub | None = None
        self._confirmed: dict[str, asyncio.Future[None]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._attempts = 0  # connections tried since the last one that worked
        self._broken = False  # there was a connection, or should have been: something may have been missed

    async def start(self, node: str, listener: RoomListener) -> None:
        self._hearing = Hearing(listener, self._keys.node_channel(node))
        self._followed[self._hearing.node_channel] += 1
        self._reader = asyncio.create_task(self._read_for_ever(), name="bus reader")

    async def stop(self) -> None:
        if self._reader is not None:
            await ended([self._reader])
        await close_client(self._redis)

    async def follow(self, room: str) -> None:
        channel = self._keys.room(room).channel
        self._followed[channel] += 1
        try:
            await self._subscribed(channel)
        except BaseException:
            self._let_go(channel)
            raise

    async def unfollow(self, room: str) -> None:
        channel = self._keys.room(room).channel
        if self._let_go(channel) and self._pubsub is not None:
            try:
                await self._pubsub.unsubscribe(channel)
            except AWAY:
                pass  # the reader meets the same error and connects anew, without this channel

    def _let_go(self, channel: str) -> bool:
        """Follow one room less; True = the channel is no longer wanted at all."""
        self._followed[channel] -= 1
        if self._followed[channel] > 0:
            return False
        del self._followed[channel]
        self._confirmed.pop(channel, None)
        return True

    async def canary(self) -> float:
        channel = self._hearing.node_channel
        started = time.perf_counter()
        await self._subscribed(channel)
        with self._hearing.canary() as (message, back):
            await self._link.call("canary", lambda: self._link.writes.publish(channel, message))
            try:
                async with asyncio.timeout(CALL_TIMEOUT_S):
                    await back
            except TimeoutError as error:
                self._hang_up()
                raise BusUnavailable("canary did not come back", error) from error
        return time.perf_counter() - started

    async def _subscribed(self, channel: str) -> None:
        """Return when Redis has confirmed the subscription."""
        confirmed = self._confirmed.get(channel)
        if confirmed is None:
            confirmed = self._confirmed[channel] = asyncio.get_running_loop().create_future()
            if self._pubsub is not None:  # otherwise the reader subscribes as soon as it is connected
                try:
                    await self._pubsub.subscribe(channel)
                except AWAY as error:
                    self._confirmed.pop(channel, None)
                    raise BusUnavailable("subscribe", error) from error
        await asyncio.wait((confirmed,), timeout=CALL_TIMEOUT_S)
        if not confirmed.done() or confirmed.cancelled():
            raise BusUnavailable("subscribe")

    def _hang_up(self) -> None:
        """Make the reader connect anew: a connection that brings nothing back is worse than none."""
        if self._reading is not None:
            self._reading.cancel()

    async def _read_for_ever(self) -> None:
        while True:
            pubsub = self._redis.pubsub()
            try:
                heard: set[str] = set()
                while late := self._followed.keys() - heard:  # more may be followed while we wait
                    await pubsub.subscribe(*late)
                    heard |= late
                for channel in heard:
                    self._confirmed.setdefault(channel, asyncio.get_running_loop().create_future())
                self._pubsub = pubsub
                self._reading = asyncio.create_task(self._read(pubsub), name="bus read")
                await asyncio.wait((self._reading,))
                if not self._reading.cancelled():
                    self._reading.result()
            except AWAY as error:
                _log.warning("the bus was cut off, connecting anew: %r", error)
            except RedisError as error:
                _log.error("the bus answered with an error, connecting anew: %r", error)
            finally:
                await self._hung_up(pubsub)
            self._attempts += 1
            self._broken = True
            await asyncio.sleep(random.uniform(0, min(MAX_BACKOFF_S, 0.05 * 2 ** min(self._attempts, 8))))

    async def _hung_up(self, pubsub: PubSub) -> None:
        if self._reading is not None:
            await ended([self._reading])
        self._pubsub = self._reading = None
        for confirmed in self._confirmed.values():
            confirmed.cancel()
        self._confirmed.clear()
        close: Awaitable[None] = pubsub.aclose()  # type: ignore[no-untyped-call]
        await close

    async def _read(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.parse_response(block=True)
            if message is None:
                continue
            kind, channel = message[0], message[1].decode()
            if kind == b"message":
                self._hearing.take(channel, message[2])
            elif kind == b"subscribe":
                self._confirm(channel)

    def _confirm(self, channel: str) -> None:
        confirmed = self._confirmed.get(channel)
        if confirmed is not None and not confirmed.done():
            confirmed.set_result(None)
        self._attempts = 0
        # Redis carries out one SUBSCRIBE of many channels at once: after the first confirmation all are heard.
        if self._broken:
            self._broken = False
            self._hearing.interrupted()
