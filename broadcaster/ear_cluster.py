"""A node's ears on a Redis Cluster: sharded pub/sub, one connection to each primary that has channels of ours.

A lost connection, a slot that moved and a failover all end the same way: the map is read anew and each channel is
subscribed where it belongs now, many at a time and after a random pause, because all nodes do so at once. Gaps are
silent, so the listener is told and compares positions.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import MovedError, RedisError

from broadcaster.ending import ended
from broadcaster.errors import BusUnavailable
from broadcaster.hearing import Hearing
from broadcaster.keys import Keys
from broadcaster.ports import RoomListener
from broadcaster.redis_clients import Reply, close_client
from broadcaster.redis_cluster import slot_of
from broadcaster.redis_link import AWAY, CALL_TIMEOUT_S, RedisLink
from broadcaster.redis_url import Address

_log = logging.getLogger(__name__)
MAX_BACKOFF_S = 2.0
SILENT_AFTER_S = CALL_TIMEOUT_S
"""An ear that does not answer a PING this long hears nothing, either."""


class ClusterBus:
    """`RoomBus` on a Redis Cluster (7.0 or later)."""

    def __init__(self, link: RedisLink, keys: Keys) -> None:
        if link.cluster is None:
            raise TypeError("one Redis is heard by `RedisBus`")
        self._link = link
        self._keys = keys
        self._map = link.cluster
        self._hearing = Hearing()
        self._followed: Counter[str] = Counter()  # channel → rooms followed in it
        self._confirmed: dict[str, asyncio.Future[None]] = {}
        self._ears: dict[Address, _Ear] = {}
        self._missed: set[str] = set()  # channels that were cut off and are not heard again yet
        self._work = asyncio.Event()
        self._troubled = False  # the map may be wrong
        self._attempts = 0  # troubles since the last channel that was confirmed
        self._arranging: asyncio.Task[None] | None = None

    async def start(self, node: str, listener: RoomListener) -> None:
        self._hearing = Hearing(listener, self._keys.node_channel(node))
        self._followed[self._hearing.node_channel] += 1
        self._map.changed = self._work.set
        self._work.set()
        self._arranging = asyncio.create_task(self._arrange_for_ever(), name="bus ears")

    async def stop(self) -> None:
        if self._arranging is not None:
            await ended([self._arranging])
        for ear in list(self._ears.values()):
            await ear.close()

    async def follow(self, room: str) -> None:
        channel = self._keys.room(room).channel
        self._followed[channel] += 1
        try:
            await self._subscribed(channel)
        except BaseException:
            self._let_go(channel)
            raise

    async def unfollow(self, room: str) -> None:
        self._let_go(self._keys.room(room).channel)

    def _let_go(self, channel: str) -> None:
        self._followed[channel] -= 1
        if self._followed[channel] <= 0:
            del self._followed[channel]
            self._confirmed.pop(channel, None)
            self._missed.discard(channel)
            self._work.set()

    async def canary(self) -> float:
        """Also pings every ear: one that is silent is cut off and connects anew, wherever its primary is now."""
        channel = self._hearing.node_channel
        started = time.perf_counter()
        self._work.set()  # the map may have been corrected by others
        for ear in list(self._ears.values()):
            await ear.ping()
        await self._subscribed(channel)
        with self._hearing.canary() as (message, back):
            await self._link.call("canary", lambda: self._spublish(channel, message), channel)
            try:
                async with asyncio.timeout(CALL_TIMEOUT_S):
                    await back
            except TimeoutError as error:
                self._map.doubt()
                for ear in list(self._ears.values()):
                    if channel in ear.channels:
                        ear.hang_up()
                raise BusUnavailable("canary did not come back", error) from error
        return time.perf_counter() - started

    async def _spublish(self, channel: str, message: bytes) -> Reply:
        return await self._link.writes.execute_command("SPUBLISH", channel, message)  # type: ignore[no-untyped-call]

    async def _subscribed(self, channel: str) -> None:
        """Return when the primary has confirmed the subscription."""
        confirmed = self._confirmed.get(channel)
        if confirmed is None:
            confirmed = self._confirmed[channel] = asyncio.get_running_loop().create_future()
            owner = self._map.owner(channel)
            ear = self._ears.get(owner) if owner is not None else None
            if ear is None or ear.is_over:
                self._work.set()
            else:
                await ear.join((channel,))  # the arranging may be waiting for another primary
        await asyncio.wait((confirmed,), timeout=CALL_TIMEOUT_S)
        if not confirmed.done() or confirmed.cancelled():
            raise BusUnavailable("subscribe")

    # --- who listens where ------------------------------------------------------------------------

    async def _arrange_for_ever(self) -> None:
        while True:
            await self._work.wait()
            try:
                if self._troubled:
                    self._attempts += 1
                    await asyncio.sleep(
                        random.uniform(0, min(MAX_BACKOFF_S, 0.05 * 2 ** min(self._attempts, 8)))
                    )
                    self._troubled = False
                    await self._map.refresh()
                elif not self._map.primaries():
                    await self._map.refresh()
                self._work.clear()
                await self._arrange()
            except AWAY as error:
                _log.warning("the bus waits for the cluster: %r", error)
                self._trouble(())
            except Exception:
                _log.exception("the ears could not be arranged")
                self._trouble(())

    async def _arrange(self) -> None:
        """Make each ear hear what belongs to its primary, and nothing else."""
        wanted: dict[Address, set[str]] = {}
        for channel in self._followed:
            owner = self._map.owner(channel)
            if owner is None:
                self._troubled = True
                self._work.set()
            else:
                wanted.setdefault(owner, set()).add(channel)
        for address, ear in list(self._ears.items()):
            leaving = ear.channels - wanted.get(address, set())
            moved = {channel for channel in leaving if channel in self._followed}
            self._lost(moved)
            if address in wanted and not ear.is_over:
                await ear.leave(leaving)
            else:
                self._lost(ear.channels & self._followed.keys())
                del self._ears[address]
                await ear.close()
        for address, channels in wanted.items():
            heard = self._ears.get(address)
            if heard is None:
                heard = self._ears[address] = _Ear(self, self._link, address)
            await heard.join(channels - heard.channels)

    def _trouble(self, channels: Iterable[str]) -> None:
        """Some channels are not heard any more: look for them anew."""
        self._lost(channels)
        self._troubled = True
        self._work.set()

    def _lost(self, channels: Iterable[str]) -> None:
        for channel in channels:
            if channel in self._followed:
                self._missed.add(channel)
                confirmed = self._confirmed.get(channel)
                if confirmed is not None and confirmed.done():
                    del self._confirmed[channel]

    # --- told by the ears -------------------------------------------------------------------------

    def confirmed(self, channel: str) -> None:
        if channel not in self._followed:
            return
        future = self._confirmed.setdefault(channel, asyncio.get_running_loop().create_future())
        if not future.done():
            future.set_result(None)
        self._attempts = 0
        if channel in self._missed:
            self._missed.discard(channel)
            # Once for all of one primary, whose confirmations come together.
            mine = self._map.owner(channel)
            if not any(self._map.owner(other) == mine for other in self._missed):
                self._hearing.interrupted()

    def heard(self, channel: str, data: bytes) -> None:
        self._hearing.take(channel, data)

    def over(self, ear: _Ear, error: BaseException | None) -> None:
        """An ear's connection has ended."""
        _log.warning("the bus was cut off at %s:%d, connecting anew: %r", *ear.address, error)
        self._trouble(ear.channels)

    def moved(self, channels: Iterable[str], error: MovedError | None, told_by: Address) -> None:
        if error is not None:
            self._map.moved(error, told_by)
        self._trouble(channels)


