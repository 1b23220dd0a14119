"""A Redis Cluster as one client: commands and pipelines go to the primary of their key's slot (decision 0053).

redis-py's own cluster client sends ASKING and the command it is for on different connections, does not look for the new
primary when a pipeline fails, and raises instead of waiting when all connections are in use.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    ClusterDownError,
    ConnectionError as RedisConnectionError,
    MovedError,
    ReadOnlyError,
    RedisError,
    TimeoutError as RedisTimeoutError,
    TryAgainError,
)

from broadcaster.ending import ended
from broadcaster.redis_clients import Reply, close_client
from broadcaster.redis_url import Address

_log = logging.getLogger(__name__)
ASKED_AT_ONCE = 3
"""Nodes asked for the map at a time; the first answer counts, so that a silent one costs nothing."""
REFRESH_JITTER_S = 0.1
REDIRECTIONS = 5
GONE = (RedisConnectionError, RedisTimeoutError, ReadOnlyError, ClusterDownError, OSError, TimeoutError)
_WITH_SCRIPT = ("EVAL", "EVALSHA")

Command = tuple[tuple[Reply, ...], Mapping[str, Reply]]
"""A command's words and redis-py's options."""


class SlotIsMoving(RedisConnectionError):
    """The keys of one script are on two nodes just now; its primary is there and well."""


class ClusterMap:
    """Which primary has which slot; corrected by redirections, read anew whenever a node fails."""

    def __init__(self, seeds: Sequence[Address], connect: Callable[[Address], Redis]) -> None:
        self._nodes: set[Address] = set(seeds)
        self._seeds = tuple(seeds)
        self._connect = connect
        self._owners: dict[int, Address] = {}
        self._reading: asyncio.Task[None] | None = None
        self.changed: Callable[[], object] = lambda: None
        """Called when slots have other primaries than before."""
        self._asked: set[asyncio.Task[tuple[dict[int, Address], set[Address]] | None]] = set()

    def owner(self, key: str | bytes) -> Address | None:
        """Return the primary of a key's slot as far as is known."""
        return self._owners.get(slot_of(key))

    async def owner_for_certain(self, slot: int) -> Address:
        """The same; reads the map if there is none. Raises redis-py's `ConnectionError`."""
        if not self._owners:
            await self.refresh()
        owner = self._owners.get(slot)
        if owner is None:
            self.doubt()
            raise RedisConnectionError(f"no primary for slot {slot}")
        return owner

    def primaries(self) -> set[Address]:
        return set(self._owners.values())

    def moved(self, error: MovedError, told_by: Address) -> None:
        """Believe a redirection; where one slot has moved others may have."""
        self._owners[error.slot_id] = redirected(error, told_by)
        self.doubt()

    def doubt(self) -> None:
        """Have the map read anew soon, once for all who doubt it meanwhile. Jittered: many processes doubt at once."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_soon(), name="cluster map")

    async def refresh(self) -> None:
        """Return when the map has been read anew. Raises redis-py's `ConnectionError`."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read(), name="cluster map")
        await asyncio.shield(self._reading)
        if not self._owners:
            raise RedisConnectionError("no node of the cluster answers")

    async def aclose(self) -> None:
        if self._reading is not None:
            await ended([self._reading])
        await asyncio.gather(*self._asked)

    async def _read_soon(self) -> None:
        await asyncio.sleep(random.uniform(0, REFRESH_JITTER_S))
        await self._read()

    async def _read(self) -> None:
        """Ask some nodes at a time until one tells. Whoever waits sees by the map itself whether one did."""
        candidates = list(self._nodes | set(self._seeds))
        random.shuffle(candidates)
        asked = {asyncio.create_task(self._told_by(address)) for address in candidates[:ASKED_AT_ONCE]}
        self._asked |= asked  # who answers late is heard out: a connection cut off while it is made may leak
        for one in asked:
            one.add_done_callback(self._asked.discard)
        while asked:
            done, asked = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            for told in (one.result() for one in done):
                if told is not None:
                    changed = told[0] != self._owners
                    self._owners, self._nodes = told
                    if changed:
                        self.changed()
                    return

    async def _told_by(self, address: Address) -> tuple[dict[int, Address], set[Address]] | None:
        try:
            return await self._ask(address)
        except (RedisError, OSError, TimeoutError) as error:
            _log.info("a node of the cluster does not tell the map: %r", error)
            return None

    async def _ask(self, address: Address) -> tuple[dict[int, Address], set[Address]]:
        node = self._connect(address)
        try:
            ranges = await node.execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]
        finally:
            await close_client(node)
        owners: dict[int, Address] = {}
        nodes: set[Address] = set()
        for first, last, *holders in ranges:
            addresses = [(_host(holder[0]) or address[0], int(holder[1])) for holder in holders]
            nodes.update(addresses)
            owners.update(dict.fromkeys(range(first, last + 1), addresses[0]))
        if not owners:
            raise RedisConnectionError(f"{address[0]}:{address[1]} knows no slots")
        return owners, nodes


