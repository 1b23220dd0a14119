"""What most shops have: every event a transaction of its own, row by row. The peer of the ledger benchmark.

    python -m loadtest.bench.plain_ledger --database-url sqlite:///… | postgresql://… --seconds 2

The same database, equally durable, and the least such a ledger writes: the event's id (unique), two entries, one
balance, one counter; no rules, no batches. Prints {"events","seconds","cpu_s","p50_ms","p99_ms"}.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import time

import asyncpg

from loadtest.bench.waits import p50_p99_ms

TABLES = (
    "CREATE TABLE plain_events (source TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (source, id))",
    "CREATE TABLE plain_entries (id {serial}, member TEXT NOT NULL, book TEXT NOT NULL, delta BIGINT NOT NULL, event TEXT NOT NULL)",
    "CREATE TABLE plain_balances (member TEXT PRIMARY KEY, points BIGINT NOT NULL, growth BIGINT NOT NULL)",
    "CREATE TABLE plain_counters (name TEXT PRIMARY KEY, n BIGINT NOT NULL)",
)
MEMBERS = 2_000


def on_sqlite(path: str, seconds: float) -> dict[str, float]:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    for table in TABLES:
        database.execute(table.format(serial="INTEGER PRIMARY KEY"))
    cpu, began, events = time.process_time(), time.monotonic(), 0
    waits: list[float] = []
    while time.monotonic() < began + seconds:
        member, event, asked = f"m{events % MEMBERS}", f"e{events}", time.monotonic()
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO plain_events VALUES ('/bench', ?, ?)", (event, "x" * 200))
        for book in ("points", "growth"):
            database.execute(
                "INSERT INTO plain_entries (member, book, delta, event) VALUES (?, ?, ?, ?)",
                (member, book, 100, event),
            )
        database.execute(
            "INSERT INTO plain_balances VALUES (?, 100, 100) ON CONFLICT (member) "
            "DO UPDATE SET points = points + 100, growth = growth + 100",
            (member,),
        )
        database.execute(
            "INSERT INTO plain_counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET n = n + 1", (member,)
        )
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
    cpu, began, events = time.process_time(), time.monotonic(), 0
    waits: list[float] = []
    while time.monotonic() < began + seconds:
        member, event, asked = f"m{events % MEMBERS}", f"e{events}", time.monotonic()
        async with database.transaction():
            await database.execute("INSERT INTO plain_events VALUES ('/bench', $1, $2)", event, "x" * 200)
            for book in ("points", "growth"):
                await database.execute(
                    "INSERT INTO plain_entries (member, book, delta, event) VALUES ($1, $2, $3, $4)",
                    *(member, book, 100, event),
                )
            await database.execute(
                "INSERT INTO plain_balances VALUES ($1, 100, 100) ON CONFLICT (member) DO UPDATE SET "
                "points = plain_balances.points + 100, growth = plain_balances.growth + 100",
                member,
            )
            await database.execute(
                "INSERT INTO plain_counters VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET n = plain_counters.n + 1",
                member,
            )
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
