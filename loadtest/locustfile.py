"""Locust's way in: ``locust -f loadtest/locustfile.py --host http://… --api-key-file … --room … [--crowd 100]``.

Headless it ends by itself and prints the figures of the room; --figures FILE keeps them for `loadtest.verdict`. With
Locust's own --processes or --master the room's figures are those of each process alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

import gevent
from locust import LoadTestShape, events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtest.crowd import Crowd, now_ms
from loadtest.crowds import people_at
from loadtest.people import Buyer, Person, ShopServer, Viewer
from loadtest.verdict import report

__all__ = ["Buyer", "Evening", "ShopServer", "Viewer"]

LAG_EVERY_S = 0.05


class Evening(LoadTestShape):
    """People come in during the first quarter and stay (`crowds.people_at`)."""

    def tick(self) -> tuple[int, float] | None:
        assert self.runner is not None
        options = self.runner.environment.parsed_options
        assert options is not None
        ran_s: float = self.get_run_time()  # type: ignore[no-untyped-call]
        return people_at(ran_s, int(options.crowd), float(options.seconds))


def add_options(parser: LocustArgumentParser) -> None:
    group = parser.add_argument_group("live room")
    group.add_argument("--api-key-file", type=Path, help="file whose last line is the shop's API key")
    group.add_argument("--room", default="demo", help="room to visit; its show must be live")
    group.add_argument("--crowd", type=int, default=100, help="people in the room")
    group.add_argument("--seconds", type=float, default=60.0, help="length of the evening")
    group.add_argument("--figures", type=Path, help="file for the room's figures as JSON")


def gather(environment: Environment, **_: object) -> None:
    """Make the crowd before the first person, and watch our own punctuality."""
    options = environment.parsed_options
    if options is None or options.api_key_file is None:
        print(
            "locustfile: --api-key-file is needed (python -m server api-key create --name loadtest)",
            file=sys.stderr,
        )
        raise SystemExit(2)
    key = options.api_key_file.read_text().strip().splitlines()[-1]
    Person.crowd = Crowd(options.room, key)
    gevent.spawn(measure_lag, Person.crowd)


def tell(environment: Environment, **_: object) -> None:
    options = environment.parsed_options
    print(report(Person.crowd.figures), file=sys.stderr)
    if options is not None and options.figures is not None:
        options.figures.write_text(Person.crowd.figures.to_json())


def measure_lag(crowd: Crowd) -> None:
    """Note how late our own timers fire: what this process adds to every latency it measures."""
    while True:
        due = now_ms() + LAG_EVERY_S * 1_000
        gevent.sleep(LAG_EVERY_S)
        crowd.figures.lag_us.add(int((now_ms() - due) * 1_000))


events.init_command_line_parser.add_listener(add_options)  # type: ignore[no-untyped-call]
events.init.add_listener(gather)  # type: ignore[no-untyped-call]
events.quitting.add_listener(tell)  # type: ignore[no-untyped-call]
