"""A member's lines, newest first (`GET /v1/members/{id}/entries`): found by day, and so kept by day (decision 0088).

Every line of a member stands on a day of which the member has a bucket. So the lines of today, whoever's they are,
stand side by side in one index that begins with the day, and no index is scattered over all who were ever here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from server.ids import MemberId
from server.ledger import rows
from server.ledger.bulk import keyed
from server.ledger.ports import Entry

_NEVER: Final = 2**63 - 1
_IN_THE_ROW: Final = {
    "sqlite": "SELECT u.asked, b.value ->> 0 FROM up u, json_each(u.newest_days) b",
    "postgresql": "SELECT u.asked, (b ->> 0)::int FROM up u, LATERAL json_array_elements(u.newest_days::json) b",
}

DATED: Final = {
    dialect: "WITH RECURSIVE up (asked, id, merged_into, newest_days) AS ("
    "SELECT k.id, t.id, t.merged_into, t.newest_days FROM {keys} CROSS JOIN members t WHERE t.id = k.id "
    "UNION SELECT u.asked, m.id, m.merged_into, m.newest_days FROM up u JOIN members m ON m.id = u.merged_into), "
    "named (asked, id) AS (SELECT u.asked, u.id FROM up u WHERE u.merged_into IS NULL "
    "UNION SELECT n.asked, m.id FROM named n JOIN members m ON m.merged_into = n.id), "
    "dated (asked, day) AS (SELECT u.asked, t.day FROM up u CROSS JOIN days t "
    f"WHERE t.member = u.id AND u.merged_into IS NULL UNION {in_the_row} WHERE u.merged_into IS NULL)"
    for dialect, in_the_row in _IN_THE_ROW.items()
}
"""Beginning of a statement by members (`asked`): `named` are all names of whoever each is part of now (X1), `dated` the
days on which there are lines about any of them."""
OF_DAY: Final = (
    "dated d JOIN named n ON n.asked = d.asked CROSS JOIN entries t WHERE t.day = d.day AND t.member = n.id"
)
"""Their lines, as `t`."""


class History:
    """The statement of one dialect, built once."""

    def __init__(self, dialect: str) -> None:
        self._newest = keyed(
            dialect,
            f"{DATED[dialect]}, newest (id) AS (SELECT t.id FROM {OF_DAY} AND t.delta <> 0 AND t.id < {{1}} "
            f"ORDER BY t.id DESC LIMIT {{2}}) SELECT {rows.named(rows.READ_ENTRY, 't')} FROM newest w "
            "CROSS JOIN entries t WHERE t.id = w.id ORDER BY t.id DESC",
            (("id", "text"),),
        )

    async def read(
        self, connection: AsyncConnection, member: MemberId, before: int | None, limit: int
    ) -> Sequence[Entry]:
        """Return at most `limit` lines with id below `before` (None = from the newest), newest first.

        Lines of 0, which only count an award, are left out. Those of the accounts that became part of this member are
        among them, by the name they had (X1).
        """
        found = await self._newest.run(connection, [(member,)], _NEVER if before is None else before, limit)
        return [rows.entry_of(row) for row in found]
