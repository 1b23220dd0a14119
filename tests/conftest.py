"""What every test gets: the loop we run on, time limits, real servers (see README.md)."""

import asyncio
import os
from collections.abc import Callable

import pytest
import uvloop
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.support.collecting_garbage",
    "tests.support.strictness",
    "tests.support.time_limits",
    "tests.support.lanes",
    "tests.support.names_of_the_failed",
    "tests.support.logs",
    "tests.support.redis_server",
    "tests.support.redis_cluster",
    "tests.support.redis_sentinel",
    "tests.support.postgres_server",
    "tests.support.liveroom_process",
    "tests.support.databases",
    "tests.support.browser",
    "tests.support.shop_fixture",
]

# The servers are on this machine: nothing of ours, and no program a test starts, may ask a proxy for them.
for _name in ("http_proxy", "https_proxy", "all_proxy"):
    os.environ.pop(_name, None)
    os.environ.pop(_name.upper(), None)

# No deadline, and nobody minds how slowly examples are made: two busy cores make any example slow now and then. A
# failing example prints how to repeat it. CI draws the same examples each time: a change is judged there, and not by lot;
# at home every run looks elsewhere.
settings.register_profile(
    "liveroom",
    deadline=None,
    print_blob=True,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("liveroom")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop of production. Its name is in brackets behind each async test."""
    return {"uvloop": uvloop.new_event_loop}
