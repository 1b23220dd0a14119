"""A ledger that has been in use for years, written by the database itself: members, and lines that add up.

    python -m loadtest.bench.filled_ledger --database-url … [--members 20000] [--lines 2]

Every member has `lines` entries of an award a hundred days ago, with the counters and balances that follow from them
(`verify-ledger` finds nothing), and none of today's.
"""

from __future__ import annotations

import argparse
import asyncio

import asyncpg
from sqlalchemy import text

from server.clock import SystemClock
from server.domain.days import DAY_MS
from server.ids import MemberId
from server.ledger import migrating
from server.ledger.engines import Engines

POINTS = 50
"""Of one line."""
AT_ONCE = 50_000
"""Members per transaction: a log of SQLite's that holds more is slow to read back."""
_AGO_DAYS = 100
_NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) ",
    "postgresql": "WITH n(i) AS (SELECT generate_series({first}, {last})) ",
}
_LINES = {
    "sqlite": "(WITH RECURSIVE l(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM l WHERE j < {lines}) SELECT j FROM l)",
    "postgresql": "(SELECT generate_series(1, {lines}) AS j) AS",
}
_ID = {"sqlite": "printf('m%07d', i)", "postgresql": "'m' || lpad(i::text, 7, '0')"}
# Members first: everything else names them. In the order of their keys, which is how indexes grow fastest.
_TABLES = (
    "INSERT INTO members (id, author, name, name_as_of_ms, created_ms, version, tier, tier_since_ms, announce_optout, "
    "points, held, last_act_ms, last_watch_award_ms, last_watch10_award_ms, last_active_ms) {n} SELECT {id}, "
    "'a' || {id}, '会员', 0, {ago}, 1, 'basic', {ago}, false, {points}, 0, 0, 0, 0, {ago} FROM n",
    "INSERT INTO events (source, event, digest, received_ms, member, outcome) {n} "
    "SELECT '/filled', {id}, 'digest', {ago}, {id}, 'applied' FROM n",
    "INSERT INTO changes (kind, member, ref, data, source, event, at_ms, rulebook_version, actor) {n} "
    "SELECT 'member_created', {id}, 'basic', '{{}}', '/filled', {id}, {ago}, 1, '' FROM n",
    "INSERT INTO entries (member, book, delta, rule, awards, behaviour, taken_back, source, event, day, at_ms, "
    "rulebook_version, actor) {n} SELECT {id}, 'points', {each}, 'watch15', 1, false, false, '/filled', {id}, {day}, "
    "{ago}, 1, '' FROM n CROSS JOIN {l} l",
    "INSERT INTO awards (member, scope, rule, n, points, growth) {n} "
    "SELECT {id}, 'd{day}', 'watch15', {lines}, {points}, 0 FROM n",
    # What grows once somebody has come grew here, too: pages without a byte to spare would be divided by every first act.
    "UPDATE members SET newest_days = '[[{day},0,0,0]]', ever = 'watch15:{lines}' WHERE id BETWEEN {from} AND {to}",
)


def member_id(number: int) -> MemberId:
    """Return the member `number`, from 0."""
    return MemberId(f"m{number:07d}")


async def fill(engines: Engines, members: int, lines: int, now_ms: int) -> None:
    """Write them into an empty ledger. `engines` must be patient; on PostgreSQL its user a superuser."""
    ago = now_ms - _AGO_DAYS * DAY_MS
    dialect = engines.dialect
    for first in range(0, members, AT_ONCE):
        numbers = {"first": first, "last": min(first + AT_ONCE, members) - 1}
        values = {
            "n": _NUMBERS[dialect].format(**numbers),
            "l": _LINES[dialect].format(lines=lines),
            "id": _ID[dialect],
            "from": f"'{member_id(first)}'",
            "to": f"'{member_id(numbers['last'])}'",
            "ago": ago,
            "day": ago // DAY_MS,
            "each": POINTS,
            "points": POINTS * lines,
            "lines": lines,
        }
        async with engines.write() as connection:
            if dialect == "postgresql":  # who writes the members here need not look for them at each line
                await connection.execute(text("SET LOCAL session_replication_role = replica"))
            for table in _TABLES:
                await connection.exec_driver_sql(table.format(**values))
    async with engines.write() as connection:
        await connection.execute(text("ANALYZE"))


async def make(url: str, members: int, lines: int) -> None:
    """Make the tables in an empty database, and fill them."""
    engines = Engines(url, patient=True)
    try:
        await migrating.upgrade(engines)
        await fill(engines, members, lines, SystemClock().now_ms())
    finally:
        await engines.close()
    if url.startswith("postgresql"):
        await _settle(url)


async def _settle(url: str) -> None:
    """Do what PostgreSQL would do by itself soon after: else whoever reads a row first also tidies it up."""
    connection = await asyncpg.connect(url.replace("+asyncpg", "", 1))
    try:
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtest.bench.filled_ledger")
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--members", type=int, default=20_000)
    parser.add_argument("--lines", type=int, default=2, help="entries of each member")
    given = parser.parse_args()
    asyncio.run(make(given.database_url, given.members, given.lines))


if __name__ == "__main__":
    main()
