"""The in-memory twin of the Redis cache, and a source that counts what it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from member_cache.errors import CacheUnavailable, SourceUnavailable
from member_cache.keys import lifetime_ms
from member_cache.ports import Record


class MemoryCache:
    """`Cache` in a dict. `away` = True makes every method raise, as a lost Redis would."""

    def __init__(self, now_ms: Callable[[], int], luck: Callable[[], float] = lambda: 0.0) -> None:
        self.away = False
        self._now_ms = now_ms
        self._luck = luck
        self._held: dict[str, tuple[Record, int]] = {}

    async def put_if_newer(self, records: Sequence[Record]) -> Sequence[bool]:
        self._must_be_here()
        kept = []
        for record in records:
            held = self._look(record.member)
            newer = held is None or held.version < record.version
            if newer:
                self._held[record.member] = (record, self._now_ms() + lifetime_ms(record, self._luck()))
            kept.append(newer)
        return kept

    async def get(self, members: Sequence[str]) -> Mapping[str, Record]:
        self._must_be_here()
        looks = ((member, self._look(member)) for member in members)
        return {member: record for member, record in looks if record is not None}

    async def versions(self, members: Sequence[str]) -> Mapping[str, int]:
        return {member: record.version for member, record in (await self.get(members)).items()}

    def flush(self) -> None:
        """Forget everything, as FLUSHALL does."""
        self._held.clear()

    def _look(self, member: str) -> Record | None:
        held = self._held.get(member)
        return held[0] if held is not None and held[1] > self._now_ms() else None

    def _must_be_here(self) -> None:
        if self.away:
            raise CacheUnavailable("switched off")


class MemorySource:
    """`Source` over a dict of records; `asked` keeps every question."""

    def __init__(self, *records: Record) -> None:
        self.away = False
        self.records = {record.member: record for record in records}
        self.asked: list[list[str]] = []

    async def load(self, members: Sequence[str]) -> Mapping[str, Record]:
        self.asked.append(list(members))
        if self.away:
            raise SourceUnavailable("switched off")
        return {member: self.records[member] for member in members if member in self.records}
