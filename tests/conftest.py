"""What every test gets: the loop we run on, time limits, real servers (see README.md)."""

import asyncio
from collections.abc import Callable

import pytest
import uvloop
from hypothesis import settings

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

# No deadline: two busy cores make any example slow now and then. A failing example prints how to repeat it.
settings.register_profile("liveroom", deadline=None, print_blob=True)
settings.load_profile("liveroom")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop of production. Its name is in brackets behind each async test."""
    return {"uvloop": uvloop.new_event_loop}
