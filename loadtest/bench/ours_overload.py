"""Our side of the ladder benchmark: a real node that tells what it measured of itself. BEN21.

    python -m loadtest.bench.ours_overload --redis unix:///…

Nothing is published from here, so that a node which is late does not publish less. Prints ``ready <port>``; at each
``look`` a JSON line: the readings since the last one, each [when (CLOCK_MONOTONIC ns), loop lag ms, slowest fan-out ms,
level], and `liveroom_overload_level` as `/metrics` shows it. Anything else ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import time

import uvloop

from broadcaster.node import Node
from broadcaster.overload import Load
from loadtest.bench.commands import Commands
from loadtest.bench.ours_fanout import serving
from server.metrics import Metrics


class Weighed(Node):
    """A node that keeps its readings."""

    readings: list[tuple[int, float, float, int]]

    def weigh(self, load: Load, at_ms: int) -> None:
        super().weigh(load, at_ms)
        self.readings.append((time.monotonic_ns(), load.lag_ms, load.fanout_ms, int(self.level)))


async def serve(redis: str) -> None:
    Weighed.readings = []
    async with serving(redis, Weighed) as (_, node):
        commands, told = Commands(), asyncio.Event()
        asyncio.get_running_loop().add_reader(commands.fd, told.set)
        while True:
            await told.wait()
            told.clear()
            for words in commands.take() or [[]]:
                if words != ["look"]:
                    return
                readings, node.readings = node.readings, []
                print(json.dumps({"readings": readings, "shown": level_shown(node)}), flush=True)


def level_shown(node: Node) -> float:
    """Return the level as a scraper of this node's metrics reads it."""
    assert isinstance(node.meter, Metrics)
    text = node.meter.exposition().decode()
    line = next(line for line in text.splitlines() if line.startswith("liveroom_overload_level "))
    return float(line.split()[1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtest.bench.ours_overload")
    parser.add_argument("--redis", required=True)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.run(serve(parser.parse_args().redis))


if __name__ == "__main__":
    main()
