"""What can go wrong here.

::

    MemberCacheError
    ├── CacheUnavailable     the hot store is away (or its breaker is open): ask the source
    └── SourceUnavailable    the truth is away and nothing was held: there is no answer now
"""

from __future__ import annotations


class MemberCacheError(Exception):
    """Anything this package raises on purpose."""


class CacheUnavailable(MemberCacheError):
    """The hot store did not answer, or was not asked because it has just failed."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the member cache is not available: {why}")
        self.why = why


class SourceUnavailable(MemberCacheError):
    """The source of the records cannot be asked now."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the source of member records is not available: {why}")
        self.why = why
