"""What `verify` asks about the orders that tiers hang on (V3): the lines of `changes` beside what stands.

Each is (what, columns that name the row, computed, kept), as `server.ledger.verify` reads them. A tier that moved to
another ladder hangs on what it hung on before; of two accounts that become one `domain.uniting` says whose tier
stands, so that it is compared again with the next line about it.
"""

from __future__ import annotations

from typing import Final

# The last line about where each tier comes from. Its JSON text names the order, or says null, or nothing.
_LAST: Final = (
    "SELECT c.member, c.kind, c.data FROM changes c JOIN (SELECT member, MAX(id) AS id FROM changes WHERE kind IN "
    "('member_created', 'tier_reached', 'tier_kept', 'tier_dropped', 'merged', 'merged_away') GROUP BY member) l "
    "ON l.id = c.id"
)

# As JSON text says it: an order's id is another system's, and may hold anything that can be printed.
_ORDER: Final = "REPLACE(REPLACE(m.tier_by_order, '\\', '\\\\'), '\"', '\\\"')"

CHECKS: Final = (
    (
        "order behind a tier",
        1,
        "SELECT member, CASE WHEN data LIKE '%\"order\":\"%' THEN 'that of the record' ELSE 'none' END "
        f"FROM ({_LAST}) t WHERE kind <> 'merged'",
        "SELECT m.id, CASE WHEN m.tier_by_order IS NULL THEN 'none' "
        f"WHEN REPLACE(t.data, '\"order\":\"' || {_ORDER} || '\"', '') <> t.data THEN 'that of the record' "
        f"ELSE m.tier_by_order END FROM members m JOIN ({_LAST}) t ON t.member = m.id WHERE t.kind <> 'merged'",
    ),
)
