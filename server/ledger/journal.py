"""The only way anything changes: claim → load → decide → keep → commit, in one transaction (DESIGN §3).

Claiming has two ends: what was answered before is found first, and the answers of the rest are written when
everything else is (`claiming`).
The same code serves SQLite and PostgreSQL; what they say differently is in `bulk`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.commands import ById, Command
from server.domain.days import Calendar
from server.domain.decision import Receipt
from server.domain.meaning import stands_alone
from server.domain.pricing import day_percent
from server.domain.rulebook import Rulebook
from server.domain.world import World
from server.ids import MemberId
from server.ledger.batch import (
    Answered,
    Asked,
    Happened,
    Key,
    answers,
    ask,
    claimed_of,
    decide_all,
    identities_of,
    key_of,
    subject_of,
)
from server.ledger.boxing import Unseal, unreadable
from server.ledger.bulk import ahead
from server.ledger.claiming import Claiming
from server.ledger.engines import Engines, may_go_again
from server.ledger.errors import (
    BatchTooLarge,
    BudgetOverrun,
    ChangedMeanwhile,
    LedgerError,
    LedgerUnavailable,
    MemberMerged,
)
from server.ledger.extent import NO_SCOPES, Extent, within
from server.ledger.keeping import Keeping, Loaded, gives_back
from server.ledger.loading import Loading
from server.ledger.member_keeping import STRETCH, Progress, pauses_of
from server.ledger.ports import Committed, Rehearsed
from server.ledger.postgres_calls import awake, meanwhile
from server.ledger.remembering import Remembered
from server.ledger.underway import Underway

_Waited = TypeVar("_Waited")

Confirm = Callable[[AsyncConnection, int], Awaitable[None]]
"""Makes sure that the rulebook known for a time is the one in force then; raises `LedgerUnavailable` if it cannot."""

MAX_BATCH = 1_000
"""The most that `Engines.commands_at_once` says."""
_AT_A_STRETCH = 64
"""Commands decided, some 3 ms, before others in the process have their turn: viewers are served by the same loop."""
MOST_MERGED = 10_000
"""Merged accounts that a journal remembers; those that are still named, by old tokens and jobs, are few."""
WORTH_FORESEEING = 16
"""Members: fewer are read with the batch itself as cheaply."""
WORTH_ASKING_MEANWHILE = 128
"""Commands: what fewer need is put together sooner than the database can be asked twice."""
_ATTEMPTS = 5
"""Deadlocks and first contacts that collide are over after one more try; five are somebody else's fault."""


