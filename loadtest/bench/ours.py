"""Ours, as peers of the others: the node alone for fan-out, the whole server for joining."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, nullcontext
from pathlib import Path

import jwt
import msgpack
from redis import Redis

from loadtest import shop
from loadtest.bench.cores import Cores, children_of, starting_on
from loadtest.bench.peers import Crowd, Door, LinePeer, Peer
from loadtest.child import Child, python_module
from loadtest.server_process import Target, ask, start_server
from loadtest.swarm import Swarm, SwarmOptions
from loadtest.wire import Json
from server.processes.embedded import find_redis, redis_answers, redis_command, redis_socket

SUBPROTOCOL = "liveroom.v1.msgpack"
BATCH = 100
HANDED_OVER_S = 3.0
"""Those who enter within a tenth of a second are looked after together, 256 in a commit."""


class OursFanout(LinePeer):
    """The real node (`ours_fanout`), with a Redis of its own on the generator's core."""

    who = "ours"

    def __init__(self, cores: Cores, *, gathered: bool = False) -> None:
        super().__init__(cores)
        self._gathered = gathered

    def command(self) -> list[str]:
        listening = start_redis(self.cores, self._stack)
        kind = "--gathered" if self._gathered else "--urgent"
        return python_module("loadtest.bench.ours_fanout", "--redis", f"unix://{listening}", kind)

    @property
    def door(self) -> Door:
        return anonymous_door(self._port)


class OursNodes(Peer):
    """Several nodes of one room on all cores, each with a port of its own; the first one publishes."""

    who = "ours"

    def __init__(self, cores: Cores, nodes: int) -> None:
        super().__init__(cores)
        self._nodes = nodes

    def start(self) -> None:
        listening = start_redis(None, self._stack)
        command = python_module("loadtest.bench.ours_fanout", "--redis", f"unix://{listening}", "--gathered")
        self._children = [self._stack.enter_context(Child(self.who, command)) for _ in range(self._nodes)]
        self._ports = [int(child.hear_starting("ready ", 60.0)) for child in self._children]

    @property
    def door(self) -> Door:
        return self.doors[0]

    @property
    def doors(self) -> Sequence[Door]:
        return [anonymous_door(port) for port in self._ports]

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(child.pid for child in self._children)

    def publish(self, per_second: float) -> None:
        self._children[0].say(f"rate {per_second:.6f}")


def anonymous_door(port: int) -> Door:
    hello = {"type": "hello", "room": "bench", "surface": "viewer", "token": None}
    return Door(port, "/v1/live", SUBPROTOCOL, (msgpack.packb(hello),), wait_for_message=True)


