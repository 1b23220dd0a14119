"""``python -m loadtest``: the smoke of `make load`. Exit status 0 passed, 1 failed with reasons, 2 could not be done."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from loadtest import smoke
from loadtest.errors import LoadtestError
from loadtest.server_process import Target
from loadtest.verdict import report


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m loadtest", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["smoke"], default="smoke")
    parser.add_argument("--crowd", type=int, default=101, help="people: one shop server, the others viewers")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument(
        "--url", help="a running server, whose --room has a live show; without it one is started"
    )
    parser.add_argument("--api-key-file", type=Path, help="the shop's key for --url")
    parser.add_argument("--room", default="demo", help="with --url")
    options = parser.parse_args(arguments)
    if options.url and not options.api_key_file:
        parser.error("--url needs --api-key-file")
    if options.crowd < 2 or options.seconds < 10:
        parser.error("--crowd must be at least 2 and --seconds at least 10")
    target = Target(options.url.rstrip("/"), options.api_key_file, options.room) if options.url else None
    try:
        figures, verdict = smoke.run(options.crowd, options.seconds, target)
    except LoadtestError as error:
        print(f"the smoke could not be done: {error}", file=sys.stderr)
        return 2
    print(report(figures))
    for remark in verdict.remarks:
        print(f"note: {remark}")
    for reason in verdict.reasons:
        print(f"failed: {reason}")
    print("PASS" if verdict.passed else "FAIL")
    return 0 if verdict.passed else 1


if __name__ == "__main__":
    sys.exit(main())
