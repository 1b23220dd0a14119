"""Sends what is due: each endpoint has a pump of its own, so that a slow or dead one holds up nobody else."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Protocol

import structlog

from server.clock import Clock
from server.domain.commands import Origin
from server.errors import SignatureInvalid
from server.ids import derived
from server.ledger.errors import LedgerUnavailable
from server.ledger.hook_queue import Claimed, HookQueue, Settled
from server.ledger.hooks import Endpoint, HookBook
from server.webhooks.backoff import next_try_ms
from server.webhooks.message import message_of
from server.webhooks.sending import AT_ONCE, Attempt, Sender
from server.webhooks.signing import Seal, secrets_of, signed_headers

MOST_ENDPOINTS = 32
"""Of one programme: bounds pumps, sockets (with `AT_ONCE`) and resolver threads of a process."""
BATCH = 2 * AT_ONCE
"""Deliveries of one claim: at worst two attempts one after the other, well inside the lease."""
GONE = 410
_STOP_S = 3.0
"""What is under way when we stop may end in this time; the rest is sent again after its lease."""

_log = structlog.get_logger(__name__)


class Meter(Protocol):
    def webhooks(self, outcome: str, n: int) -> None:
        """Count attempts ``delivered``, ``failed`` or ``dead``, and deliveries that ``overflowed``."""
        ...

    def webhook_attempt(self, seconds: float) -> None: ...


class Relay:
    """This process's share of the sending. `work` looks and starts what is due; it waits for no receiver."""

    def __init__(
        self,
        queue: HookQueue,
        book: HookBook,
        seal: Seal,
        new_sender: Callable[[], Sender],
        meter: Meter,
        clock: Clock,
        luck: Callable[[], float] = random.random,
    ) -> None:
        self._queue = queue
        self._book = book
        self._seal = seal
        self._new_sender = new_sender
        self._meter = meter
        self._clock = clock
        self._luck = luck
        self._pumps: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    async def work(self, now_ms: int) -> int:
        """Fan out one portion and start the pumps that have something to do; return how many rows were fanned out.

        Raises `LedgerUnavailable`.
        """
        waiting = await self._queue.waiting(now_ms)
        rows = 0
        if waiting.fan_out:
            fanned = await self._queue.fan_out(now_ms, message_of)
            rows = fanned.rows
            if fanned.overflown:
                self._meter.webhooks("overflowed", fanned.overflown)
            waiting = await self._queue.waiting(now_ms)
        for endpoint_id in waiting.endpoints:
            if endpoint_id not in self._pumps and not self._stopping:
                pump = asyncio.create_task(self._pump(endpoint_id), name=f"webhooks {endpoint_id}")
                self._pumps[endpoint_id] = pump
        return rows

    async def idle(self) -> None:
        """Return when nothing is being sent any more."""
        await asyncio.gather(*self._pumps.values())

    async def stop(self) -> None:
        """Take nothing more; let what is under way end for a moment."""
        self._stopping = True
        pumps = [*self._pumps.values()]
        if pumps:
            _done, late = await asyncio.wait(pumps, timeout=_STOP_S)
            for pump in late:
                pump.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _pump(self, endpoint_id: str) -> None:
        sender = self._new_sender()
        try:
            while not self._stopping:
                claimed = await self._queue.claim(endpoint_id, BATCH, self._clock.now_ms())
                if claimed is None or not claimed[1]:
                    return
                await self._round(*claimed, sender)
        except LedgerUnavailable as away:
            _log.warning("webhooks.ledger_away", endpoint=endpoint_id, problem=str(away))
        except Exception as fault:
            _log.error("webhooks.fault", endpoint=endpoint_id, exc_info=fault)
        finally:
            del self._pumps[endpoint_id]
            await sender.close()

    async def _round(self, endpoint: Endpoint, batch: Sequence[Claimed], sender: Sender) -> None:
        """Send a batch, `AT_ONCE` at a time, and write down how it went in one transaction."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def in_turn(one: Claimed) -> Settled:
            async with turns:
                return await self._send(endpoint, one, sender)

        settled = await asyncio.gather(*map(in_turn, batch))
        await self._queue.settle(settled)
        for one in settled:
            outcome = "failed" if one.state == "waiting" else one.state
            self._meter.webhooks(outcome, 1)
            if one.state == "dead":
                _log.warning("webhooks.dead_letter", endpoint=endpoint.id, delivery=one.id, problem=one.error)
        if any(one.status == GONE for one in settled):
            now_ms = self._clock.now_ms()
            event = derived("w", endpoint.id, now_ms)
            await self._book.gone(endpoint.id, Origin("jobs", event, "gone", now_ms, actor="jobs"))
            _log.warning("webhooks.endpoint_gone", endpoint=endpoint.id)

    async def _send(self, endpoint: Endpoint, one: Claimed, sender: Sender) -> Settled:
        began = monotonic()
        sent_ms = self._clock.now_ms()
        try:
            signing = secrets_of(endpoint, self._seal, sent_ms)
        except SignatureInvalid:
            attempt = Attempt(None, "secret_unreadable")
        else:
            headers = signed_headers(one.message, one.body, signing, sent_ms)
            attempt = await self._try(endpoint, headers, one, sender)
            self._meter.webhook_attempt(monotonic() - began)
        return self._judged(one, attempt, self._clock.now_ms())

    async def _try(
        self, endpoint: Endpoint, headers: Mapping[str, str], one: Claimed, sender: Sender
    ) -> Attempt:
        try:
            return await sender.send(endpoint.url, headers, one.body)
        except (
            Exception
        ) as fault:  # a bug of ours ends as this one's failed attempt, not as a queue that stands
            _log.error("webhooks.send_fault", endpoint=endpoint.id, delivery=one.id, exc_info=fault)
            return Attempt(None, "fault")

    def _judged(self, one: Claimed, attempt: Attempt, now_ms: int) -> Settled:
        if attempt.error is None:
            return Settled(one.id, one.attempts, "delivered", now_ms, now_ms, attempt.status, None)
        again_ms = next_try_ms(one.tries, one.began_ms, now_ms, self._luck(), attempt.retry_after_ms)
        if again_ms is None:
            return Settled(one.id, one.attempts, "dead", now_ms, now_ms, attempt.status, attempt.error)
        return Settled(one.id, one.attempts, "waiting", again_ms, now_ms, attempt.status, attempt.error)
