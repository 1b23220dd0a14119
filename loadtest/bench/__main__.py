"""``python -m loadtest.bench [fanout] [join] [ledger] [room] [overload] [--events n] [--flush-ms n] [--curve]
[--at folder] [--viewers n] [--seconds s] [--json]``: the benchmarks of DESIGN §6, one run each beside peers;
``peak [--write folder]``: all that is promised of a full house.

JSON rows on standard output and nothing else there (PROTOCOL §4); without --json a table. Exit status 0, 1 when a goal
is missed by more than 3 times, 2 when a benchmark could not be done.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from loadtest.bench import fanout, join, ladder, ledger, ledger_curve, peak, room
from loadtest.bench.cores import Cores, choose_cores
from loadtest.bench.flushing import REAL_MS
from loadtest.bench.ours import OursFanout, OursServer
from loadtest.bench.peers import NODE_PEERS, Floor, Nchan, NodeWs
from loadtest.bench.rows import Row, as_json, exit_status
from loadtest.bench.table import console, show
from loadtest.errors import LoadtestError
from loadtest.swarm import PORTS_PER_SOURCE


def run_fanout(cores: Cores) -> list[Row]:
    rows = fanout.run([Floor(cores), Nchan(cores), NodeWs(cores), OursFanout(cores)], cores)
    return [*rows, fanout.run_gathered(OursFanout(cores, gathered=True), cores, rows)]


def run_join(cores: Cores) -> list[Row]:
    return join.run([Floor(cores), Nchan(cores), NodeWs(cores), OursServer(cores)], cores)


MOST_FLUSH_MS = 1_000.0
BENCHES: dict[str, Callable[[Cores], list[Row]]] = {
    "fanout": run_fanout,
    "join": run_join,
    "ledger": ledger.run,
    "room": room.run,
}
ON_REQUEST: dict[str, Callable[[Cores], list[Row]]] = {"overload": ladder.run}
"""Three minutes; also a part of `peak`."""


def install_peers() -> int:
    """Install node's `ws` into `var/bench-peers` from the npm registry; nothing else ever installs anything."""
    npm = shutil.which("npm")
    if npm is None:
        print("npm is not installed (apt-get install nodejs npm)", file=sys.stderr)
        return 2
    NODE_PEERS.mkdir(parents=True, exist_ok=True)
    command = [
        npm,
        "install",
        "--prefix",
        str(NODE_PEERS),
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "ws@8",
    ]
    return subprocess.run(command, check=False).returncode


def _many(text: str) -> int:
    number = int(text)
    if not 10 <= number <= PORTS_PER_SOURCE:
        raise argparse.ArgumentTypeError(f"10 to {PORTS_PER_SOURCE}")
    return number


def _milliseconds(text: str) -> float:
    number = float(text)
    if not 0 <= number <= MOST_FLUSH_MS:
        raise argparse.ArgumentTypeError(f"0 to {MOST_FLUSH_MS:g}")
    return number


def run_peak(folder: Path | None, *, as_rows: bool) -> int:
    """Run all that is promised of a full house, show it, and write it down if asked to."""
    rows, broken = peak.run(choose_cores())
    if folder is not None:
        print(f"written: {peak.write(rows, broken, folder)}", file=sys.stderr)
    for why in broken:
        print(why, file=sys.stderr)
    if as_rows:
        print(json.dumps([as_json(row) for row in rows], ensure_ascii=False))
    else:
        show(rows, console())
    return 2 if broken else exit_status(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m loadtest.bench", description=__doc__)
    parser.add_argument(
        "what",
        nargs="*",
        metavar="bench",
        help=f"{', '.join(BENCHES)}; none = all; or overload (3 minutes); or peak (a full house, 11 minutes); or install-peers",
    )
    parser.add_argument("--json", action="store_true", help="rows as JSON on standard output")
    parser.add_argument(
        "--events", type=int, help="ledger: so many of ours, and whether memory stays flat (200000)"
    )
    parser.add_argument(
        "--curve",
        action="store_true",
        help="ledger: an event's cost from 10 000 to 1 000 000 members instead; 10 minutes, 8 GB of disk",
    )
    parser.add_argument(
        "--at",
        type=Path,
        help="ledger --curve: the folder where the loaded ledgers stay, to be measured again in 4 minutes",
    )
    parser.add_argument(
        "--flush-ms",
        type=_milliseconds,
        default=REAL_MS,
        help="ledger: where a flush takes less, once more with flushes that take so long (2); 0 = never",
    )
    parser.add_argument("--viewers", type=_many, default=room.VIEWERS, help="room: so many (5000)")
    parser.add_argument(
        "--seconds", type=float, default=room.SECONDS, help="room: the time in which everybody asks (1)"
    )
    parser.add_argument(
        "--write", type=Path, help="peak: the folder its table and JSON go to (docs/benchmarks)"
    )
    options = parser.parse_args(arguments)
    if options.what == ["install-peers"]:
        return install_peers()
    if options.what == ["peak"]:
        return run_peak(options.write, as_rows=options.json)
    benches = {**BENCHES, **ON_REQUEST}
    unknown = [what for what in options.what if what not in benches]
    if options.at is not None and not options.curve:
        parser.error("--at goes with --curve")
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(benches)}")
    cores = choose_cores()
    benches["ledger"] = partial(ledger.run, events=options.events, flush_ms=options.flush_ms)
    if options.curve:
        benches["ledger"] = partial(ledger_curve.run, at=options.at)
    benches["room"] = partial(room.run, viewers=options.viewers, seconds=options.seconds)
    rows: list[Row] = []
    broken = False
    for name in options.what or BENCHES:
        try:
            rows += benches[name](cores)
        except LoadtestError as error:
            broken = True
            print(f"{name}: {error}", file=sys.stderr)
    if options.json:
        print(json.dumps([as_json(row) for row in rows], ensure_ascii=False))
    else:
        show(rows, console())
    return 2 if broken else exit_status(rows)


if __name__ == "__main__":
    sys.exit(main())
