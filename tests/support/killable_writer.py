"""A process that plays `every_command`, in children that are there to be killed.

    python -m tests.support.killable_writer <database-url>

Each line on stdin is a turn: [turn, seed]. A child is forked for it, which says {"child": its process id}; then,
before every batch, its number, and after it the receipts, [[event, outcome, points, growth], …]: each a line of JSON.
When the child is gone the parent says null. Forked, for what is imported once need not be imported for every kill.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from tests.support.every_command import RULES, Script, tell
from tests.support.ledger import on_database


async def play(url: str, turn: int, seed: int) -> None:
    async with on_database(url, RULES) as ledger:
        await ledger.queries.ping()
        for number, batch in enumerate(Script(turn, seed).batches()):
            print(number, flush=True)
            receipts = await tell(ledger, batch)
            said = [[r.event, r.outcome, r.earned.points, r.earned.growth] for r in receipts]
            print(json.dumps(said), flush=True)


def main(url: str) -> None:
    for line in sys.stdin:
        turn, seed = json.loads(line)
        child = os.fork()
        if not child:
            print(json.dumps({"child": os.getpid()}), flush=True)
            asyncio.run(play(url, turn, seed))
            os._exit(0)
        os.waitpid(child, 0)
        print("null", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
