"""Our side of the room benchmark: the whole server, its members, its gates, and a mall that uses permits."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx2
import jwt
import msgpack

from loadtest import shop
from loadtest.bench.cores import Cores, children_of, starting_on
from loadtest.bench.ours import SUBPROTOCOL, start_redis
from loadtest.child import Child, python_module
from loadtest.errors import ChildFailed, ContractBroken
from loadtest.server_process import ask, start_server, without_settings
from loadtest.swarm import SwarmOptions
from loadtest.wire import Json, integer, submap, text

ROOM = "bench"
BATCH = 500
BLACK_YUAN = 10_000
"""One order of so much reaches the highest tier of the default rulebook (T2)."""
CALLERS = 16
"""Connections of the mall."""
WITHIN_S = 120.0


class OursRoom:
    """`liveroom serve` with one worker, a room whose show is live, and its members: every second one black.

    The worker has a core of its own; launcher, Redis and PostgreSQL share the generator's. Everything ends with the
    stack.
    """

    def __init__(self, folder: Path, viewers: int, cores: Cores, stack: ExitStack, database_url: str) -> None:
        self.viewers = viewers
        self._secret = secrets.token_urlsafe(48)
        secret_file = folder / "token.secret"
        secret_file.write_text(self._secret)
        redis = start_redis(cores, stack)
        self._data = ("--data-dir", str(folder / "data"), "--database-url", database_url)
        _run("migrate", *self._data)
        with starting_on(cores.server):
            options = ("--token-secret-file", str(secret_file), "--redis-url", f"unix://{redis}")
            self._target, launcher = start_server(folder, ROOM, stack, *options, *self._data[2:])
        self.pids = tuple(children_of(launcher.pid))
        os.sched_setaffinity(launcher.pid, {cores.generator})
        self._port = int(self._target.url.rpartition(":")[2])
        self._cpu = cores.generator
        self._make_members()

    def is_black(self, number: int) -> bool:
        return number % 2 == 0

    @property
    def door(self) -> SwarmOptions:
        """How viewer after viewer comes in, each as another member."""
        now_s = int(time.time())
        tokens = (
            {
                "sub": f"v{n}",
                "role": "viewer",
                "rooms": [ROOM],
                "aud": "liveroom",
                "iat": now_s,
                "exp": now_s + 3_000,
            }
            for n in range(self.viewers)
        )
        hellos = (
            {
                "type": "hello",
                "room": ROOM,
                "surface": "viewer",
                "token": jwt.encode(token, self._secret, "HS256"),
            }
            for token in tokens
        )
        return SwarmOptions(
            self._port,
            subprotocol=SUBPROTOCOL,
            records=tuple(msgpack.packb(hello) for hello in hellos),
            wait_for_message=True,
            cpu=self._cpu,
        )

    def open_gate(self, title: str, public_ms: int, stock: int) -> tuple[str, dict[str, int], int]:
        """Return a new gate's id, when it opens by tier, and how many pieces may go early."""
        body: Json = {
            "sku": f"sku-{public_ms}",
            "title": title,
            "price": 9_900,
            "link": "https://mall.example/buy",
            "public_ms": public_ms,
            "stock": stock,
        }
        gate = ask(self._target, "POST", f"/v1/rooms/{ROOM}/gates", body)
        if not isinstance(gate, dict):
            raise ContractBroken(f"a gate must be a map, got {gate!r:.200}")
        opens = submap(gate, "opens_ms")
        return text(gate, "id"), {tier: integer(opens, tier) for tier in opens}, integer(gate, "early")

    def sold(self, gate: str) -> int:
        answer = ask(self._target, "GET", f"/v1/rooms/{ROOM}/gates/{gate}", None)
        if not isinstance(answer, dict):
            raise ContractBroken(f"a gate must be a map, got {answer!r:.200}")
        return integer(answer, "verified")

    def use(self, permits: Sequence[str], sku: str) -> tuple[int, int]:
        """Let the mall use each permit twice at the same time; return how many worked, and how many worked twice."""
        return asyncio.run(self._use(permits, sku))

    def verify_ledger(self) -> str:
        """Return the closing line. Raises `ChildFailed` when the sums are not right."""
        return _run("verify-ledger", *self._data)[-1]

    async def _use(self, permits: Sequence[str], sku: str) -> tuple[int, int]:
        headers = {"Authorization": f"Bearer {self._target.key}"}
        limits = httpx2.Limits(max_connections=CALLERS)
        worked: list[int] = []
        async with httpx2.AsyncClient(
            base_url=self._target.url, headers=headers, limits=limits, timeout=WITHIN_S, trust_env=False
        ) as mall:

            async def once(permit: str) -> int:
                answer = await mall.post("/v1/permits/verify", json={"permit": permit, "sku": sku})
                if answer.status_code not in (200, 409, 410):
                    raise ContractBroken(f"verify answered {answer.status_code}: {answer.text[:300]}")
                return int(answer.is_success)

            for first in range(0, len(permits), CALLERS):
                some = permits[first : first + CALLERS]
                answers = await asyncio.gather(*(once(permit) for permit in some for _ in range(2)))
                worked += [answers[n] + answers[n + 1] for n in range(0, len(answers), 2)]
        return sum(n > 0 for n in worked), sum(n > 1 for n in worked)

    def _make_members(self) -> None:
        events: list[Json] = []
        for n in range(self.viewers):
            events.append(shop.named("/bench", f"v{n}", f"会员{n}"))
            if self.is_black(n):
                events.append(shop.paid("/bench", f"o{n}", f"v{n}", BLACK_YUAN, ROOM))
        for first in range(0, len(events), BATCH):
            ask(self._target, "POST", "/v1/events", events[first : first + BATCH], shop.BATCH)


def _run(command: str, *arguments: str) -> list[str]:
    env = without_settings(os.environ)
    with Child(
        command, python_module("server", command, *arguments), env=env, ends_with_input=False
    ) as child:
        lines = child.hear_all(WITHIN_S)
    if not lines:
        raise ChildFailed(command, "said nothing")
    return lines