class OursServer(Peer):
    """The whole product, `liveroom serve` with one worker, and members who have bought something.

    Only the worker's time counts, all its threads; launcher and Redis are on the generator's core. Every viewer says
    hello with a token of its own that was never verified before and carries no `name`, so joining writes nothing.
    """

    who = "ours"
    members = 3_000
    tokens = 12_000
    """Of members whose record is hot; of each other kind there is one per member."""
    workers = 1
    due_on_entering = True
    """Whether members are owed something on entering (B6), which the first join of the month would write."""

    def start(self) -> None:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-join-")))
        self._secret = secrets.token_urlsafe(48)
        secret_file = folder / "token.secret"
        secret_file.write_text(self._secret)
        self._redis = start_redis(self.cores, self._stack)
        with starting_on(self.cores.server):
            options = ("--token-secret-file", str(secret_file), "--redis-url", f"unix://{self._redis}")
            target, launcher = start_server(folder, "bench", self._stack, *options, workers=self.workers)
        self._workers = tuple(children_of(launcher.pid))
        os.sched_setaffinity(launcher.pid, {self.cores.generator})
        self._port = int(target.url.rpartition(":")[2])
        self._make_members(target)
        self._now_s = int(time.time())
        if self.due_on_entering:
            self._hand_over()

    @property
    def door(self) -> Door:
        return self._door(
            self._token(f"bench-{number % self.members}", number) for number in range(self.tokens)
        )

    def crowds(self) -> Sequence[Crowd]:
        """Return a member whose record is hot, the same by an identity and out of SQL, a stranger, nobody."""
        everybody = range(self.members)
        once = self.members // 3  # a first look and two rounds, and nobody comes twice
        of_sql = (self._token(f"bench-{number}", self.tokens + number) for number in everybody)
        return (
            Crowd(self.who, self.door),
            Crowd(
                "ours, by identity",
                self._door(self._token(f"shop:o-{number}", 0) for number in everybody),
                at_most=once,
            ),
            Crowd("ours, out of SQL", self._door(of_sql), self._forget_members, once),
            Crowd(
                "ours, stranger",
                self._door(self._token(f"stranger-{number}", 0) for number in range(self.tokens)),
            ),
            Crowd("ours, anonymous", self._door([None])),
        )

    @property
    def pids(self) -> tuple[int, ...]:
        return self._workers

    def publish(self, per_second: float) -> None:
        """Joining is measured in a room where nothing is said."""

    def _make_members(self, target: Target) -> None:
        events: list[Json] = []
        for number in range(self.members):
            events += self._story(number, target.room)
        for first in range(0, len(events), BATCH):
            ask(target, "POST", "/v1/events", events[first : first + BATCH], shop.BATCH)

    def _story(self, number: int, room: str) -> list[Json]:
        """Return what happened to one member before anybody joins."""
        member = f"bench-{number}"
        by_identity = shop.named("/bench", f"o-{number}", f"会员{number}") | {"subject": f"shop:o-{number}"}
        return [
            shop.named("/bench", member, f"会员{number}"),
            shop.paid("/bench", f"o{number}", member, 99, room),
            by_identity,
        ]

    def _hand_over(self) -> None:
        """Let everybody in once: what is due is handed over, so that the joins to be measured write nothing."""
        later = 6 * self.members  # tokens that nobody shows again
        door = self._door(self._token(f"bench-{number}", later + number) for number in range(self.members))
        options = SwarmOptions(
            door.port, subprotocol=door.subprotocol, records=door.records, wait_for_message=True
        )
        with Swarm(options, at_most=self.members) as swarm:
            swarm.open(self.members)
            time.sleep(HANDED_OVER_S)

    def _forget_members(self) -> None:
        """Empty the member cache, as a restarted Redis would, and leave the room as it is."""
        with Redis(unix_socket_path=str(self._redis)) as redis:
            for key in list(redis.scan_iter("*:member:*", count=1_000)):
                redis.unlink(key)

    def _token(self, sub: str, number: int) -> str:
        """Return a token; two of a `sub` with another `number` differ."""
        claims = {
            "sub": sub,
            "role": "viewer",
            "rooms": ["bench"],
            "aud": "liveroom",
            "iat": self._now_s,
            "exp": self._now_s + 3_000 + number // self.members,
        }
        return jwt.encode(claims, self._secret, "HS256")

    def _door(self, tokens: Iterable[str | None]) -> Door:
        hellos = (
            msgpack.packb({"type": "hello", "room": "bench", "surface": "viewer", "token": token})
            for token in tokens
        )
        return Door(self._port, "/v1/live", SUBPROTOCOL, tuple(hellos), wait_for_message=True)


def start_redis(cores: Cores | None, stack: ExitStack) -> Path:
    """Start a Redis on the generator's core (None = any) that ends with the stack; return where it listens."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-redis-")))
    listening = redis_socket(folder)
    with nullcontext() if cores is None else starting_on(cores.generator):
        redis = Child("redis", redis_command(find_redis(), listening, folder), ends_with_input=False)
    stack.callback(redis.stop)
    redis.wait_until(lambda: redis_answers(listening), 10.0)
    return listening


class OursCrowd(OursServer):
    """The whole product for large crowds: each viewer is a member of its own, with a hot record and a fresh token."""

    members = 6_000
    tokens = 6_000
    due_on_entering = False

    def __init__(self, cores: Cores, *, workers: int = 1) -> None:
        super().__init__(cores)
        self.workers = workers

    def _story(self, number: int, room: str) -> list[Json]:
        return [shop.named("/bench", f"bench-{number}", f"会员{number}")]
