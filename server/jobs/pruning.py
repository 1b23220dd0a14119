"""Lets go of what nobody may ask for any more."""

from __future__ import annotations

import structlog

from server.jobs.runner import Job
from server.ledger.engines import Engines
from server.ledger.pruning import prune

EVERY_S = 300.0

_log = structlog.get_logger(__name__)


def pruning(engines: Engines) -> Job:
    """Return the job. Two processes may prune at once: each row goes once."""

    async def work(now_ms: int) -> int:
        pruned = await prune(engines, now_ms)
        _log.debug("pruned", what=repr(pruned))
        return 0  # `prune` itself goes on until there is nothing left

    return Job("pruning", EVERY_S, work)
