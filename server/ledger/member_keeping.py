"""Writes what a batch changed of members: their lines, rows, buckets and counters, some of it before all is decided.

Members are locked before anything is decided, and most are in one command of a batch only. Where the database is a
process of its own it writes those that are done with while the next commands are decided: in the same transaction,
and what moves again after all is written again at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.state import Member
from server.ids import MemberId
from server.ledger import rows, tables
from server.ledger.batch import Asked, Happened
from server.ledger.bulk import Row, insert, update
from server.ledger.counter_rows import AwardRows, older_changes
from server.ledger.entries import ENTRY, entries_of
from server.ledger.extent import NO_SCOPES, Scopes

STRETCH = 16
"""Commands decided, some 0.7 ms, before the database can be given its next statement: pauses fall between stretches."""
_LEAST = 128
"""Commands: for fewer a round of statements costs more than it saves."""


def pauses_of(commands: int) -> frozenset[int]:
    """Return after how many decided commands what is done is kept: a third of the rest each time, so that little is left
    at the end, when nothing more is decided meanwhile; in multiples of `STRETCH`."""
    pauses: list[int] = []
    at = 0
    while commands - at >= 2 * _LEAST:
        at += max(_LEAST, (commands - at) // 3) // STRETCH * STRETCH
        pauses.append(at)
    return frozenset(pauses)


@dataclass(slots=True)
class Progress:
    """What of a batch is kept while the rest of it is decided."""

    last: Mapping[MemberId, int] = field(default_factory=dict)
    """The last command that needs a member, counted from 0."""
    lines: int = 0
    """So many of what happened have their entries."""
    strangers: bool = False
    """Somebody new has entries: they wait until the member is there, and all others with them, for their order."""
    members: dict[MemberId, Member] = field(default_factory=dict)
    """As they were kept."""

    @classmethod
    def of(cls, asked: Sequence[Asked]) -> Progress:
        return cls({member: at for at, one in enumerate(asked) for member in one.needs.members})


class MemberKeeping:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        self._new_members = insert(dialect, tables.members, rows.MEMBER)
        self._numbers = update(dialect, tables.members, rows.MEMBER_NUMBERS)
        self._words = update(dialect, tables.members, rows.MEMBER_NUMBERS_AND_WORDS)
        self._merged = update(dialect, tables.members, rows.MEMBER_MERGED)
        self._entries = insert(dialect, tables.entries, ENTRY)
        self._days = insert(
            dialect,
            tables.days,
            rows.DAY,
            "(member, day) DO UPDATE SET growth = days.growth + excluded.growth, "
            "paid = days.paid + excluded.paid, orders = days.orders + excluded.orders",
        )
        self._new_awards = insert(dialect, tables.awards, rows.AWARD)
        self._known_awards = update(dialect, tables.awards, (*rows.AWARD[3:], *rows.AWARD[:3]), keys=3)
        self._awards = insert(
            dialect,
            tables.awards,
            rows.AWARD,
            "(member, scope, rule) DO UPDATE SET n = awards.n + excluded.n, "
            "points = awards.points + excluded.points, growth = awards.growth + excluded.growth",
        )

    async def keep_early(
        self,
        connection: AsyncConnection,
        members: Iterable[Member],
        loaded: Mapping[MemberId, Member],
        scopes: Scopes,
        happened: Sequence[Happened],
        rulebook_version: int,
        progress: Progress,
    ) -> None:
        """Keep the entries of what happened so far, and `members`, who were loaded and are probably done with."""
        if not progress.strangers:
            lines = entries_of(islice(happened, progress.lines, None), rulebook_version)
            progress.strangers = any(line[0] not in loaded for line in lines)
            if not progress.strangers:
                progress.lines = len(happened)
                await self._entries.run(connection, lines)
        done = list(members)
        await self._keep(connection, done, loaded, scopes)
        progress.members.update((member.id, member) for member in done)

    async def keep(
        self,
        connection: AsyncConnection,
        members: Mapping[MemberId, Member],
        loaded: Mapping[MemberId, Member],
        scopes: Scopes,
        happened: Sequence[Happened],
        rulebook_version: int,
        progress: Progress,
    ) -> None:
        """Keep what of the entries and of `members`, all that were touched, is not kept as it is now."""
        new = [rows.member_row(member) for member in members.values() if member.id not in loaded]
        await self._new_members.run(connection, new)
        # Before the members' own rows: while those stand as they were locked, the entries' foreign key costs less.
        lines = entries_of(islice(happened, progress.lines, None), rulebook_version)
        await self._entries.run(connection, lines)
        kept = progress.members
        left = [member for member in members.values() if kept.get(member.id) is not member]
        await self._keep(connection, left, {**loaded, **kept} if kept else loaded, scopes)

    async def _keep(
        self,
        connection: AsyncConnection,
        members: Iterable[Member],
        stood: Mapping[MemberId, Member],
        scopes: Scopes,
    ) -> None:
        numbers: list[Row] = []
        words: list[Row] = []
        merged: list[Row] = []
        days: list[Row] = []
        awards = AwardRows([], [], [])
        for member in members:
            before = stood.get(member.id)
            if before is not None:
                if rows.words_of(member) != rows.words_of(before):
                    words.append((*rows.numbers_row(member)[:-1], *rows.words_row(member)))
                else:
                    numbers.append(rows.numbers_row(member))
                if member.created_ms != before.created_ms or member.merged_into != before.merged_into:
                    merged.append(rows.merged_row(member))
            days.extend(older_changes(before, member))
            awards.add(before, member, scopes.get(member.id, NO_SCOPES))
        await self._numbers.run(connection, numbers)
        await self._words.run(connection, words)
        await self._merged.run(connection, merged)
        await self._days.run(connection, days)
        await self._new_awards.run(connection, awards.new)
        await self._known_awards.run(connection, awards.known)
        await self._awards.run(connection, awards.unsure)
