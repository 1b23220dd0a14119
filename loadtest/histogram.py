"""Counts of durations in buckets of at most 6.25 % width: exact enough to rank, cheap to add up. HST1-HST3.

The same layout as in `swarm.c`: values 0-15 have a bucket each, above that 16 buckets per power of two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


def bucket_of(value: int) -> int:
    """Return the number of the bucket that holds `value` (≥ 0)."""
    if value < 16:
        return value
    exponent = value.bit_length() - 1
    return (exponent - 3) * 16 + (value >> (exponent - 4) & 15)


def upper_of(bucket: int) -> int:
    """Return the largest value that falls into `bucket`."""
    if bucket < 16:
        return bucket
    exponent = bucket // 16 + 3
    return (((bucket % 16) + 17) << (exponent - 4)) - 1


@dataclass(slots=True)
class Histogram:
    """Durations in any one integer unit, which the owner's field name tells (`latency_ns`, `moment_ms`)."""

    counts: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of_pairs(cls, pairs: Iterable[tuple[int, int]]) -> Histogram:
        """Build one of (a value of the bucket, count) pairs, as `swarm` prints them."""
        histogram = cls()
        for value, count in pairs:
            histogram.add(value, count)
        return histogram

    def add(self, value: int, count: int = 1) -> None:
        """Count `value`; a negative one (two clocks apart) counts as 0."""
        bucket = bucket_of(max(value, 0))
        self.counts[bucket] = self.counts.get(bucket, 0) + count

    def merge(self, other: Histogram) -> None:
        for bucket, count in other.counts.items():
            self.counts[bucket] = self.counts.get(bucket, 0) + count

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def quantile(self, q: float) -> int | None:
        """Return the upper edge of the bucket in which the q-quantile lies; None when nothing was counted."""
        total = self.total
        if not total:
            return None
        wanted = max(1, -(-int(q * total * 1_000_000) // 1_000_000))
        passed = 0
        for bucket in sorted(self.counts):
            passed += self.counts[bucket]
            if passed >= wanted:
                return upper_of(bucket)
        raise AssertionError("unreachable: the buckets hold the total")

    def pairs(self) -> list[tuple[int, int]]:
        """Return (upper edge, count) in ascending order: JSON-ready, and `of_pairs` takes it back."""
        return [(upper_of(bucket), self.counts[bucket]) for bucket in sorted(self.counts)]
