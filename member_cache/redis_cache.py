"""The hot copies on Redis ≥ 6.2: one MGET or script a question, on a Cluster one per bucket. Rules MEM1–MEM3, MEM7, MEM8."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from hashlib import sha1
from pathlib import Path
from time import monotonic
from typing import TypeVar, cast

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from member_cache.breaker import Breaker
from member_cache.errors import CacheUnavailable
from member_cache.keys import by_bucket, lifetime_ms, record_key
from member_cache.ports import Record

_PUT = (Path(__file__).parent / "lua" / "put_if_newer.lua").read_text(encoding="utf-8")
_PUT_SHA = sha1(_PUT.encode(), usedforsecurity=False).hexdigest()
_VERSION_DIGITS = 16
"""2^53 has 16 decimal digits; a fixed width lets `versions` read nothing but the version."""
_CHUNK = 1_000
"""Members per round trip: more would hold the connection, and the loop, for milliseconds."""

_T = TypeVar("_T")


class RedisCache:
    """`Cache` on Redis. The client is the caller's, with its timeouts; what it raises becomes `CacheUnavailable`.

    `clustered`: ask by bucket, since a Cluster takes no command across its slots; one Redis is asked once for all,
    which costs the client a tenth. `now` is a steady clock in seconds (for the breaker); `luck` draws each record's
    jitter.
    """

    def __init__(
        self,
        client: Redis,
        namespace: str,
        *,
        clustered: bool = False,
        breaker: Breaker | None = None,
        now: Callable[[], float] = monotonic,
        luck: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._namespace = namespace
        self._clustered = clustered
        self._breaker = breaker or Breaker()
        self._now = now
        self._luck = luck

    async def put_if_newer(self, records: Sequence[Record]) -> Sequence[bool]:
        kept: list[bool] = []
        for start in range(0, len(records), _CHUNK):
            kept += await self._guarded(partial(self._put, records[start : start + _CHUNK]))
        return kept

    async def get(self, members: Sequence[str]) -> Mapping[str, Record]:
        held: dict[str, Record] = {}
        wanted = list(dict.fromkeys(members))
        for start in range(0, len(wanted), _CHUNK):
            groups = self._groups(wanted[start : start + _CHUNK])
            for group, values in zip(groups, await self._guarded(partial(self._mget, groups)), strict=True):
                for member, value in zip(group, values, strict=True):
                    if value is not None:
                        held[member] = _unpacked(member, value)
        return held

    async def versions(self, members: Sequence[str]) -> Mapping[str, int]:
        held: dict[str, int] = {}
        wanted = list(dict.fromkeys(members))
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            for member, digits in zip(
                chunk, await self._guarded(partial(self._getrange, chunk)), strict=True
            ):
                if digits:
                    held[member] = int(digits)
        return held

    def _groups(self, members: Iterable[str]) -> list[list[str]]:
        """Group members who may share one command."""
        return by_bucket(members) if self._clustered else [list(members)]

    async def _put(self, records: Sequence[Record]) -> list[bool]:
        where: dict[str, list[int]] = {}
        for i, record in enumerate(records):
            where.setdefault(record.member, []).append(i)
        groups = [[i for member in group for i in where[member]] for group in self._groups(where)]
        calls: list[tuple[int, list[str | bytes | int]]] = []
        for group in groups:
            keys: list[str | bytes | int] = [record_key(self._namespace, records[i].member) for i in group]
            for i in group:
                record = records[i]
                keys += [record.version, lifetime_ms(record, self._luck()), _packed(record)]
            calls.append((len(group), keys))
        answers = await self._evalsha(calls)
        kept = [False] * len(records)
        for group, answer in zip(groups, answers, strict=True):
            for i, flag in zip(group, answer, strict=True):
                kept[i] = flag == 1
        return kept

    async def _evalsha(self, calls: Sequence[tuple[int, list[str | bytes | int]]]) -> list[list[int]]:
        async with self._client.pipeline(transaction=False) as pipe:
            for n, arguments in calls:
                pipe.evalsha(_PUT_SHA, n, *arguments)
            answers = await pipe.execute(raise_on_error=False)
            # A restarted Redis has forgotten the script; sending it whole also teaches it again.
            forgotten = [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
            for i in forgotten:
                n, arguments = calls[i]
                pipe.eval(_PUT, n, *arguments)
            if forgotten:
                for i, answer in zip(forgotten, await pipe.execute(raise_on_error=False), strict=True):
                    answers[i] = answer
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return cast(list[list[int]], answers)

    async def _mget(self, groups: Sequence[Sequence[str]]) -> list[list[bytes | None]]:
        async with self._client.pipeline(transaction=False) as pipe:
            for group in groups:
                pipe.mget([record_key(self._namespace, member) for member in group])
            return cast(list[list[bytes | None]], await pipe.execute())

    async def _getrange(self, members: Sequence[str]) -> list[bytes]:
        async with self._client.pipeline(transaction=False) as pipe:
            for member in members:
                pipe.getrange(record_key(self._namespace, member), 0, _VERSION_DIGITS - 1)
            return cast(list[bytes], await pipe.execute())

    async def _guarded(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        if not self._breaker.allows(self._now()):
            raise CacheUnavailable("it has just failed")
        try:
            answer = await ask()
        except (RedisError, OSError, TimeoutError) as failure:
            self._breaker.failed(self._now())
            raise CacheUnavailable(type(failure).__name__) from failure
        self._breaker.worked()
        return answer


def _packed(record: Record) -> bytes:
    return b"%0*d" % (_VERSION_DIGITS, record.version) + record.body


def _unpacked(member: str, value: bytes) -> Record:
    return Record(member, int(value[:_VERSION_DIGITS]), value[_VERSION_DIGITS:])
