"""The sending of webhooks, put together."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import cache

import httpx2

from server.clock import Clock
from server.ledger.hook_queue import HookQueue
from server.ledger.hooks import HookBook
from server.metrics import Metrics
from server.settings import Settings
from server.webhooks.relay import MOST_ENDPOINTS, Relay
from server.webhooks.resolving import Resolver
from server.webhooks.sending import Sender
from server.webhooks.signing import Seal


def relay_of(
    settings: Settings,
    queue: HookQueue,
    hooks: HookBook,
    seal: Seal,
    metrics: Metrics,
    clock: Clock,
    stack: AsyncExitStack,
) -> Relay:
    """Return this process's relay; `stack` ends it."""
    context = cache(httpx2.create_ssl_context)  # reads all authorities: not before somebody is to be told
    resolver = Resolver(MOST_ENDPOINTS)
    stack.callback(resolver.close)

    def sender() -> Sender:
        return Sender(resolver.resolve, context(), allow_private=settings.allow_private_webhooks)

    relay = Relay(queue, hooks, seal, sender, metrics, clock)
    stack.push_async_callback(relay.stop)
    return relay
