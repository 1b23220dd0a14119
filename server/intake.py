"""The one way in: groups the commands of all doors into commits (DESIGN §3, steps 2 and 6).

An idle intake commits at once; what arrives while a commit runs is the next batch. Receipts leave when their
commit is durable; the commit is then told to the world in the background, commit after commit.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from time import perf_counter

import structlog

from server.clock import Clock
from server.domain.commands import Command
from server.domain.decision import Receipt
from server.domain.meaning import stands_alone, stands_in_line
from server.errors import InternalFault, Overloaded, Unavailable
from server.ledger.batch import key_of
from server.ledger.errors import LedgerUnavailable
from server.ledger.ports import Committed, JournalPort
from server.ledger.underway import Underway
from server.metrics import Metrics

MAX_BATCH = 1_000
"""As many as one request may bring. A command among so many costs three quarters of one among 256 (decision 0066)."""
MAX_WAITING = 20_000
"""Some four seconds of commits at the promised 5 000 events/s: more could not be answered in time."""
MAX_UNANNOUNCED = 32
"""Commits waiting to be told; then committing waits too, so that a slow bus cannot eat the memory."""
OVERLOADED_RETRY_MS = 2_000

AfterCommit = Callable[[Committed], Awaitable[None]]

Foresee = Callable[[Sequence[Command]], Awaitable[None]]

ApplyBehind = Callable[[Sequence[Command], int, Underway], Awaitable[Committed]]
WORTH_FOLLOWING = 128
"""Commands that wait: for fewer a commit of their own, beside another, costs more than it saves."""
MOST_PUT_OFF = 2
"""Times that one command is put off; then nobody begins before the commit under way is durable. Whom a commit finds
through what others did, as the giver of a gift, may be found by one commit after another."""
ALONE_FOR = 16
"""Commits one after the other once a quarter of one was put off: a whole show says the same, and small commits that
look at most of their commands in vain cost more than waiting."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Waiting:
    command: Command
    receipt: asyncio.Future[Receipt]
    put_off: int = 0


@dataclass(frozen=True, slots=True)
class _Front:
    """A commit under way."""

    task: asyncio.Task[None]
    way: Underway
    awaited: bool
    """Something was put off too often: what comes after it must find it durable."""


