"""Rooms in Redis: store and publisher. Each promise is one Lua script (see `lua/`)."""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import Mapping, Sequence

from redis.exceptions import ConnectionError as RedisConnectionError

from broadcaster.errors import BusUnavailable, PartitionMismatch
from broadcaster.frames import (
    Comment,
    Moment,
    Numbered,
    Position,
    Pulse,
    Retract,
    RoomFrame,
    RoomItem,
    Snapshot,
)
from broadcaster.keys import OPERATION_TTL_MS, PENDING_TTL_MS, PRESENCE_TTL_MS, ROOM_TTL_MS, Keys
from broadcaster.ports import Clock, Published
from broadcaster.records import read_kept, read_passing, unpack, write_room_frame
from broadcaster.redis_clients import Reply
from broadcaster.redis_link import RedisLink, Script
from broadcaster.roomlog import MAX_AGE_MS, MAX_BYTES, MAX_FRAMES, judge
from broadcaster.roomstate import COMMENTS_KEPT

_ALL = -1
"""Instead of an offset: whatever the log holds."""
_ENTRY_HEAD = struct.Struct(">dd")
_REV = struct.Struct(">d")
_KINDS: Mapping[type[RoomFrame], str] = {RoomItem: "i", Moment: "m", Retract: "r", Pulse: "p", Comment: "c"}


