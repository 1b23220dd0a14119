"""Which member a token's `sub` means, in few questions: identities are asked for together and remembered (X1)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Protocol

from server.clock import Clock
from server.domain.commands import ById, ByIdentity, Subject
from server.ids import MemberId, derived
from server.ledger.errors import LedgerUnavailable

WINDOW_S = 0.005
"""As long as the member cache waits for company; a join pays both at once only when it knows neither."""
REMEMBERED_MS = 60_000
"""As long as a verified token counts; a link made elsewhere is met a minute later at most."""
MAX_REMEMBERED = 50_000
MAX_BATCH = 500


class Resolves(Protocol):
    async def resolve(self, subjects: Sequence[Subject]) -> Mapping[Subject, MemberId]: ...


class Identities:
    """Subject → member. Lives on one event loop."""

    def __init__(self, truth: Resolves, clock: Clock) -> None:
        self._truth = truth
        self._clock = clock
        self._known: OrderedDict[ByIdentity, tuple[MemberId, int]] = OrderedDict()
        self._asked: dict[ByIdentity, asyncio.Future[MemberId]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def member(self, subject: Subject) -> MemberId:
        """Return who is meant. An identity never seen is the member its first event will create (`ids.derived`).

        The same with SQL away: that member is the identity's own, or does not exist; never somebody else.
        """
        if isinstance(subject, ById):
            return subject.member
        known = self._known.get(subject)
        if known is not None and self._clock.now_ms() < known[1]:
            return known[0]
        asked = self._asked.get(subject)
        if asked is None:
            loop = asyncio.get_running_loop()
            if not self._asked:
                task = loop.create_task(self._ask())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            asked = self._asked[subject] = loop.create_future()
        return await asyncio.shield(asked)

    async def _ask(self) -> None:
        await asyncio.sleep(WINDOW_S)
        asked, self._asked = self._asked, {}
        subjects = list(asked)
        for start in range(0, len(subjects), MAX_BATCH):
            await self._ask_some({subject: asked[subject] for subject in subjects[start : start + MAX_BATCH]})

    async def _ask_some(self, asked: Mapping[ByIdentity, asyncio.Future[MemberId]]) -> None:
        found: Mapping[Subject, MemberId] = {}
        try:
            found = await self._truth.resolve(list(asked))
        except LedgerUnavailable:
            pass  # not remembered, so the next join asks again
        except Exception as fault:  # a bug below us must reach those who wait, else they wait for ever
            for future in asked.values():
                if not future.done():
                    future.set_exception(fault)
                    future.exception()
            return
        until_ms = self._clock.now_ms() + REMEMBERED_MS
        for subject, future in asked.items():
            member = found.get(subject)
            if member is not None:
                self._known[subject] = (member, until_ms)
                if len(self._known) > MAX_REMEMBERED:
                    self._known.popitem(last=False)
            if not future.done():
                future.set_result(
                    MemberId(derived("m", subject.platform, subject.openid)) if member is None else member
                )