class Intake:
    """Takes commands from every door and gives each its durable receipt.

    Order: commands of one sender that awaits its receipts are decided in the order given; of one `submit_many` those
    about one member, order, text, reward … are. `after_commit` is awaited once per commit, in the order of the
    commits, never two at a time.
    """

    def __init__(
        self,
        journal: JournalPort,
        after_commit: AfterCommit,
        clock: Clock,
        metrics: Metrics | None = None,
        *,
        max_waiting: int = MAX_WAITING,
        max_batch: int = MAX_BATCH,
        foresee: Foresee | None = None,
        apply_behind: ApplyBehind | None = None,
    ) -> None:
        """`foresee` is told what the next commit will bring when one begins (`Journal.foresee`); None = nobody is.

        `apply_behind` begins a commit while another is under way (`Journal.apply_behind`); None = one at a time.
        """
        self._journal = journal
        self._after_commit = after_commit
        self._clock = clock
        self._metrics = metrics or Metrics()
        self._max_waiting = max_waiting
        self._max_batch = max_batch
        self._foresee = foresee
        self._apply_behind = apply_behind
        self._alone = 0
        self._coming: list[Command] = []
        self._foreseeing: asyncio.Task[None] | None = None
        self._waiting: deque[_Waiting] = deque()
        self._committing: asyncio.Task[None] | None = None
        self._unannounced: asyncio.Queue[Committed] = asyncio.Queue(MAX_UNANNOUNCED)
        self._announcing: asyncio.Task[None] | None = None

    async def submit(self, command: Command) -> Receipt:
        """Return the receipt once it is durable.

        Raises `Overloaded` when the queue is full, `LedgerUnavailable` when the database is away (in both
        nothing happened), `InternalFault` when this very command meets a bug.
        """
        return (await self.submit_many((command,)))[0]

    async def submit_many(self, commands: Sequence[Command]) -> list[Receipt]:
        """Return the receipts in the order of the commands, once all are durable.

        Taken whole or (`Overloaded`) not at all. When it raises, some of the commands may be durable all the
        same: sending them again gives their first answers (R2).
        """
        if not commands:
            return []
        if len(self._waiting) + len(commands) > self._max_waiting:
            raise Overloaded("the intake queue", OVERLOADED_RETRY_MS)
        loop = asyncio.get_running_loop()
        taken = [_Waiting(command, loop.create_future()) for command in commands]
        self._waiting.extend(taken)
        if self._committing is None:
            self._committing = loop.create_task(self._commit_all(), name="intake")
        else:
            self._look_ahead(commands)
        # One after the other: most are answered together, and waiting for all at once costs a callback for each.
        failed: Exception | None = None
        receipts: list[Receipt] = []
        try:
            for one in taken:
                try:
                    receipts.append(await one.receipt)
                except Exception as error:
                    failed = failed or error  # the others' answers are waited for all the same
        finally:
            for one in taken[len(receipts) :]:
                one.receipt.cancel()  # who was cancelled here wants none of them; an answer that came stays
        if failed is not None:
            raise failed
        return receipts

    async def settle(self) -> None:
        """Return when everything taken so far is committed and announced."""
        while self._committing is not None:
            await asyncio.shield(self._committing)
        await self._unannounced.join()

    async def stop(self) -> None:
        """Finish what was taken, then rest. The doors must be closed before."""
        await self.settle()
        if self._foreseeing is not None:
            await self._foreseeing
        if self._announcing is not None:
            self._announcing.cancel()
            await asyncio.gather(self._announcing, return_exceptions=True)
            self._announcing = None

    async def _commit_all(self) -> None:
        front: _Front | None = None
        try:
            while self._waiting or front is not None:
                if front is not None and not self._may_follow(front):
                    await front.task
                    front = None
                    continue
                batch = self._next_batch()
                self._coming.clear()  # too late for these
                front = await self._begin(batch, front)
        finally:
            self._committing = None

    def _may_follow(self, front: _Front) -> bool:
        """Whether the next commit may begin beside the one under way: both are long, and neither stands in line."""
        if front.awaited or self._alone or front.way.is_lost or len(self._waiting) < WORTH_FOLLOWING:
            return False
        coming = islice(self._waiting, self._max_batch)
        return not any(stands_in_line(one.command) for one in coming)

    async def _begin(self, batch: Sequence[_Waiting], front: _Front | None) -> _Front | None:
        """Commit a batch; return when the next may begin, with what is still under way. There are never three."""
        if self._apply_behind is None or (front is None and not self._may_be_followed(batch)):
            self._alone = max(0, self._alone - 1)
            await self._commit_or_say(batch)
            return None
        way = Underway(None if front is None else front.way)
        task = asyncio.create_task(self._commit_or_say(batch, way), name="commit")
        if front is not None:
            await front.task
        await way.may_follow()
        later = [one for one in batch if key_of(one.command) in way.put_off] if way.put_off else []
        self._waiting.extendleft(reversed(later))
        for one in later:
            one.put_off += 1
        if len(later) > len(batch) // 4:
            self._alone = ALONE_FOR
        return _Front(task, way, any(one.put_off >= MOST_PUT_OFF for one in later))

    def _may_be_followed(self, batch: Sequence[_Waiting]) -> bool:
        """Whether another commit may begin beside this one."""
        return (
            not self._alone
            and len(batch) >= WORTH_FOLLOWING
            and not any(stands_in_line(one.command) for one in batch)
        )

    def _next_batch(self) -> list[_Waiting]:
        """Take what is next, in order: as much as one commit takes, or one command that stands alone."""
        batch = [self._waiting.popleft()]
        if stands_alone(batch[0].command):
            return batch
        while self._waiting and len(batch) < self._max_batch and not stands_alone(self._waiting[0].command):
            batch.append(self._waiting.popleft())
        return batch

    def _look_ahead(self, coming: Sequence[Command]) -> None:
        """Let what waits for the next commit be prepared while this one is under way."""
        if self._foresee is None:
            return
        self._coming.extend(coming)
        if self._foreseeing is None or self._foreseeing.done():
            self._foreseeing = asyncio.create_task(self._foresee_all(self._foresee), name="foresee")

    async def _foresee_all(self, foresee: Foresee) -> None:
        while self._coming:
            coming, self._coming = self._coming, []
            try:
                await foresee(coming)
            except (LedgerUnavailable, Unavailable):
                pass  # the commit itself will say so
            except Exception as fault:
                _log.error("foresee.fault", exc_info=fault)  # it only saves time: the commit does without

    async def _commit_or_say(self, batch: Sequence[_Waiting], way: Underway | None = None) -> None:
        try:
            await self._commit(batch, way)
        except Exception as fault:
            # Not the journal's fault, ours right here: nobody may wait for an answer for ever.
            for one in _taken(batch, way):
                _answer(one, _internal(one, fault))
        finally:
            if way is not None:
                way.finish()

    async def _applied(self, batch: Sequence[_Waiting], way: Underway | None) -> Committed:
        commands, now_ms = [one.command for one in batch], self._clock.now_ms()
        if way is None or self._apply_behind is None:
            return await self._journal.apply(commands, now_ms)
        return await self._apply_behind(commands, now_ms, way)

    async def _commit(self, batch: Sequence[_Waiting], way: Underway | None = None) -> None:
        began = perf_counter()
        try:
            committed = await self._applied(batch, way)
        except (LedgerUnavailable, Unavailable) as away:
            for one in _taken(batch, way):
                self._metrics.command(_name(one.command), "unavailable")
                _answer(one, away)
        except Exception as fault:
            taken = _taken(batch, way)
            if way is not None:
                way.lose()
                await way.front_finished()
            if len(taken) < 2:
                for one in taken:
                    self._blame(one, fault)
                return
            # Somebody in here trips over a bug of ours; halving finds who, and the others go through.
            half = len(taken) // 2
            await self._commit(taken[:half])
            await self._commit(taken[half:])
        else:
            taken = _taken(batch, way)
            if taken:
                waited_s = 0.0 if way is None else way.waited_s
                self._metrics.batch(len(taken), perf_counter() - began - waited_s)
            outcomes = Counter[tuple[str, str]]()
            for one, receipt in zip(taken, committed.receipts, strict=True):
                if not one.command.origin.is_test:  # a test moves no number
                    outcomes[_name(one.command), receipt.outcome] += 1
                if not one.receipt.done():
                    one.receipt.set_result(receipt)
            for (name, outcome), times in outcomes.items():
                self._metrics.command(name, outcome, times)
            if way is not None:
                await way.front_finished()  # told in the order of the commits
            if committed.facts or committed.members or committed.items or committed.rehearsed:
                await self._tell(committed)

    def _blame(self, one: _Waiting, fault: Exception) -> None:
        name = _name(one.command)
        self._metrics.command(name, "fault")
        _answer(one, _internal(one, fault))
        _log.error("command.fault", command=name, exc_info=fault)

    async def _tell(self, committed: Committed) -> None:
        if self._announcing is None:
            self._announcing = asyncio.get_running_loop().create_task(self._announce_all(), name="announce")
        await self._unannounced.put(committed)

    async def _announce_all(self) -> None:
        while True:
            committed = await self._unannounced.get()
            try:
                await self._after_commit(committed)
            except Exception as fault:
                # The commit stands; room and card converge by rev and version (DESIGN §1, 4).
                self._metrics.announce_fault()
                _log.error("announce.fault", exc_info=fault)
            finally:
                self._unannounced.task_done()


def _taken(batch: Sequence[_Waiting], way: Underway | None) -> Sequence[_Waiting]:
    """Return those of a batch that are in it, and not in the next."""
    if way is None or not way.put_off:
        return batch
    return [one for one in batch if key_of(one.command) not in way.put_off]


def _internal(one: _Waiting, fault: Exception) -> InternalFault:
    internal = InternalFault(_name(one.command))
    internal.__cause__ = fault
    return internal


def _name(command: Command) -> str:
    return type(command).__name__


def _answer(one: _Waiting, error: BaseException) -> None:
    if not one.receipt.done():
        one.receipt.set_exception(error)
