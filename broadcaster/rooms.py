"""The life of rooms on this node: loaded by the first join, kept in step with the store, forgotten when empty."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from functools import partial

from broadcaster.ending import ended
from broadcaster.errors import BusUnavailable
from broadcaster.frames import Numbered, Position, Snapshot
from broadcaster.hub import Hub, Room
from broadcaster.ports import Application, Clock, RoomBus, RoomStore
from broadcaster.roomlog import MAX_FRAMES

_log = logging.getLogger(__name__)
EMPTY_FOR_MS = 60_000
"""A room is kept this long without viewers: people reload pages."""
RETRY_S = (0.05, 1.0)
"""Bounds of the random pause before a room's state is asked for again."""


class NoSuchRoom(Exception):
    """The truth does not know the room."""


class Rooms:
    """Brings rooms into step, one task per room at a time."""

    def __init__(
        self, hub: Hub, store: RoomStore, bus: RoomBus, application: Application, clock: Clock
    ) -> None:
        self._hub = hub
        self._store = store
        self._bus = bus
        self._application = application
        self._clock = clock
        self._loading: dict[str, asyncio.Task[Room]] = {}
        self._resyncs: dict[str, asyncio.Task[None]] = {}

    async def get(self, room: str) -> Room:
        """Return the room, loaded. One load in flight per room. Raises `NoSuchRoom`, `BusUnavailable`."""
        held = self._hub.rooms.get(room)
        if held is not None and held.is_loaded:
            if held.empty_since_ms:
                held.empty_since_ms = self._clock.now_ms()  # somebody is coming
            return held
        loading = self._loading.get(room)
        if loading is None:
            loading = self._loading[room] = asyncio.create_task(self._load(room), name=f"load {room}")
            loading.add_done_callback(partial(self._loaded, room))
        return await asyncio.shield(loading)

    def _loaded(self, room: str, loading: asyncio.Task[Room]) -> None:
        self._loading.pop(room, None)
        if not loading.cancelled():
            loading.exception()  # everybody who waited may have gone: then nobody else looks at it

    async def _load(self, room_id: str) -> Room:
        """Subscribe and buffer → snapshot → log → drop the overlap."""
        room = self._hub.room(room_id)
        try:
            await self._bus.follow(room_id)
        except BaseException:
            self._hub.forget(room)
            raise
        try:
            snapshot = await self._snapshot(room_id)
            recent = await self._recent(room_id, snapshot.position.epoch)
        except BaseException:
            self._hub.forget(room)
            await self._bus.unfollow(room_id)
            raise
        now_ms = self._clock.now_ms()
        room.empty_since_ms = now_ms
        room.loaded(snapshot, now_ms, recent)
        return room

    async def _recent(self, room: str, epoch: str) -> Sequence[Numbered]:
        """Return what the stored log holds; the room does without it when it cannot be had."""
        try:
            return await self._store.recent(room, epoch)
        except BusUnavailable as error:
            _log.info("room %s comes without its last moments: %s", room, error)
            return ()

    async def _snapshot(self, room: str) -> Snapshot:
        """Return the stored state; without one, rebuild it from the truth."""
        snapshot = await self._store.snapshot(room)
        if snapshot is not None:
            return snapshot
        items = await self._application.items(room)
        if items is None:
            raise NoSuchRoom(room)
        return await self._store.rebuild(room, items, self._clock.now_ms())

    async def since(self, room: Room, position: Position) -> Sequence[Numbered] | None:
        """Return all kept frames after `position` up to the room's, if the stored log can still tell.

        Only for positions of the room's epoch; None = it cannot be recovered. Raises `BusUnavailable`.
        """
        stored = await self._store.since(room.id, position, MAX_FRAMES)
        if stored is None or position.epoch != room.position.epoch:
            return None
        frames = [room.shown_once(one) for one in stored if one.offset <= room.position.offset]
        reached = frames[-1].offset if frames else position.offset
        frames += [one for one in room.log.after(reached) if one.offset > reached]
        expected = range(position.offset + 1, room.position.offset + 1)
        return frames if [one.offset for one in frames] == list(expected) else None

    # --- staying in step --------------------------------------------------------------------------

    def resync(self, room: Room) -> None:
        """Bring a room into step again, in the background; a second call while it runs changes nothing."""
        room.out_of_step()
        if room.is_loaded and room.id not in self._resyncs:
            task = asyncio.create_task(self._resync(room), name=f"resync {room.id}")
            self._resyncs[room.id] = task
            task.add_done_callback(lambda _: self._resyncs.pop(room.id, None))

    def resync_all(self) -> None:
        for room in list(self._hub.rooms.values()):
            self.resync(room)

    async def _resync(self, room: Room) -> None:
        while self._hub.rooms.get(room.id) is room and not room.is_in_step:
            try:
                await self._catch_up(room)
            except BusUnavailable as error:
                _log.info("room %s waits for its state: %s", room.id, error)
            except NoSuchRoom:
                _log.warning("room %s is unknown to the truth; its viewers keep the last state", room.id)
                return
            except Exception:
                _log.exception("room %s could not be brought into step", room.id)
            if not room.is_in_step:
                await asyncio.sleep(random.uniform(*RETRY_S))

    async def _catch_up(self, room: Room) -> None:
        before = room.position
        missed = await self._store.since(room.id, before, MAX_FRAMES)
        if missed is not None and room.position == before:
            room.caught_up(missed, self._clock.now_ms())
            return
        snapshot = await self._snapshot(room.id)
        recent = await self._recent(room.id, snapshot.position.epoch)
        room.replaced(snapshot, self._clock.now_ms(), recent)

    async def compare(self) -> bool:
        """Read the stored positions of all rooms and bring into step what is behind. Raises `BusUnavailable`.

        False = a room's stored state was gone, so mailboxes and presence probably are gone, too.
        """
        rooms = [room for room in self._hub.rooms.values() if room.is_loaded]
        before = {room.id: room.position for room in rooms}
        stored = await self._store.positions([room.id for room in rooms])
        for room in rooms:
            position = stored.get(room.id)
            room.stored = position or room.stored
            known = before[room.id]
            if position is None or position.epoch != known.epoch or position.offset > room.position.offset:
                if position is not None and position == room.position:
                    continue  # it arrived while we asked
                self.resync(room)
        return len(stored) == len(rooms)

    async def forget_empty(self, now_ms: int) -> None:
        """Stop following rooms nobody has watched for a while."""
        for room in list(self._hub.rooms.values()):
            if not room.is_loaded or room.audience or room.id in self._loading:
                continue
            if not room.empty_since_ms:
                room.empty_since_ms = now_ms
            elif now_ms - room.empty_since_ms >= EMPTY_FOR_MS:
                self._hub.forget(room)
                await self._bus.unfollow(room.id)

    async def stop(self) -> None:
        await ended([*self._loading.values(), *self._resyncs.values()])
