"""Ours, as peers of the others: the node alone for fan-out, the whole server for joining."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from pathlib import Path

import jwt
import msgpack

from loadtest import shop
from loadtest.bench.cores import Cores, children_of, starting_on
from loadtest.bench.peers import Door, LinePeer, Peer
from loadtest.child import Child, python_module
from loadtest.server_process import Target, ask, start_server
from loadtest.wire import Json
from server.embedded import find_redis, redis_answers, redis_command, redis_socket

SUBPROTOCOL = "liveroom.v1.msgpack"
BATCH = 100


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


class OursServer(Peer):
    """The whole product, `liveroom serve` with one worker, and members who have bought something.

    Only the worker's time counts; launcher and private Redis are moved to the generator's core. Every viewer says hello
    with a token of its own that was never verified before.
    """

    who = "ours"
    members = 3_000
    tokens = 12_000

    def start(self) -> None:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-join-")))
        secret = secrets.token_urlsafe(48)
        secret_file = folder / "token.secret"
        secret_file.write_text(secret)
        with starting_on(self.cores.server):
            target, launcher = start_server(
                folder, "bench", self._stack, "--token-secret-file", str(secret_file)
            )
        self._workers = tuple(pid for pid in children_of(launcher.pid) if not _is_redis(pid))
        for pid in (launcher.pid, *set(children_of(launcher.pid)) - set(self._workers)):
            os.sched_setaffinity(pid, {self.cores.generator})
        self._port = int(target.url.rpartition(":")[2])
        self._make_members(target)
        now_s = int(time.time())
        self._records = tuple(self._hello(number, secret, now_s) for number in range(self.tokens))

    @property
    def door(self) -> Door:
        return Door(self._port, "/v1/live", SUBPROTOCOL, self._records, wait_for_message=True)

    @property
    def pids(self) -> tuple[int, ...]:
        return self._workers

    def publish(self, per_second: float) -> None:
        """Joining is measured in a room where nothing is said."""

    def _make_members(self, target: Target) -> None:
        events: list[Json] = []
        for number in range(self.members):
            member = f"bench-{number}"
            events.append(shop.named("/bench", member, f"会员{number}"))
            events.append(shop.paid("/bench", f"o{number}", member, 99, target.room))
        for first in range(0, len(events), BATCH):
            ask(target, "POST", "/v1/events", events[first : first + BATCH], shop.BATCH)

    def _hello(self, number: int, secret: str, now_s: int) -> bytes:
        claims = {
            "sub": f"bench-{number % self.members}",
            "role": "viewer",
            "rooms": ["bench"],
            "aud": "liveroom",
            "iat": now_s,
            "exp": now_s + 3_000 + number // self.members,  # so that no two tokens of a member are the same
        }
        token = jwt.encode(claims, secret, "HS256")
        packed: bytes = msgpack.packb({"type": "hello", "room": "bench", "surface": "viewer", "token": token})
        return packed


def _is_redis(pid: int) -> bool:
    return Path(f"/proc/{pid}/comm").read_text().startswith("redis")
