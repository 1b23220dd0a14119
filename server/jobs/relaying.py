"""Sends webhooks, and lets go of what nobody wants to be told."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from server.jobs.runner import Job
from server.ledger.errors import LedgerUnavailable
from server.ledger.hook_queue import HookQueue
from server.webhooks.relay import Relay

LOOK_EVERY_S = 0.5
"""How late a first attempt is at most when nothing is in its way."""
LET_GO_EVERY_S = 60.0
"""Seldom: while it waits, a member's `points.changed` is one row, however often it changes."""

_log = structlog.get_logger(__name__)


def relaying(relay: Relay, queue: HookQueue) -> Sequence[Job]:
    """Return the jobs. Any number of processes may run them: see `HookQueue`."""

    away = False

    async def send(now_ms: int) -> int:
        nonlocal away
        try:
            done = await relay.work(now_ms)
        except LedgerUnavailable as problem:
            if not away:  # twice a second the same would hide everything else in the log
                _log.warning("webhooks.ledger_away", problem=str(problem))
            away = True
            return 0
        away = False
        return done

    async def let_go(_now_ms: int) -> int:
        return await queue.let_go()

    return (
        Job("webhooks", LOOK_EVERY_S, send),
        Job("webhooks nobody wants", LET_GO_EVERY_S, let_go),
    )
