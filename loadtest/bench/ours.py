"""Ours, as peers of the others: the node alone for fan-out, the whole server for joining."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgpack

from loadtest.bench.cores import Cores, starting_on
from loadtest.bench.peers import Door, LinePeer
from loadtest.child import Child, python_module
from server.embedded import find_redis, redis_answers, redis_command, redis_socket

SUBPROTOCOL = "liveroom.v1.msgpack"


class OursFanout(LinePeer):
    """The real node (`ours_fanout`), with a Redis of its own on the generator's core."""

    who = "ours"

    def __init__(self, cores: Cores, *, gathered: bool = False) -> None:
        super().__init__(cores)
        self._gathered = gathered

    def command(self) -> list[str]:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-redis-")))
        listening = redis_socket(folder)
        with starting_on(self.cores.generator):
            redis = Child("redis", redis_command(find_redis(), listening, folder), ends_with_input=False)
        self._stack.callback(redis.stop)
        redis.wait_until(lambda: redis_answers(listening), 10.0)
        kind = "--gathered" if self._gathered else "--urgent"
        return python_module("loadtest.bench.ours_fanout", "--redis", f"unix://{listening}", kind)

    @property
    def door(self) -> Door:
        hello = {"type": "hello", "room": "bench", "surface": "viewer", "token": None}
        return Door(self._port, "/v1/live", SUBPROTOCOL, (msgpack.packb(hello),), wait_for_message=True)
