"""Publish more than a node can write, from a process of its own: the load of `ladder`. BEN21.

    python -m loadtest.bench.flood --redis unix:///…

Open loop: what is due is published whatever the node does, straight into the store, as announcing does after it has
paced a room – here nobody paces. Two draw results a second carry the swarm's marker, so what the swarm measures is
rank 0 alone. Prints ``ready``; takes ``say <seen> <state> <bytes>``: so many events a second that an audience sees
(comments and moments of rank 1 to 3), so many items of the room's state, of so many bytes each. Anything else ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from itertools import count

import msgpack
import uvloop

from broadcaster.bus_redis import RedisRoomStore
from broadcaster.frames import Comment, Encoded, Moment, Pulse, Rank, RoomFrame, RoomItem
from broadcaster.keys import Keys
from broadcaster.redis_link import RedisLink
from loadtest.bench.commands import Commands
from loadtest.bench.ours_fanout import ROOM, moment
from server.clock import SystemClock

PER_S = 50
"""Publishes a second; each takes what is due by then."""
MARKED_EVERY_S = 0.5
ITEMS = 20
"""Keys that the items of state take turns at."""


class Flood:
    """What is due at each of 50 moments a second."""

    def __init__(self) -> None:
        self.seen = 0.0
        self.state = 0.0
        self.size = 200
        self._owed_seen = 0.0
        self._owed_state = 0.0
        self._numbers = count(1)
        self._marks = count()

    def told(self, seen: str, state: str, size: str) -> None:
        self.seen, self.state, self.size = float(seen), float(state), int(size)

    def due(self, now_ms: int) -> list[RoomFrame]:
        """Return what has become due in a fiftieth of a second."""
        self._owed_seen += self.seen / PER_S
        self._owed_state += self.state / PER_S
        frames = [self._of_audience(now_ms) for _ in range(int(self._owed_seen))]
        frames += [self._of_state() for _ in range(int(self._owed_state))]
        if frames:
            frames.append(Pulse("likes", _body(next(self._numbers))))
        self._owed_seen %= 1
        self._owed_state %= 1
        return frames

    def marked(self, now_ms: int) -> Moment:
        return moment(next(self._marks), Rank.STATE, 0, now_ms)

    def _of_audience(self, now_ms: int) -> RoomFrame:
        number = next(self._numbers)
        name = f"f{number}"
        body = _body({"id": name, "author": "a", "text": "." * self.size})
        if number % 2:
            return Comment(name, "a", body)
        rank = Rank(1 + number // 2 % 3)
        return Moment(name, "level_up", rank, now_ms + 10_000, body)

    def _of_state(self) -> RoomFrame:
        number = next(self._numbers)
        return RoomItem(f"tasks/t{number % ITEMS}", number, _body({"text": "." * self.size}))


def _body(value: object) -> Encoded:
    return Encoded(msgpack.packb(value), b"{}")


async def publish(redis: str) -> None:
    clock, commands, flood = SystemClock(), Commands(), Flood()
    store = RedisRoomStore(RedisLink(redis, "bench"), Keys("bench"), clock)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(commands.fd, told.set)
    print("ready", flush=True)
    due = marked = loop.time()
    while True:
        if told.is_set():
            told.clear()
            for words in commands.take() or [[]]:
                match words:
                    case ["say", seen, state, size]:
                        flood.told(seen, state, size)
                    case _:
                        return
        now_ms = time.time_ns() // 1_000_000
        frames = flood.due(now_ms)
        if loop.time() >= marked:
            marked += MARKED_EVERY_S
            frames.append(flood.marked(now_ms))
        if frames:
            await store.publish(ROOM, frames, now_ms)
        due = max(due + 1 / PER_S, loop.time() - 1)  # a second late at most is made up for
        await asyncio.sleep(max(0.0, due - loop.time()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtest.bench.flood")
    parser.add_argument("--redis", required=True)
    uvloop.run(publish(parser.parse_args().redis))


if __name__ == "__main__":
    main()