class _Ear:
    """One connection to one primary."""

    def __init__(self, bus: ClusterBus, link: RedisLink, address: Address) -> None:
        self.address = address
        self.channels: set[str] = set()
        self._bus = bus
        self._redis = link.ear_at(address)
        self._connection: AbstractConnection | None = None
        self._pinged: float | None = None  # when, if no answer has come yet
        self._closing = False
        self._reading = asyncio.create_task(self._read(), name=f"bus ear {address[0]}:{address[1]}")

    @property
    def is_over(self) -> bool:
        return self._reading.done()

    async def join(self, channels: Iterable[str]) -> None:
        """Ask for more channels; each is confirmed by itself."""
        new = [*channels]
        self.channels.update(new)
        await self._say([("SSUBSCRIBE", channel) for channel in new])

    async def leave(self, channels: Iterable[str]) -> None:
        old = [*channels]
        self.channels.difference_update(old)
        await self._say([("SUNSUBSCRIBE", channel) for channel in old])

    async def ping(self) -> None:
        """Ask whether anybody is there; hang up if the last question is still open."""
        now = time.monotonic()
        if self._pinged is None:
            self._pinged = now
            await self._say([("PING",)])
        elif now - self._pinged >= SILENT_AFTER_S:
            self.hang_up()

    def hang_up(self) -> None:
        if self._connection is not None:  # connecting ends by itself, in bounded time
            self._reading.cancel()

    async def close(self) -> None:
        self._closing = True
        if self._connection is None:
            await asyncio.wait([self._reading])  # a connection cut off while it is made may leak
        await ended([self._reading])
        await close_client(self._redis)

    async def _say(self, commands: Sequence[tuple[str, ...]]) -> None:
        """Write commands at once; without a connection nothing, since all channels are asked for with it."""
        if self._connection is None or not commands:
            return
        try:
            packed = self._connection.pack_commands(commands)
            await self._connection.send_packed_command(packed, check_health=False)
        except AWAY as error:
            _log.info("%s:%d was not told %s: %r", *self.address, commands[0][0], error)
            self.hang_up()

    async def _read(self) -> None:
        error: Exception | None = None
        try:
            await self._read_until_cut()
        except (RedisError, OSError, TimeoutError) as cut:
            error = cut
        finally:
            if not self._closing:
                self._bus.over(self, error)

    async def _read_until_cut(self) -> None:
        pool = self._redis.connection_pool
        connection = await pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            self._connection, self._pinged = connection, None
            await self._say([("SSUBSCRIBE", channel) for channel in self.channels])
            while not self._closing:
                try:
                    message = await connection.read_response(timeout=math.inf, disconnect_on_error=False)
                except MovedError as moved:
                    gone = {channel for channel in self.channels if slot_of(channel) == moved.slot_id}
                    self.channels -= gone
                    self._bus.moved(gone, moved, self.address)
                else:
                    self._take(message)
        finally:
            self._connection = None
            await connection.disconnect()
            await pool.release(connection)

    def _take(self, message: Reply) -> None:
        if not isinstance(message, list):  # the answer to a PING while nothing is subscribed
            self._pinged = None
            return
        kind, channel = message[0], message[1].decode()
        if kind == b"smessage":
            self._bus.heard(channel, message[2])
        elif kind == b"ssubscribe":
            self._bus.confirmed(channel)
        elif kind == b"pong":
            self._pinged = None
        elif kind == b"sunsubscribe" and channel in self.channels:  # not asked for: its slot has moved
            self.channels.discard(channel)
            self._bus.moved((channel,), None, self.address)
