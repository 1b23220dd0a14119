"""Reads members whole, set-based: one statement per table, constant work per member and recent day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from server.domain.folding import REPEAT_MS, award_key
from server.domain.state import EVER, AwardCount, DayBucket, Member, RecentComment
from server.ids import MemberId, TierId
from server.ledger import rows
from server.ledger.bulk import Found, Row, keyed
from server.ledger.errors import MemberMerged
from server.ledger.extent import Scopes, Since
from server.ledger.remembering import Remembered

_ID = rows.MEMBER.index("id")
_IN_THE_ROW = frozenset((EVER,))
_FOUND = "FROM {keys} CROSS JOIN members t WHERE t.id = k.id ORDER BY t.id"


class MemberLoading:
    """The statements of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        of_member = (("id", "text"),)
        lock = " FOR UPDATE OF t" if dialect == "postgresql" else ""
        self._lock = keyed(dialect, f"SELECT t.id, t.version, t.merged_into {_FOUND}{lock}", of_member)
        self._members = keyed(dialect, f"SELECT {rows.named(rows.MEMBER, 't')} {_FOUND}", of_member)
        self._days = keyed(
            dialect,
            f"SELECT {rows.named(rows.DAY, 't')} FROM {{keys}} CROSS JOIN days t "
            "WHERE t.member = k.id AND t.day >= {1} ORDER BY t.member, t.day",
            of_member,
        )
        self._awards = keyed(
            dialect,
            f"SELECT {rows.named(rows.AWARD, 't')} FROM {{keys}} CROSS JOIN awards t "
            "WHERE t.member = k.member AND t.scope = k.scope",
            (("member", "text"), ("scope", "text")),
        )
        self._coupons = keyed(
            dialect,
            f"SELECT {rows.named(rows.COUPON, 't')} FROM {{keys}} CROSS JOIN coupons t "
            "WHERE t.member = k.id AND t.expires_ms > {1} AND t.used_by IS NULL ORDER BY t.granted_ms, t.id",
            of_member,
        )
        # One statement for both: few members have either.
        self._shouts_and_perks = keyed(
            dialect,
            f"SELECT {rows.named(rows.SHOUT, 't')}, 1 FROM {{keys}} CROSS JOIN shouts t WHERE t.member = k.id "
            f"UNION ALL SELECT {rows.named(rows.PERK, 't')}, 0 FROM {{keys}} CROSS JOIN perks t "
            "WHERE t.member = k.id",
            of_member,
        )
        # The sum keeps PostgreSQL from the indexes by time (see `bulk.keyed`).
        self._comments = keyed(
            dialect,
            f"SELECT {rows.named(rows.COMMENT, 't')} FROM {{keys}} CROSS JOIN recent_comments t "
            "WHERE t.member = k.id AND t.at_ms + 0 > {1} ORDER BY t.id",
            of_member,
        )

    async def read(
        self,
        connection: AsyncConnection,
        members: Collection[MemberId],
        scopes: Scopes,
        since: Since,
        remembered: Remembered | None = None,
    ) -> dict[MemberId, Member]:
        """Return those that exist, with the counters of `scopes`.

        With `remembered` their rows are locked in id order, and what it still knows is not read again. Raises
        `MemberMerged` then for those that are part of others by now (X1).
        """
        if not members:
            return {}
        keys: list[Row] = [(member,) for member in sorted(members)]
        if remembered is None:
            return await self._whole(connection, keys, scopes, since)
        recalled: dict[MemberId, Member] = {}
        unknown: list[Row] = []
        # Only the version of each: a whole row is as dear to fetch as to write, and most are known already.
        merged: set[MemberId] = set()
        for id_, version, into in await self._lock.run(connection, keys):
            if into is not None:
                merged.add(id_)
                continue
            known = remembered.recall(id_, version, since, scopes[id_])
            if known is None:
                unknown.append((id_,))
            else:
                recalled[known.id] = known
        if merged:
            raise MemberMerged(frozenset(merged))
        if unknown:
            recalled |= await self._whole(connection, unknown, scopes, since)
        return recalled

    async def _whole(
        self, connection: AsyncConnection, wanted: Sequence[Row], scopes: Scopes, since: Since
    ) -> dict[MemberId, Member]:
        """Read the rows of these members with what hangs on them, and put them together."""
        found = await self._members.run(connection, wanted)
        if not found:
            return {}
        keys: list[Row] = [(row[_ID],) for row in found]
        counters: list[Row] = [
            (row[_ID], scope) for row in found for scope in sorted(scopes[row[_ID]] - _IN_THE_ROW)
        ]
        days = _by_member(await self._days.run(connection, keys, since.day))
        awards = _by_member(await self._awards.run(connection, counters)) if counters else {}
        coupons = _by_member(await self._coupons.run(connection, keys, since.at_ms), at=1)
        once = _by_member(await self._shouts_and_perks.run(connection, keys))
        comments = _by_member(await self._comments.run(connection, keys, since.at_ms - REPEAT_MS))
        nothing: Sequence[Found] = ()
        return {
            MemberId(row[_ID]): rows.member_of(
                row,
                tuple(DayBucket(*day[1:]) for day in days.get(row[_ID], nothing)),
                {
                    award_key(award[1], award[2]): AwardCount(*award[3:])
                    for award in awards.get(row[_ID], nothing)
                },
                tuple(rows.coupon_of(coupon) for coupon in coupons.get(row[_ID], nothing)),
                {TierId(shout[1]): shout[2] for shout in once.get(row[_ID], nothing) if shout[3]},
                {perk[1]: perk[2] for perk in once.get(row[_ID], nothing) if not perk[3]},
                tuple(
                    RecentComment(comment[2], comment[4], bool(comment[3]))
                    for comment in comments.get(row[_ID], nothing)
                ),
            )
            for row in found
        }


def _by_member(found: Iterable[Found], at: int = 0) -> dict[str, list[Found]]:
    """Group rows by the member that stands at `at`, their order kept."""
    grouped: dict[str, list[Found]] = {}
    for row in found:
        grouped.setdefault(row[at], []).append(row)
    return grouped
