"""What two accounts that become one mean for the tables (X1): reads them whole, and hands over what one had.

Balances, buckets and counters of the survivor are written by `keeping` as differences, like any other change.
Here stands what hangs on a member as rows of its own, and how a member that was merged leads to another.
Set-based, and last among the statements of its batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.facts import MemberRetired, MembersMerged
from server.domain.state import EVER, AwardCount, DayBucket, Member
from server.ids import MemberId, RuleId
from server.ledger import rows
from server.ledger.batch import Happened
from server.ledger.bulk import Keyed, Row, keyed
from server.ledger.history import DATED, OF_DAY
from server.ledger.in_the_row import newest

HANDED_OVER: Final = (
    "identities",
    "coupons",
    "recent_comments",
    "orders",
    "redemptions",
    "reward_claims",
    "draw_entries",
    "held_awards",
    "task_orders",
    "permits",
    "box_openings",
)
"""Tables whose rows are the survivor's from now on."""
ADDED_UP: Final = ("days", "awards")
"""Tables whose numbers the survivor has by now; what the other had is removed."""
ONE_EACH: Final = {"shouts": "tier", "perks": "perk"}
"""Tables with one row for a member and something, by that: the later one stays."""
BOTH_SIDES: Final = {"gifts": ("giver", "receiver")}
"""Tables about two members, by the columns that name them."""
PLACES: Final = {"first_n_places": "campaign", "votes": "poll"}
"""Tables of places and votes given for good, by what they are of: the survivor's, unless it has one of the same kind already."""
LATER_STAYS: Final = ("contacts",)
"""Tables with one way to be reached for a member and channel: the one that was said later stays (X8)."""
LEFT_ALONE: Final = ("events", "entries", "changes", "outbox", "hook_deliveries")
"""What was said, or is told, about a member by the name it had then."""


_COUNTER: Final = (("member", "text"), ("scope", "text"))


