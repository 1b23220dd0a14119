"""A process that writes to a ledger as fast as it can, and says what became durable.

    python -m tests.support.ledger_writer <database-url> <name> <seed> <batches> <batch size>

Waits for a line on stdin, then applies batches; after each one it prints the receipts of that batch as one line of
JSON, [[event, outcome, points, growth], …]. Ends after `batches` of them.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys

from server.domain.commands import Command
from tests.support.ledger import liked, on_database, paid, refunded, shared

MEMBERS = 9


async def write(url: str, name: str, seed: int, batches: int, size: int) -> None:
    random_ = random.Random(seed)
    async with on_database(url) as ledger:
        await ledger.queries.ping()
        print("ready", flush=True)
        sys.stdin.readline()
        for batch in range(batches):
            commands = [_command(random_, f"{name}.{batch}.{n}") for n in range(random_.randint(1, size))]
            receipts = await ledger.receipts(*commands)
            said = [[r.event, r.outcome, r.earned.points, r.earned.growth] for r in receipts]
            print(json.dumps(said), flush=True)


def _command(random_: random.Random, event: str) -> Command:
    who = f"m{random_.randrange(MEMBERS)}"
    kinds: list[Command] = [
        paid(event, who, f"o{event}", random_.randint(1, 400)),
        refunded(event, who, f"o{random_.randrange(50)}", 1),
        liked(event, who, random_.randint(1, 3)),
        shared(event, who),
    ]
    return random_.choice(kinds)


if __name__ == "__main__":
    url_, name_, seed_, batches_, size_ = sys.argv[1:]
    asyncio.run(write(url_, name_, int(seed_), int(batches_), int(size_)))