class ClusterClient(Redis):
    """The commands and pipelines of `Redis` on a Cluster. A command's first key says where it goes."""

    def __init__(self, cluster: ClusterMap, connect: Callable[[Address], Redis]) -> None:
        super().__init__(
            connection_pool=BlockingConnectionPool(max_connections=1)
        )  # never connects: nodes do
        self._cluster = cluster
        self._connect = connect
        self._nodes: dict[Address, Redis] = {}

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        for node in self._nodes.values():
            await close_client(node)
        self._nodes.clear()
        await super().aclose(close_connection_pool)

    async def execute_command(self, *args: Reply, **options: Reply) -> Reply:
        slot = slot_of(first_key(args))
        asked: Address | None = None
        for attempt in range(REDIRECTIONS):
            address = asked or await self._cluster.owner_for_certain(slot)
            try:
                if asked is not None:
                    asked = None
                    return await self._asking(address, args, options)
                return await self._node(address).execute_command(*args, **options)  # type: ignore[no-untyped-call]
            except MovedError as moved:
                self._cluster.moved(moved, address)
            except AskError as error:
                asked = redirected(error, address)
            except TryAgainError:
                await asyncio.sleep(0.02 * 2**attempt)
            except (*GONE, asyncio.CancelledError):
                self._cluster.doubt()
                raise
        raise SlotIsMoving(f"slot {slot} is on its way")

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Return a pipeline over all nodes, each asked once. A Cluster has no transaction across slots: none is made."""
        return _ClusterPipeline(self)

    async def run_all(self, commands: Sequence[Command]) -> list[Reply]:
        """Return each command's answer or error, in their order; all nodes are asked at the same time."""
        answers: list[Reply] = [None] * len(commands)
        open_ = list(range(len(commands)))
        for _ in range(REDIRECTIONS):
            await self._round(commands, open_, answers)
            open_ = [at for at in open_ if isinstance(answers[at], AskError | TryAgainError)]
            if not any(isinstance(answers[at], MovedError) for at in open_):
                break
        for at in open_:
            args, options = commands[at]
            try:
                answers[at] = await self.execute_command(*args, **options)
            except Exception as error:  # as redis-py's pipelines: an error is this command's answer
                answers[at] = error
        return answers

    async def _round(self, commands: Sequence[Command], which: Sequence[int], answers: list[Reply]) -> None:
        by_node: dict[Address, list[int]] = {}
        for at in which:
            slot = slot_of(first_key(commands[at][0]))
            by_node.setdefault(await self._cluster.owner_for_certain(slot), []).append(at)
        parts = (self._part(address, [commands[at] for at in mine]) for address, mine in by_node.items())
        for (address, mine), part in zip(by_node.items(), await asyncio.gather(*parts), strict=True):
            for at, answer in zip(mine, part, strict=True):
                answers[at] = answer
                if isinstance(answer, MovedError):
                    self._cluster.moved(answer, address)

    async def _part(self, address: Address, commands: Sequence[Command]) -> Sequence[Reply]:
        try:
            return await self._batch(address, commands)
        except GONE as error:
            self._cluster.doubt()
            return [error] * len(commands)
        except asyncio.CancelledError:
            self._cluster.doubt()
            raise

    async def _asking(self, address: Address, args: tuple[Reply, ...], options: Mapping[str, Reply]) -> Reply:
        """Send a command with its ASKING before it, on one connection."""
        _, answer = await self._batch(address, [(("ASKING",), {}), (args, options)])
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _batch(self, address: Address, commands: Sequence[Command]) -> list[Reply]:
        pipeline = self._node(address).pipeline(transaction=False)
        for args, options in commands:
            pipeline.execute_command(*args, **options)
        return await pipeline.execute(raise_on_error=False)

    def _node(self, address: Address) -> Redis:
        node = self._nodes.get(address)
        if node is None:
            node = self._nodes[address] = self._connect(address)
        return node


class _ClusterPipeline(Pipeline):
    """Collects commands; `execute` sends each node its part."""

    def __init__(self, client: ClusterClient) -> None:
        super().__init__(client.connection_pool, client.response_callbacks, False, None)
        self._client = client

    async def execute(self, raise_on_error: bool = True) -> list[Reply]:
        commands, self.command_stack = self.command_stack, []
        answers = await self._client.run_all(commands)
        if raise_on_error:
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
        return answers


def first_key(args: Sequence[Reply]) -> str | bytes:
    """Return the key (or sharded channel) that says where a command goes."""
    at = 3 if args[0] in _WITH_SCRIPT else 1
    key = args[at] if len(args) > at else None
    if not isinstance(key, str | bytes) or args[0] == "PUBLISH":
        raise TypeError(f"{args[0]} has no place on a Cluster")
    return key


def slot_of(key: str | bytes) -> int:
    return key_slot(key.encode() if isinstance(key, str) else key)


def redirected(error: AskError, told_by: Address) -> Address:
    """Return where a node sends us; without a host it means its own."""
    return _host(error.host) or told_by[0], error.port


def _host(given: str | bytes | None) -> str:
    text = given.decode() if isinstance(given, bytes) else given or ""
    return "" if text == "?" else text.strip("[]")