class Merging:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        of_member = (("id", "text"),)
        pair = (("gone", "text"), ("kept", "text"))
        self._links = keyed(
            dialect,
            "WITH RECURSIVE line (id, merged_into) AS (SELECT t.id, t.merged_into FROM {keys} "
            "CROSS JOIN members t WHERE t.id = k.id AND t.merged_into IS NOT NULL UNION SELECT m.id, m.merged_into "
            "FROM line l JOIN members m ON m.id = l.merged_into WHERE m.merged_into IS NOT NULL) "
            "SELECT id, merged_into FROM line",
            of_member,
        )
        self._days = keyed(
            dialect,
            f"SELECT {rows.named(rows.DAY, 't')} FROM {{keys}} CROSS JOIN days t WHERE t.member = k.id "
            "ORDER BY t.member, t.day",
            of_member,
        )
        # By what each line says it counted in: counters are found by scope first, and no more of them are looked for.
        self._counted = keyed(
            dialect,
            f"{DATED[dialect]} SELECT DISTINCT d.asked, t.day, t.show FROM {OF_DAY}",
            of_member,
        )
        self._awards = keyed(
            dialect,
            f"SELECT {rows.named(rows.AWARD, 't')} FROM {{keys}} CROSS JOIN awards t "
            "WHERE t.scope = k.scope AND t.member = k.member",
            _COUNTER,
        )
        self._awards_gone = keyed(
            dialect,
            "DELETE FROM awards WHERE (scope, member) IN (SELECT k.scope, k.member FROM {keys}) RETURNING 1",
            _COUNTER,
        )
        gone, kept = "(SELECT k.gone FROM {keys})", "(SELECT k.kept FROM {keys})"
        self._moves: tuple[Keyed, ...] = (
            *(
                keyed(dialect, f"UPDATE {table} SET member = {kept} WHERE member = {gone} RETURNING 1", pair)
                for table in HANDED_OVER
            ),
            *(
                keyed(dialect, f"UPDATE {table} SET {side} = {kept} WHERE {side} = {gone} RETURNING 1", pair)
                for table, sides in BOTH_SIDES.items()
                for side in sides
            ),
            *(
                keyed(
                    dialect,
                    f"INSERT INTO {table} (member, {of}, at_ms) SELECT k.kept, t.{of}, t.at_ms FROM {{keys}} "
                    f"CROSS JOIN {table} t WHERE t.member = k.gone ON CONFLICT (member, {of}) DO UPDATE SET "
                    f"at_ms = CASE WHEN excluded.at_ms > {table}.at_ms THEN excluded.at_ms "
                    f"ELSE {table}.at_ms END RETURNING 1",
                    pair,
                )
                for table, of in ONE_EACH.items()
            ),
            *(
                keyed(
                    dialect,
                    f"UPDATE {table} SET member = {kept} WHERE member = {gone} AND NOT EXISTS (SELECT 1 "
                    f"FROM {table} o WHERE o.{of} = {table}.{of} AND o.member = {kept}) RETURNING 1",
                    pair,
                )
                for table, of in PLACES.items()
            ),
            *(
                keyed(dialect, sql.format(table=table, gone=gone, kept=kept), pair)
                for table in LATER_STAYS
                for sql in (
                    "DELETE FROM {table} WHERE member = {gone} AND EXISTS (SELECT 1 FROM {table} o "
                    "WHERE o.member = {kept} AND o.channel = {table}.channel "
                    "AND o.since_ms >= {table}.since_ms) RETURNING 1",
                    "DELETE FROM {table} WHERE member = {kept} AND EXISTS (SELECT 1 FROM {table} o "
                    "WHERE o.member = {gone} AND o.channel = {table}.channel) RETURNING 1",
                    "UPDATE {table} SET member = {kept} WHERE member = {gone} RETURNING 1",
                )
            ),
            *(
                keyed(dialect, f"DELETE FROM {table} WHERE member = {gone} RETURNING 1", pair)
                for table in ("days", *ONE_EACH)
            ),
        )

    async def links(
        self, connection: AsyncConnection, members: Iterable[MemberId]
    ) -> dict[MemberId, MemberId]:
        """Return where these members have gone, and those they have gone to, link by link."""
        keys: list[Row] = [(member,) for member in sorted(set(members))]
        if not keys:
            return {}
        found = await self._links.run(connection, keys)
        return {MemberId(row[0]): MemberId(row[1]) for row in found}

    async def whole(self, connection: AsyncConnection, members: Collection[Member]) -> dict[MemberId, Member]:
        """Return these members with every day and every counter they ever had; their rows are locked already."""
        keys: list[Row] = [(member.id,) for member in sorted(members, key=lambda one: one.id)]
        if not keys:
            return {}
        days: dict[str, list[DayBucket]] = {}
        for row in await self._days.run(connection, keys):
            days.setdefault(row[0], []).append(DayBucket(*row[1:]))
        awards = {
            member.id: {key: count for key, count in member.awards.items() if key[0] == EVER}
            for member in members
        }
        counters = await self._counters(connection, keys)
        for row in await self._awards.run(connection, counters) if counters else ():
            awards[row[0]][row[1], RuleId(row[2])] = AwardCount(*row[3:])
        return {
            member.id: replace(
                member, days=(*days.get(member.id, ()), *newest(member.days)), awards=awards[member.id]
            )
            for member in members
        }

    async def _counters(self, connection: AsyncConnection, members: Sequence[Row]) -> list[Row]:
        """Return (member, scope) of every counter of a day or show that these may have."""
        scopes: set[tuple[str, str]] = set()
        for member, day, show in await self._counted.run(connection, members):
            scopes.add((member, f"d{day}"))
            if show is not None:
                scopes.add((member, f"s:{show}"))
        return sorted(scopes)

    async def hand_over(self, connection: AsyncConnection, happened: Sequence[Happened]) -> None:
        """Let everything of a member that was retired be the survivor's."""
        for one in happened:
            for fact in one.facts:
                if isinstance(fact, MembersMerged):  # which knows every counter: it was read whole
                    scopes = {scope for scope, _ in fact.gone.awards if scope != EVER}
                    if scopes:
                        gone: list[Row] = [(fact.gone.id, scope) for scope in sorted(scopes)]
                        await self._awards_gone.run(connection, gone)
                elif isinstance(fact, MemberRetired):
                    for move in self._moves:
                        await move.run(connection, [(fact.member, fact.into)])
