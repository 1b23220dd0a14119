"""Names and lifetimes of everything this package keeps in Redis.

A key carries the hash tag ``{cNN}`` of its bucket, so that on a Cluster one MGET (or script) takes a whole bucket.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

from member_cache.ports import Record

BUCKETS = 64
"""Enough to spread over any cluster we expect, few enough that a storm's reads still share round trips."""

RECORD_TTL_MS = 3_600_000
"""An hour: longer than most shows need a quiet viewer's record, short enough that a forgotten one is no burden."""

ABSENT_TTL_MS = 30_000
"""“Known not to exist” is short-lived: it spares the source a storm of strangers and nothing more."""

JITTER = 0.2
"""A lifetime is shortened by up to this share, so that one moment's members do not expire together."""


def bucket_of(member: str) -> int:
    return crc32(member.encode()) % BUCKETS


def record_key(namespace: str, member: str) -> str:
    """Return the key of a member's record: a string of 16 decimal digits (the version) and the body."""
    return f"{namespace}:{{c{bucket_of(member):02d}}}:member:{member}"


def by_bucket(members: Iterable[str]) -> list[list[str]]:
    """Group members by bucket, each group in the order given; a member named twice stays twice."""
    groups: dict[int, list[str]] = {}
    for member in members:
        groups.setdefault(bucket_of(member), []).append(member)
    return list(groups.values())


def lifetime_ms(record: Record, luck: float) -> int:
    """Return how long to hold a record; `luck` in [0, 1) is drawn per record."""
    return int((ABSENT_TTL_MS if record.absent else RECORD_TTL_MS) * (1 - JITTER * luck))
