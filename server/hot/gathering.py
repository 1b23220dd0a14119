"""Questions of single acts to the hot store, asked together: a full room that acts at once is a few round trips. Rule HOT13.

Each on its own would take a connection for its round trip: five thousand at once wait for the pool's thirty-two until
they are told that Redis is away, and so is everybody else who wanted a connection (decision 0074).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from server.hot.ports import Answers, Ask, Granted, Pacer
from server.ids import MemberId

AT_MOST = 500
"""Questions in one round trip: more would hold the connection, and the loop, for milliseconds."""

Q = TypeVar("Q")
A = TypeVar("A")


class Gathered(Generic[Q, A]):
    """Asks many what each asks alone. Lives on one event loop.

    An idle one asks at once, for all who ask in the same turn of the loop; what is asked for while an answer is on its
    way is the next question. A failure is everybody's who is in that question, and nobody else's.
    """

    def __init__(self, ask: Callable[[Sequence[Q]], Awaitable[Sequence[A]]], at_most: int = AT_MOST) -> None:
        """`ask` answers in the order of the questions."""
        self._ask = ask
        self._at_most = at_most
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def one(self, question: Q) -> A:
        """Return the answer to one question; raises what `ask` raises. Cancelling it is nothing to the others."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[A] = loop.create_future()
        self._waiting.append((question, answer))
        if self._asking is None:
            self._asking = loop.create_task(self._ask_all(), name="gathered")
        return await answer

    async def _ask_all(self) -> None:
        try:
            while self._waiting:
                some, self._waiting = self._waiting[: self._at_most], self._waiting[self._at_most :]
                try:
                    answers = await self._ask([question for question, _ in some])
                except Exception as failure:
                    for _, waiter in some:
                        if not waiter.done():
                            waiter.set_exception(failure)
                else:
                    for (_, waiter), answer in zip(some, answers, strict=True):
                        if not waiter.done():
                            waiter.set_result(answer)
        finally:
            self._asking = None
            for _, waiter in self._waiting:
                waiter.cancel()  # only when we are: the loop ends


class FirstAnswers:
    """`Answers`, one act at a time."""

    def __init__(self, answers: Answers) -> None:
        self._found = Gathered(answers.answers)
        self._kept = Gathered(answers.keep_answers)

    async def of(self, member: MemberId, ref: str) -> bytes | None:
        """Return the answer that stands. Raises `HotUnavailable`."""
        return await self._found.one((member, ref))

    async def keep(self, member: MemberId, ref: str, answer: bytes) -> bytes | None:
        """Keep the answer unless one stands; return the one that stood. Raises `HotUnavailable`."""
        return await self._kept.one(((member, ref), answer))


class GatheredPacer:
    """`Pacer` for single acts: those who ask together are judged at the time of the last of them."""

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer
        self._granted: Gathered[tuple[Sequence[Ask], int], Sequence[Granted]] = Gathered(self._take)

    async def take(self, asks: Sequence[Ask], now_ms: int) -> Sequence[Granted]:
        return await self._granted.one((asks, now_ms))

    async def _take(self, all_asks: Sequence[tuple[Sequence[Ask], int]]) -> Sequence[Sequence[Granted]]:
        now_ms = max(at_ms for _, at_ms in all_asks)
        granted = iter(await self._pacer.take([ask for asks, _ in all_asks for ask in asks], now_ms))
        return [[next(granted) for _ in asks] for asks, _ in all_asks]
