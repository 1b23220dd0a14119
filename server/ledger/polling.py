"""Reads and writes polls and votes (L8). A member's vote changes under the member's row lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.facts import Fact, VoteCast
from server.domain.polls import counter
from server.domain.world import World
from server.ids import MemberId, PollId
from server.ledger.batch import Asked, Happened
from server.ledger.budget_rows import BudgetRows
from server.ledger.bulk import Row, insert, keyed, upsert
from server.ledger.packing import packed
from server.ledger.poll_tables import polls, votes

POLL = ("id", "room", "question", "options", "ends_ms", "state")
VOTE = ("poll", "member", "choice", "at_ms")


class PollStatements:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        self._voted = keyed(
            dialect,
            "SELECT t.poll, t.member FROM {keys} CROSS JOIN votes t "
            "WHERE t.poll = k.poll AND t.member = k.member",
            (("poll", "text"), ("member", "text")),
        )
        self._counters = BudgetRows(dialect)
        self._polls = upsert(dialect, polls, POLL)
        self._votes = insert(dialect, votes, VOTE)

    async def fill(self, connection: AsyncConnection, world: World, asked: Sequence[Asked]) -> None:
        """Read who of those that vote has voted before; their members are locked already."""
        keys: list[Row] = sorted({vote for one in asked for vote in one.needs.votes})
        if keys:
            found = await self._voted.run(connection, keys)
            world.voted.update((row[0], MemberId(row[1])) for row in found)

    async def recounted(self, connection: AsyncConnection, happened: list[Happened]) -> list[Happened]:
        """Return what happened, the tally of each vote beginning with what its poll's counters stand at now."""
        told = [fact for one in happened for fact in one.facts if type(fact) is VoteCast and fact.tally]
        if not told:
            return happened
        names = {counter(PollId(fact.poll), option) for fact in told for option, _ in fact.tally}
        stands = await self._counters.spent(connection, names)

        def now(fact: Fact) -> Fact:
            if type(fact) is not VoteCast or not fact.tally:
                return fact
            poll = PollId(fact.poll)
            mine = counter(poll, fact.option)
            stands[mine] = stands.get(mine, 0) + 1
            tally = tuple((option, stands.get(counter(poll, option), 0)) for option, _ in fact.tally)
            return replace(fact, tally=tally)

        return [replace(one, facts=tuple(map(now, one.facts))) for one in happened]

    async def keep(self, connection: AsyncConnection, world: World, happened: Sequence[Happened]) -> None:
        touched: list[Row] = [
            (poll.id, poll.room, poll.question, packed(poll.options), poll.ends_ms, poll.state)
            for _, poll in sorted(world.touched_polls.items())
        ]
        await self._polls.run(connection, touched)
        cast: list[Row] = [
            (fact.ballot, fact.member, fact.option, fact.at_ms)
            for one in happened
            for fact in one.facts
            if isinstance(fact, VoteCast)
        ]
        await self._votes.run(connection, cast)
