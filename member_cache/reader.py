"""Reading through the cache: many viewers joining at once become few questions. Rules MEM4–MEM6, MEM10."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from member_cache.errors import CacheUnavailable
from member_cache.ports import Cache, Record, Source

WINDOW_S = 0.005
"""Members of this long share one question, to the cache and, missed there, to the source: unnoticed in a join, and a
storm becomes 200 questions/s. Only the cache is asked without waiting when it has not just been asked."""

MAX_BATCH = 500
"""Members in one question, to the cache or to the source."""

MAX_LOADS = 4
"""Questions to the source under way at once: the rest of a storm waits here, not in the database."""


class ReadThrough:
    """`Reader` over any cache and source. Lives on one event loop.

    A member is asked for once at a time, whoever waits; a waiter that is cancelled takes nothing from the others.
    The cache gets one question a window: an idle reader asks at once, and what is asked for meanwhile is the next.
    """

    def __init__(self, cache: Cache, source: Source, *, window_s: float = WINDOW_S) -> None:
        self._cache = cache
        self._source = source
        self._window_s = window_s
        self._flights: dict[str, list[asyncio.Future[Record]]] = {}  # member → who waits for it
        self._asked: list[str] = []
        self._asking = False
        self._missed: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._loads = asyncio.Semaphore(MAX_LOADS)

    async def read(self, member: str) -> Record:
        loop = asyncio.get_running_loop()
        waiting = self._flights.get(member)
        if waiting is None:
            waiting = self._flights[member] = []
            self._asked.append(member)
            if not self._asking:
                self._asking = True
                self._spawn(loop.create_task(self._ask()))
        # One future each: cancelling one waiter is nothing to the others.
        waiter: asyncio.Future[Record] = loop.create_future()
        waiting.append(waiter)
        return await waiter

    async def stop(self) -> None:
        """Cancel what is under way; whoever still waits is cancelled too."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for waiting in self._flights.values():
            for waiter in waiting:
                waiter.cancel()
        self._flights.clear()

    async def _ask(self) -> None:
        await asyncio.sleep(0)  # whoever else asks in this turn of the loop is asked for together
        try:
            while self._asked:
                members, self._asked = self._asked[:MAX_BATCH], self._asked[MAX_BATCH:]
                await self._ask_some(members)
                await asyncio.sleep(self._window_s)
        finally:
            self._asking = False

    async def _ask_some(self, members: Sequence[str]) -> None:
        try:
            held: Mapping[str, Record] = await self._cache.get(members)
        except CacheUnavailable:
            held = {}
        except Exception as fault:  # a bug below us must reach those who wait, else they wait for ever
            self._fail(members, fault)
            return
        for record in held.values():
            self._answer(record)
        missing = [member for member in members if member not in held]
        if missing:
            if not self._missed:
                self._spawn(asyncio.get_running_loop().create_task(self._load()))
            self._missed += missing

    async def _load(self) -> None:
        await asyncio.sleep(self._window_s)
        missed, self._missed = self._missed, []
        chunks = [missed[i : i + MAX_BATCH] for i in range(0, len(missed), MAX_BATCH)]
        await asyncio.gather(*(self._load_some(chunk) for chunk in chunks))

    async def _load_some(self, members: Sequence[str]) -> None:
        async with self._loads:
            try:
                found = await self._source.load(members)
            except Exception as failure:  # SourceUnavailable or a bug: both belong to those who wait
                self._fail(members, failure)
                return
        records = [found.get(member) or Record(member, 0, b"") for member in members]
        for record in records:
            self._answer(record)
        try:
            await self._cache.put_if_newer(records)
        except CacheUnavailable:
            pass  # the next reader asks the source again: slower, and right

    def _answer(self, record: Record) -> None:
        for waiter in self._flights.pop(record.member, ()):
            if not waiter.done():
                waiter.set_result(record)

    def _fail(self, members: Sequence[str], failure: Exception) -> None:
        for member in members:
            for waiter in self._flights.pop(member, ()):
                if not waiter.done():
                    waiter.set_exception(failure)

    def _spawn(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
