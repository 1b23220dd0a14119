"""What can go wrong here: the hot store is away. Nothing of it is the viewer's fault, nothing durable is lost."""

from __future__ import annotations

from server.errors import Unavailable


class HotUnavailable(Unavailable):
    """Redis did not answer, or was not asked because it has just failed. `why` is for the log."""

    def __init__(self, why: str) -> None:
        super().__init__("the hot store")
        self.why = why