class Journal:
    """Implements `JournalPort` on a database.

    `rulebook_at` gives the rulebook in force at a time (Unix ms). Safe to use from several processes at
    once; within one process batches are applied one after the other, or one begun behind another, as intake does.
    """

    def __init__(
        self,
        engines: Engines,
        rulebook_at: Callable[[int], Rulebook],
        calendar: Calendar,
        remembered: Remembered | None = None,
        confirm: Confirm | None = None,
        unseal: Unseal = unreadable,
    ) -> None:
        """`remembered` None = as many members as `remembering.MOST`.

        `confirm` is called inside every transaction, before `rulebook_at`, with its time; None = what
        `rulebook_at` says is always right. `unseal` opens seeds of blind boxes.
        """
        self._engines = engines
        self._rulebook_at = rulebook_at
        self._calendar = calendar
        self._claiming = Claiming(engines.dialect)
        self._loading = Loading(engines.dialect, unseal)
        self._keeping = Keeping(engines.dialect)
        self._merged: dict[MemberId, MemberId] = {}
        self._remembered = Remembered() if remembered is None else remembered
        self._confirm = confirm
        self._extent: Extent | None = None
        """What the last batch read its members with: the next will want the same."""

    async def apply(self, batch: Sequence[Command], now_ms: int) -> Committed:
        """Make what the batch wishes durable, or nothing; see `JournalPort.apply`.

        When the connection breaks during the commit itself, `LedgerUnavailable` leaves open whether it
        happened: the same commands again are answered as first time (R2).
        """
        if not batch:
            return Committed((), (), (), ())
        _check(batch)
        closed: frozenset[str] = frozenset()
        lost: LedgerError | SQLAlchemyError | None = None
        for attempt in range(_ATTEMPTS):
            try:
                return await self._once(batch, now_ms, closed, once_more=attempt > 0)
            except BudgetOverrun as overrun:
                closed |= overrun.budgets
                lost = overrun
            except MemberMerged as merged:
                await self._learn(merged.members)
                lost = merged
            except ChangedMeanwhile as changed:
                lost = changed
            except SQLAlchemyError as error:
                if not may_go_again(error):
                    raise
                lost = error
        if isinstance(lost, IntegrityError):
            raise lost  # nobody makes the same row first five times over: this is a bug of ours
        raise LedgerUnavailable(f"no luck in {_ATTEMPTS} transactions: {lost}")

    async def apply_behind(self, batch: Sequence[Command], now_ms: int, way: Underway) -> Committed:
        """Do what `apply` does, begun while the batch in front is still under way, for all but `way.put_off`.

        For batches none of whose commands `stands_in_line`. What the one in front makes impossible, and what would be
        tried again anyhow, is applied when that is over. Whoever calls says `way.finish` in the end.
        """
        _check(batch)
        try:
            return await self._once(batch, now_ms, frozenset(), once_more=False, way=way)
        except (BudgetOverrun, ChangedMeanwhile, MemberMerged):
            pass  # as it looked beside another batch: `apply` finds out whether it is so
        except SQLAlchemyError as error:
            if not may_go_again(error):
                raise
        way.lose()
        await way.front_finished()
        return await self.apply([command for command in batch if key_of(command) not in way.put_off], now_ms)

    async def _once(
        self,
        batch: Sequence[Command],
        now_ms: int,
        closed: frozenset[str],
        *,
        once_more: bool,
        way: Underway | None = None,
    ) -> Committed:
        """Apply the batch in one transaction, and remember what it did."""
        async with self._engines.write() as connection:
            committed, extent = await self._transact(
                connection, batch, now_ms, closed, once_more=once_more, way=way
            )
        if way is not None:
            way.keep()
        if extent is not None:
            self._extent = extent
            for member in committed.members:
                scopes = extent.scopes.get(member.id, NO_SCOPES)
                self._remembered.remember(member, extent.since, scopes)
        return committed

    async def foresee(self, batch: Sequence[Command]) -> None:
        """Read the members of a batch that is to come, while another is applied, so that it finds them remembered.

        Changes no answer: what has moved since then shows by its version when it is locked, and is read again. Does
        nothing where that would only cost, nor before the first batch.
        """
        extent = self._extent
        if extent is None or not self._engines.keeps_early:
            return
        named = {who.member for who in map(subject_of, batch) if isinstance(who, ById)}
        wanted = self._remembered.unknown(named)
        if len(wanted) < WORTH_FORESEEING:
            return
        scopes = NO_SCOPES.union(*set(extent.scopes.values()))
        async with self._engines.read() as connection:
            found = await self._loading.members.read(
                connection, wanted, dict.fromkeys(wanted, scopes), extent.since
            )
        for member in found.values():
            self._remembered.foresee(member, extent.since, scopes)

    async def _learn(self, merged: frozenset[MemberId]) -> None:
        """Find out whom these members are part of. That never changes, so it is remembered (X1)."""
        async with self._engines.read() as connection:
            links = await self._loading.merging.links(connection, merged)
        if len(self._merged) + len(links) > MOST_MERGED:
            self._merged.clear()
        self._merged.update(links)

    async def _transact(
        self,
        connection: AsyncConnection,
        batch: Sequence[Command],
        now_ms: int,
        closed: frozenset[str],
        *,
        once_more: bool,
        way: Underway | None,
    ) -> tuple[Committed, Extent | None]:
        if self._confirm is not None:
            await self._confirm(connection, now_ms)
        rulebook = self._rulebook_at(now_ms)
        off = day_percent(rulebook, self._calendar, now_ms)
        world = World(
            rulebook, self._calendar, day_percent=off, closed=set(closed), merged=dict(self._merged)
        )
        answered, claimed, asked = await self._asked(connection, batch, world)
        await self._loading.fill_rooms(connection, world, asked)
        if way is not None:
            apart = _apart(way, batch, claimed, asked, world)
            batch, claimed, asked = await self._waited(connection, way, apart)
        extent = await self._loading.fill(connection, world, asked, self._remembered) if asked else None
        if way is not None and extent is not None:
            await self._waited(connection, way, way.hold(extent.scopes.keys()))
        if once_more and asked:
            # Somebody else is told the same just now. Whoever waited for our members' locks finds the answers
            # here; without this, two who share many events lose to each other time and again.
            late = await self._claiming.answered(connection, (one.command.origin for one in asked))
            answered = {**answered, **late}
            asked = [one for one in asked if key_of(one.command) not in late]
            claimed = {key: command for key, command in claimed.items() if key not in late}
        loaded = Loaded.of(world, {} if extent is None else extent.scopes)
        async with ahead(connection):
            # Where the database works beside us it gets what is decided while more is.
            progress = Progress.of(asked) if self._engines.keeps_early else Progress()
            first, happened, rehearsed = await self._decided(connection, asked, world, loaded, progress, way)
            if way is not None:
                decided = way.first(gives_back=bool(world.task_orders) and gives_back(happened))
                await self._waited(connection, way, decided)
                if way.follows:
                    happened = await self._keeping.recounted(connection, happened)
            kept = await self._keeping.keep(connection, world, loaded, happened, progress)
            await self._claiming.store(connection, claimed, first)
            told = await self._keeping.settle(connection, world, happened)
            # All is sent: what is said of it is put together while the database is still at it.
            members = kept.members
            if extent is not None and any(one.needs.whole for one in asked):
                # As anybody else reads them: what was loaded for the merge alone stays behind.
                members = tuple(
                    within(member, extent.since, extent.scopes.get(member.id, NO_SCOPES))
                    for member in members
                )
            receipts = answers(batch, first, answered)
            facts = tuple(fact for one in told for fact in one.facts)
            budgets = await self._keeping.charge(connection, world, told)
        committed = Committed(receipts, facts, members, kept.items, tuple(rehearsed), budgets)
        return committed, extent

    async def _waited(
        self, connection: AsyncConnection, way: Underway, front: Coroutine[None, None, _Waited]
    ) -> _Waited:
        """Wait for the batch in front, however long it waits for others: the database ends what stands still."""
        if not (way.follows and self._engines.keeps_early):
            return await front
        async with awake(connection):
            return await front

    async def _asked(
        self, connection: AsyncConnection, batch: Sequence[Command], world: World
    ) -> tuple[Mapping[Key, Answered], dict[Key, Command], list[Asked]]:
        """Return what of the batch was answered before, what is to be decided, and what that needs.

        Where the database is a process of its own, what all would need is put together while it looks.
        """
        claimed = claimed_of(batch, {})
        origins = [command.origin for command in batch]
        named = identities_of(claimed.values())
        if named or not self._engines.keeps_early or len(batch) < WORTH_ASKING_MEANWHILE:
            answered = await self._claiming.answered(connection, origins)
            claimed = claimed_of(batch, answered)
            named = identities_of(claimed.values())
            world.identities.update(await self._loading.identities(connection, named))
            return answered, claimed, ask(claimed.values(), world)
        look = partial(self._claiming.answered, connection, origins)
        async with meanwhile(connection, look) as found:
            asked = ask(claimed.values(), world)
            answered = await found
        if answered:
            claimed = {key: command for key, command in claimed.items() if key not in answered}
            asked = [one for one in asked if key_of(one.command) not in answered]
        return answered, claimed, asked

    async def _decided(
        self,
        connection: AsyncConnection,
        asked: Sequence[Asked],
        world: World,
        loaded: Loaded,
        progress: Progress,
        way: Underway | None,
    ) -> tuple[dict[Key, Receipt], list[Happened], list[Rehearsed]]:
        """Do what `decide_all` does, not all of it at a stretch. Nobody else holds `world`."""
        early = self._engines.keeps_early
        stretch = STRETCH if early else _AT_A_STRETCH
        first, happened, rehearsed = decide_all(asked[:stretch], world)
        pauses = pauses_of(len(asked)) if early else ()
        for start in range(stretch, len(asked), stretch):
            if start in pauses:
                await self._keeping.keep_early(connection, world, loaded, happened, start, progress)
            if way is not None and start >= len(asked) // 2:
                way.let_follow()
            await asyncio.sleep(0)
            more, happened_too, rehearsed_too = decide_all(asked[start : start + stretch], world)
            first |= more
            happened += happened_too
            rehearsed += rehearsed_too
        return first, happened, rehearsed


def _check(batch: Sequence[Command]) -> None:
    if len(batch) > MAX_BATCH:
        raise BatchTooLarge(len(batch), MAX_BATCH)
    if len(batch) > 1 and any(map(stands_alone, batch)):
        raise ValueError("a command that stands alone came in company")


async def _apart(
    way: Underway,
    batch: Sequence[Command],
    claimed: dict[Key, Command],
    asked: list[Asked],
    world: World,
) -> tuple[Sequence[Command], dict[Key, Command], list[Asked]]:
    """Return all that without what must wait for the batch in front."""
    late = (key_of(command) for command in batch if command.origin.stale)
    later = await way.part(asked, world, late)
    if not later:
        return batch, claimed, asked
    return (
        [command for command in batch if key_of(command) not in later],
        {key: command for key, command in claimed.items() if key not in later},
        [one for one in asked if key_of(one.command) not in later],
    )