class RedisRoomStore:
    """`RoomStore` and `Presence` on Redis 6.2 or later, on a Cluster 7.0."""

    def __init__(self, link: RedisLink, keys: Keys, clock: Clock) -> None:
        self._link = link
        self._keys = keys
        self._clock = clock
        self._publish = Script("publish.lua")
        self._snapshot = Script("snapshot.lua")
        self._rebuild = Script("rebuild.lua")
        self._since = Script("since.lua")
        self._positions = Script("positions.lua")
        self._presence = Script("presence.lua")

    async def check_partitions(self) -> None:
        """Store the number of partitions, or compare it. Raises `PartitionMismatch`, `BusUnavailable`."""
        name, ours = self._keys.partition_count, self._keys.partitions

        async def settle() -> Reply:
            await self._link.writes.set(name, ours, nx=True)
            return await self._link.writes.get(name)

        stored = await self._link.call("number of partitions", settle, name)
        if stored is not None and int(stored) != ours:
            raise PartitionMismatch(int(stored), ours)

    async def publish(self, room: str, frames: Sequence[RoomFrame], now_ms: int) -> Published:
        keys = self._keys.room(room)
        operation = keys.operation(secrets.token_hex(12))
        args: list[str | bytes | int] = [room, keys.channel, now_ms, OPERATION_TTL_MS, ROOM_TTL_MS]
        args += [PENDING_TTL_MS, MAX_FRAMES, MAX_BYTES, MAX_AGE_MS, COMMENTS_KEPT, self._link.publish_word]
        for frame in frames:
            key, rev = (frame.key, frame.rev) if isinstance(frame, RoomItem | Pulse) else ("", 0)
            kind = "x" if isinstance(frame, RoomItem) and frame.value is None else _KINDS[type(frame)]
            args += [kind, key, rev, write_room_frame(frame)]
        names = [keys.meta, keys.items, keys.log, keys.pulses, keys.comments, operation]

        async def publish() -> Reply:
            try:
                return await self._publish.run(self._link.writes, names, args)
            except RedisConnectionError:
                # Cut off half-way: whether it happened is unknown. The operation id makes asking again safe.
                return await self._publish.run(self._link.writes, names, args)

        epoch, offset, given = unpack(await self._link.call("publish", publish, keys.meta))
        if not epoch:
            return Published(None)
        return Published(Position(epoch.decode(), offset), tuple(given))

    async def snapshot(self, room: str) -> Snapshot | None:
        keys = self._keys.room(room)
        names = [keys.meta, keys.items, keys.pulses, keys.comments]
        reply = await self._link.call(
            "snapshot", lambda: self._snapshot.run(self._link.reads, names, ()), keys.meta
        )
        return None if reply is None else _snapshot_of(reply)

    async def rebuild(self, room: str, items: Sequence[RoomItem], now_ms: int) -> Snapshot:
        keys = self._keys.room(room)
        args: list[str | bytes | int] = [secrets.token_hex(8), ROOM_TTL_MS]
        for item in items:
            args += [item.key, item.rev, write_room_frame(item)]
        names = [keys.meta, keys.items, keys.log]
        await self._link.call("rebuild", lambda: self._rebuild.run(self._link.writes, names, args), keys.meta)
        snapshot = await self.snapshot(room)
        if snapshot is None:
            raise BusUnavailable("rebuild: flushed again at once")
        return snapshot

    async def since(self, room: str, position: Position, limit: int) -> Sequence[Numbered] | None:
        keys = self._keys.room(room)
        args: list[str | bytes | int] = [position.epoch, position.offset, limit + 1]
        reply = await self._link.call(
            "since", lambda: self._since.run(self._link.reads, [keys.meta, keys.log], args), keys.meta
        )
        if reply is None:
            return None
        epoch, last, length, raw = reply
        stored = Position(epoch.decode(), int(last))
        if len(raw) > limit:
            return None
        missed = [numbered_of(entry) for entry in raw]
        first = stored.offset - length + 1 if length else None
        verdict = judge(position, stored, first, missed[0].sent_ms if missed else None, self._clock.now_ms())
        return missed if verdict.recovered else None

    async def recent(self, room: str, epoch: str) -> Sequence[Numbered]:
        keys = self._keys.room(room)
        args: list[str | bytes | int] = [epoch, _ALL, MAX_FRAMES]
        reply = await self._link.call(
            "recent", lambda: self._since.run(self._link.reads, [keys.meta, keys.log], args), keys.meta
        )
        return [] if reply is None else [numbered_of(entry) for entry in reply[3]]

    async def positions(self, rooms: Sequence[str]) -> Mapping[str, Position]:
        by_partition: dict[int, list[str]] = {}
        for room in rooms:
            by_partition.setdefault(self._keys.partition_of(room), []).append(room)
        groups = list(by_partition.values())
        replies = await asyncio.gather(*(self._stored(group) for group in groups), return_exceptions=True)
        found: dict[str, Position] = {}
        lost = [reply for reply in replies if isinstance(reply, BaseException)]
        if lost and (len(lost) == len(replies) or not all(isinstance(one, BusUnavailable) for one in lost)):
            raise lost[0]
        for group, reply in zip(groups, replies, strict=True):
            if isinstance(reply, BaseException):
                continue  # one primary of a Cluster is away: the rooms of the others shall not wait for it
            for at, room in enumerate(group):
                epoch, offset = reply[2 * at], reply[2 * at + 1]
                if epoch is not None:
                    found[room] = Position(epoch.decode(), int(offset))
        return found

    async def _stored(self, rooms: Sequence[str]) -> Reply:
        """Return epochs and offsets of rooms of one partition, as the script gives them."""
        names = [self._keys.room(room).meta for room in rooms]
        return await self._link.call(
            "positions", lambda: self._positions.run(self._link.reads, names, ()), names[0]
        )

    async def report(self, room: str, node: str, count: int, now_ms: int) -> int:
        name = self._keys.room(room).presence
        args = (node, count, now_ms, PRESENCE_TTL_MS)
        reply = await self._link.call(
            "presence", lambda: self._presence.run(self._link.writes, [name], args), name
        )
        return int(reply)


def numbered_of(entry: bytes) -> Numbered:
    """Return the kept frame of one log entry."""
    offset, sent_ms = _ENTRY_HEAD.unpack_from(entry)
    return Numbered(int(offset), read_kept(entry[_ENTRY_HEAD.size :]), int(sent_ms))


def _snapshot_of(reply: Reply) -> Snapshot:
    epoch, offset, raw_items, raw_pulses, raw_comments = reply
    items: list[RoomItem] = []
    for raw in raw_items[1::2]:
        item = read_kept(raw[_REV.size :])
        if isinstance(item, RoomItem) and item.value is not None:
            items.append(item)
    pulses = [frame for frame in map(read_passing, raw_pulses[1::2]) if isinstance(frame, Pulse)]
    comments = [frame for frame in map(read_passing, raw_comments) if isinstance(frame, Comment)]
    return Snapshot(
        Position(epoch.decode(), int(offset)),
        tuple(sorted(items, key=lambda item: item.key)),
        tuple(sorted(pulses, key=lambda pulse: pulse.key)),
        tuple(comments),
    )
