"""What can go wrong here, and whose fault it is.

::

    BroadcasterError
    ├── BusUnavailable         ours: the store or bus did not answer in time; nothing is known of a write
    ├── PartitionMismatch      ours: this process was configured for another number of partitions than the store
    └── BadMessage             the viewer's: what it sent breaks PROTOCOL §1.1; closes its connection only
"""

from __future__ import annotations


class BroadcasterError(Exception):
    """Base of all errors of this package."""


class BusUnavailable(BroadcasterError):
    """The store did not answer. A write may or may not have happened; publishing it again is harmless."""

    def __init__(self, doing: str, cause: BaseException | None = None) -> None:
        super().__init__(doing, cause)
        self.doing = doing
        self.cause = cause

    def __str__(self) -> str:
        return f"redis is away: {self.doing}" + (f" ({self.cause!r})" if self.cause else "")


class PartitionMismatch(BroadcasterError):
    """Rooms would be looked for in the wrong place; the process must not start."""

    def __init__(self, stored: int, configured: int) -> None:
        super().__init__(stored, configured)
        self.stored = stored
        self.configured = configured

    def __str__(self) -> str:
        return (
            f"this namespace has {self.stored} partitions in redis, this process wants {self.configured}: "
            "use the same number everywhere, or another --namespace"
        )


class BadMessage(BroadcasterError):
    """A client message that breaks the protocol. `field` is a path like ``position.offset``; empty = the message."""

    def __init__(self, field: str, expected: str, code: int = 4500) -> None:
        super().__init__(field, expected, code)
        self.field = field
        self.expected = expected
        self.code = code

    def __str__(self) -> str:
        return f"{self.field or 'message'} must be {self.expected}"
