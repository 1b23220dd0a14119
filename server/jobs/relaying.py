"""Sends webhooks, and lets go of what nobody wants to be told."""

from __future__ import annotations

from collections.abc import Sequence

from server.jobs.runner import Job
from server.ledger.hook_queue import HookQueue
from server.webhooks.relay import Relay

LOOK_EVERY_S = 0.5
"""How late a first attempt is at most when nothing is in its way."""
LET_GO_EVERY_S = 60.0
"""Seldom: while it waits, a member's `points.changed` is one row, however often it changes."""


def relaying(relay: Relay, queue: HookQueue) -> Sequence[Job]:
    """Return the jobs. Any number of processes may run them: see `HookQueue`."""

    async def let_go(_now_ms: int) -> int:
        return await queue.let_go()

    return (
        Job("webhooks", LOOK_EVERY_S, relay.work),
        Job("webhooks nobody wants", LET_GO_EVERY_S, let_go),
    )
