"""What a member cache offers. The cache may forget everything at any moment; it never shows an older
version after a newer one has been put while that newer one is still held.

`body` is opaque: this package knows nothing of members' content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Record:
    """A member record: `body` at `version`. Version 0 with an empty body says “known not to exist”."""

    member: str
    version: int
    body: bytes

    @property
    def absent(self) -> bool:
        return self.version == 0


class Cache(Protocol):
    """The hot copies. Every method raises `CacheUnavailable` when the store is away."""

    async def put_if_newer(self, records: Sequence[Record]) -> Sequence[bool]:
        """Keep each record unless one of a higher or equal version is held; say which were kept.

        Putting renews the time to live (with jitter, so that one moment's members do not expire together).
        """
        ...

    async def get(self, members: Sequence[str]) -> Mapping[str, Record]:
        """Return what is held, negative entries included; a member not held is missing from the answer."""
        ...

    async def versions(self, members: Sequence[str]) -> Mapping[str, int]:
        """Return only the versions held (0 = negative entry)."""
        ...


class Source(Protocol):
    """The truth behind the cache."""

    async def load(self, members: Sequence[str]) -> Mapping[str, Record]:
        """Return the records that exist. Raises `SourceUnavailable` when the truth is away."""
        ...


class Reader(Protocol):
    """Read-through: one load in flight per member, misses of a few milliseconds in one load."""

    async def read(self, member: str) -> Record:
        """Return the record, from the cache, else from the source (which then fills the cache).

        An absent member gives a record with version 0. With the cache away it reads the source (slower);
        with the source away too, and nothing held, raises `SourceUnavailable`: never a guess.
        """
        ...
