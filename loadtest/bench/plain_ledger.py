"""What most shops have: every event a transaction of its own, row by row. The peer of the ledger benchmark.

    python -m loadtest.bench.plain_ledger --database-url sqlite:///… | postgresql://… --seconds 2

The same database, equally durable, as many members, and for each event what one of the mix reads and writes on
average in our tables: looked up, decided by nothing, answered, with one entry, three counters, the member's row, a
message to be sent, and for every second one the day's bucket. Prints {"events","seconds","cpu_s","p50_ms","p99_ms"}.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator
from random import Random

import asyncpg

from loadtest.bench.waits import p50_p99_ms

MEMBERS = 20_000
SHOW = "s:bench-show"
NOW_MS = 1_790_000_000_000
"""What time it is changes nothing of what is measured."""
DAY = NOW_MS // 86_400_000

TABLES = (
    "CREATE TABLE plain_events (source TEXT NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, answer TEXT NOT NULL, "
    "PRIMARY KEY (source, id))",
    "CREATE TABLE plain_members (id TEXT PRIMARY KEY, version BIGINT NOT NULL, points BIGINT NOT NULL, "
    "active_ms BIGINT NOT NULL)",
    "CREATE TABLE plain_entries (id {serial}, member TEXT NOT NULL REFERENCES plain_members (id), book TEXT NOT NULL, "
    "delta BIGINT NOT NULL, rule TEXT NOT NULL, event TEXT NOT NULL, at_ms BIGINT NOT NULL)",
    "CREATE INDEX plain_entries_member ON plain_entries (member, id)",
    "CREATE TABLE plain_counters (member TEXT, scope TEXT, rule TEXT, n BIGINT NOT NULL, points BIGINT NOT NULL, "
    "PRIMARY KEY (member, scope, rule))",
    "CREATE TABLE plain_days (member TEXT, day BIGINT, growth BIGINT NOT NULL, PRIMARY KEY (member, day))",
    "CREATE TABLE plain_messages (member TEXT PRIMARY KEY, body TEXT NOT NULL, at_ms BIGINT NOT NULL)",
)
NEW_MEMBER = "INSERT INTO plain_members VALUES ($1, 1, 100, 0)"

# `$1` is PostgreSQL's; SQLite says `?1`.
KNOWN = "SELECT answer FROM plain_events WHERE source = $1 AND id = $2"
MEMBER = "SELECT version, points, active_ms FROM plain_members WHERE id = $1"
COUNTERS = "SELECT scope, rule, n FROM plain_counters WHERE member = $1 AND scope IN ($2, $3, $4)"
EVENT = "INSERT INTO plain_events VALUES ($1, $2, $3, $4)"
ENTRY = "INSERT INTO plain_entries (member, book, delta, rule, event, at_ms) VALUES ($1, $2, $3, $4, $5, $6)"
COUNTER = (
    "INSERT INTO plain_counters VALUES ($1, $2, $3, 1, $4) ON CONFLICT (member, scope, rule) "
    "DO UPDATE SET n = plain_counters.n + 1, points = plain_counters.points + excluded.points"
)
MOVED = "UPDATE plain_members SET version = version + 1, points = points + $2, active_ms = $3 WHERE id = $1"
GROWN = (
    "INSERT INTO plain_days VALUES ($1, $2, $3) ON CONFLICT (member, day) "
    "DO UPDATE SET growth = plain_days.growth + excluded.growth"
)
TOLD = (
    "INSERT INTO plain_messages VALUES ($1, $2, $3) ON CONFLICT (member) "
    "DO UPDATE SET body = excluded.body, at_ms = excluded.at_ms"
)

Step = tuple[str, tuple[str | int, ...]]


def member_of(number: int) -> str:
    return f"m{number:07d}"


def steps(number: int, member: str) -> Iterator[Step]:
    """Return the statements of one event, in order."""
    event, points, scopes = f"e{number}", 5, (f"d{DAY}", SHOW, "total")
    yield KNOWN, ("/bench", event)
    yield MEMBER, (member,)
    yield COUNTERS, (member, *scopes)
    yield EVENT, ("/bench", event, f"digest-{event}", '{"outcome":"applied","points":5,"growth":5}')
    yield ENTRY, (member, "points", points, "watch15", event, NOW_MS)
    for scope in scopes:
        yield COUNTER, (member, scope, "watch15", points)
    yield MOVED, (member, points, NOW_MS)
    if number % 2:
        yield GROWN, (member, DAY, points)
    yield TOLD, (member, f'{{"member":"{member}","points":{100 + points},"held":0}}', NOW_MS)


def on_sqlite(path: str, seconds: float) -> dict[str, float]:
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -65536"):
        database.execute(f"PRAGMA {pragma}")
    for table in TABLES:
        database.execute(table.format(serial="INTEGER PRIMARY KEY"))
    database.execute("BEGIN")
    database.executemany(NEW_MEMBER.replace("$", "?"), ((member_of(n),) for n in range(MEMBERS)))
    database.execute("COMMIT")
    said = {
        sql: sql.replace("$", "?")
        for sql in (KNOWN, MEMBER, COUNTERS, EVENT, ENTRY, COUNTER, MOVED, GROWN, TOLD)
    }
    random = Random(1)
    waits: list[float] = []
    cpu, began, events = time.process_time(), time.monotonic(), 0
    while time.monotonic() < began + seconds:
        asked = time.monotonic()
        database.execute("BEGIN IMMEDIATE")
        for sql, values in steps(events, member_of(random.randrange(MEMBERS))):
            database.execute(said[sql], values).fetchall()
        database.execute("COMMIT")
        events += 1
        waits.append(time.monotonic() - asked)
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    database.close()
    return {"events": events, "seconds": took, "cpu_s": cpu, **p50_p99_ms(waits)}


async def on_postgres(url: str, seconds: float) -> dict[str, float]:
    database = await asyncpg.connect(url)
    for table in TABLES:
        await database.execute(table.format(serial="BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"))
    await database.executemany(NEW_MEMBER, [(member_of(n),) for n in range(MEMBERS)])
    random = Random(1)
    waits: list[float] = []
    cpu, began, events = time.process_time(), time.monotonic(), 0
    while time.monotonic() < began + seconds:
        asked = time.monotonic()
        async with database.transaction():
            for sql, values in steps(events, member_of(random.randrange(MEMBERS))):
                await database.fetch(sql, *values)
        events += 1
        waits.append(time.monotonic() - asked)
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    await database.close()
    return {"events": events, "seconds": took, "cpu_s": cpu, **p50_p99_ms(waits)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtest.bench.plain_ledger")
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    kind, _, path = options.database_url.partition(":///")
    if kind == "sqlite":
        done = on_sqlite(path, options.seconds)
    else:
        done = asyncio.run(on_postgres(options.database_url, options.seconds))
    print(json.dumps(done))


if __name__ == "__main__":
    main()
