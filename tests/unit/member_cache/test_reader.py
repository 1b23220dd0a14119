"""Reading through, on the in-memory cache and a source that counts its questions."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest

from member_cache.errors import SourceUnavailable
from member_cache.ports import Record
from member_cache.reader import MAX_BATCH, ReadThrough
from member_cache.testing import MemoryCache, MemorySource

ANNA = Record("anna", 3, b"anna@3")
BO = Record("bo", 1, b"bo@1")


class GatedSource(MemorySource):
    """Answers only once its gate is opened."""

    def __init__(self, *records: Record) -> None:
        super().__init__(*records)
        self.gate = asyncio.Event()
        self.entered = asyncio.Event()

    async def load(self, members: Sequence[str]) -> Mapping[str, Record]:
        found = await super().load(members)
        self.entered.set()
        await self.gate.wait()
        return found


class BrokenSource(MemorySource):
    async def load(self, members: Sequence[str]) -> Mapping[str, Record]:
        raise ZeroDivisionError


class BrokenCache(MemoryCache):
    broken = True

    async def get(self, members: Sequence[str]) -> Mapping[str, Record]:
        if self.broken:
            raise ZeroDivisionError
        return await super().get(members)


class GatedCache(MemoryCache):
    """Holds each question until the gate is opened for it, and notes what it was asked."""

    def __init__(self) -> None:
        super().__init__(now_ms=lambda: 0)
        self.asked: list[list[str]] = []
        self.gate = asyncio.Semaphore(0)

    async def get(self, members: Sequence[str]) -> Mapping[str, Record]:
        self.asked.append(sorted(members))
        await self.gate.acquire()
        return await super().get(members)


async def turns(n: int = 5) -> None:
    """Let everybody who can go on do so."""
    for _ in range(n):
        await asyncio.sleep(0)


@pytest.fixture
def cache() -> MemoryCache:
    return MemoryCache(now_ms=lambda: 0)


@pytest.fixture
def source() -> MemorySource:
    return MemorySource(ANNA, BO)


@pytest.fixture
async def reader(cache: MemoryCache, source: MemorySource) -> AsyncIterator[ReadThrough]:
    reader = ReadThrough(cache, source)
    yield reader
    await reader.stop()


async def test_MEM4_what_is_held_is_answered_without_the_source(
    cache: MemoryCache, source: MemorySource, reader: ReadThrough
) -> None:
    await cache.put_if_newer([ANNA])
    assert await reader.read("anna") == ANNA
    assert source.asked == []


async def test_MEM5_misses_of_one_moment_are_one_question(source: MemorySource, reader: ReadThrough) -> None:
    anna, bo = await asyncio.gather(reader.read("anna"), reader.read("bo"))
    assert (anna, bo) == (ANNA, BO)
    assert [sorted(question) for question in source.asked] == [["anna", "bo"]]


async def test_MEM5_whoever_asks_while_a_question_is_under_way_shares_the_next_one(
    source: MemorySource,
) -> None:
    cache = GatedCache()
    reader = ReadThrough(cache, source)
    await cache.put_if_newer([ANNA, BO, Record("cy", 2, b"cy@2")])
    reads = [asyncio.create_task(reader.read("anna"))]
    await turns()
    reads += [asyncio.create_task(reader.read(member)) for member in ("bo", "cy")]
    await turns()
    assert cache.asked == [["anna"]]
    for _ in range(2):
        cache.gate.release()
    assert [(await read).member for read in reads] == ["anna", "bo", "cy"]
    assert cache.asked == [["anna"], ["bo", "cy"]]
    assert source.asked == []


async def test_MEM5_a_storm_is_cut_into_questions_of_bearable_size(
    source: MemorySource, reader: ReadThrough
) -> None:
    members = [f"m{i}" for i in range(MAX_BATCH + 1)]
    await asyncio.gather(*map(reader.read, members))
    assert sorted(len(question) for question in source.asked) == [1, MAX_BATCH]


async def test_MEM4_a_member_is_asked_for_once_at_a_time(cache: MemoryCache) -> None:
    source = GatedSource(ANNA)
    reader = ReadThrough(cache, source)
    early = asyncio.create_task(reader.read("anna"))
    await source.entered.wait()
    late = asyncio.create_task(reader.read("anna"))
    await asyncio.sleep(0)
    source.gate.set()
    assert [await early, await late] == [ANNA, ANNA]
    assert source.asked == [["anna"]]


async def test_MEM4_what_the_source_said_is_held_for_the_next(
    cache: MemoryCache, source: MemorySource, reader: ReadThrough
) -> None:
    await reader.read("anna")
    await reader.stop()
    assert await cache.get(["anna"]) == {"anna": ANNA}


async def test_MEM2_a_stranger_is_known_to_be_absent(
    cache: MemoryCache, source: MemorySource, reader: ReadThrough
) -> None:
    first = await reader.read("nobody")
    second = await reader.read("nobody")
    assert first == second == Record("nobody", 0, b"")
    assert first.absent
    assert source.asked == [["nobody"]]


async def test_MEM6_with_the_cache_away_the_source_answers(
    cache: MemoryCache, source: MemorySource, reader: ReadThrough
) -> None:
    cache.away = True
    assert await reader.read("anna") == ANNA
    assert await reader.read("anna") == ANNA
    assert len(source.asked) == 2


async def test_MEM6_with_the_source_away_what_is_held_still_answers(
    cache: MemoryCache, source: MemorySource, reader: ReadThrough
) -> None:
    await cache.put_if_newer([ANNA])
    source.away = True
    assert await reader.read("anna") == ANNA


async def test_MEM6_with_both_away_nothing_is_guessed_and_nothing_kept(
    cache: MemoryCache, source: MemorySource, reader: ReadThrough
) -> None:
    source.away = True
    with pytest.raises(SourceUnavailable):
        await reader.read("anna")
    source.away = False
    assert await reader.read("anna") == ANNA


async def test_MEM6_a_bug_in_the_source_reaches_whoever_waits(cache: MemoryCache) -> None:
    with pytest.raises(ZeroDivisionError):
        await ReadThrough(cache, BrokenSource()).read("anna")


async def test_MEM6_a_bug_in_the_cache_reaches_whoever_waits_and_spoils_nothing_later(
    source: MemorySource,
) -> None:
    cache = BrokenCache(now_ms=lambda: 0)
    reader = ReadThrough(cache, source)
    with pytest.raises(ZeroDivisionError):
        await reader.read("anna")
    cache.broken = False
    assert await reader.read("anna") == ANNA


async def test_MEM10_a_cancelled_waiter_takes_nothing_from_the_others(cache: MemoryCache) -> None:
    source = GatedSource(ANNA)
    reader = ReadThrough(cache, source)
    leaving, staying = asyncio.create_task(reader.read("anna")), asyncio.create_task(reader.read("anna"))
    await source.entered.wait()
    leaving.cancel()
    source.gate.set()
    assert await staying == ANNA
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_MEM10_stopping_leaves_nobody_waiting(cache: MemoryCache) -> None:
    source = GatedSource(ANNA)
    reader = ReadThrough(cache, source)
    waiting = asyncio.create_task(reader.read("anna"))
    await source.entered.wait()
    await reader.stop()
    with pytest.raises(asyncio.CancelledError):
        await waiting
