"""What `verify` asks about consent and restrictions (X8, L13): the lines of `changes` beside what stands.

Each is (what, columns that name the row, computed, kept), as `server.ledger.verify` reads them. Of a member who took
over another account `decide.merging` says what stays, so that those are compared with nothing; an account that is
part of another has nothing any more.
"""

from __future__ import annotations

from typing import Final

_SURVIVOR: Final = "EXISTS (SELECT 1 FROM changes g WHERE g.member = {} AND g.kind = 'merged')"
_MERGED: Final = (
    "EXISTS (SELECT 1 FROM changes g WHERE g.member = c.member AND g.kind IN ('merged', 'merged_away'))"
)

# The last word on each channel, as ' purpose purpose ': the line has them as JSON text, in order.
_SAID: Final = (
    "SELECT c.member, c.ref AS channel, c.at_ms, "
    "REPLACE(REPLACE(c.data, '{\"purposes\":\"', ' '), '\"}', ' ') AS words "
    "FROM changes c JOIN (SELECT member, ref, MAX(id) AS id FROM changes "
    "WHERE kind IN ('contact_put', 'contact_withdrawn') GROUP BY member, ref) l ON l.id = c.id "
    f"WHERE c.kind = 'contact_put' AND NOT {_MERGED}"
)

# The last word on each room, unless it was over when the member's last word of all was said: then it was let go.
_HELD: Final = (
    "SELECT c.member, (CASE WHEN c.room IS NULL THEN '[null,\"' ELSE '[\"' || c.room || '\",\"' END) "
    "|| c.ref || '\",' || c.amount || ']' AS says "
    "FROM changes c JOIN (SELECT member, room, MAX(id) AS id FROM changes "
    "WHERE kind IN ('restricted', 'restriction_lifted') GROUP BY member, room) l ON l.id = c.id "
    "JOIN (SELECT member, MAX(at_ms) AS at_ms FROM changes "
    "WHERE kind IN ('restricted', 'restriction_lifted') GROUP BY member) e ON e.member = c.member "
    f"WHERE c.kind = 'restricted' AND c.amount > e.at_ms AND NOT {_MERGED}"
)

CHECKS: Final = (
    (
        "contact",
        2,
        f"SELECT s.member, s.channel, s.at_ms, LENGTH(s.words) - LENGTH(REPLACE(s.words, ' ', '')) - 1 FROM ({_SAID}) s",
        "SELECT k.member, k.channel, k.since_ms, SUM(CASE WHEN s.words IS NULL "
        "OR REPLACE(s.words, ' ' || k.purpose || ' ', '') <> s.words THEN 1 ELSE 0 END) FROM contacts k "
        f"LEFT JOIN ({_SAID}) s ON s.member = k.member AND s.channel = k.channel "
        f"WHERE NOT {_SURVIVOR.format('k.member')} GROUP BY k.member, k.channel, k.since_ms",
    ),
    (
        "purposes of a contact",
        2,
        f"SELECT s.member, s.channel, LENGTH(s.words) - LENGTH(REPLACE(s.words, ' ', '')) - 1 FROM ({_SAID}) s",
        "SELECT k.member, k.channel, COUNT(*) FROM contacts k "
        f"WHERE NOT {_SURVIVOR.format('k.member')} GROUP BY k.member, k.channel",
    ),
    (
        "mutes and bans",
        1,
        f"SELECT h.member, COUNT(*), COUNT(*) FROM ({_HELD}) h GROUP BY h.member",
        "SELECT m.id, (LENGTH(m.restrictions) - LENGTH(REPLACE(m.restrictions, '],[', ''))) / 3 + 1, "
        f"(SELECT COUNT(*) FROM ({_HELD}) h WHERE h.member = m.id "
        "AND REPLACE(m.restrictions, h.says, '') <> m.restrictions) FROM members m "
        f"WHERE m.restrictions IS NOT NULL AND NOT {_SURVIVOR.format('m.id')}",
    ),
)
