"""Which tests may run beside others: `--lane shared` those that may, `--lane alone` those that judge a time.

Without the option all run. The two lanes together are all tests (`.ci/storeys` runs both), so what the other
lane runs is no deselected test.

In the shared lane the files that take longest come first: a long one begun last would be waited for alone.
"""

from pathlib import Path

import pytest

ALONE = "alone"
SHARED = "shared"
LONG = (
    "fault/test_acknowledged_events.py",
    "fault/test_sql_away.py",
    "journey/test_two_workers.py",
    "fault/broadcaster/test_bus_faults.py",
    "wire/server/test_openapi.py",
    "wire/loadtest/test_bench.py",
    "browser/test_shout_outs.py",
    "browser/test_host_panel.py",
    "fault/test_processes.py",
    "fault/test_every_command.py",
    "fault/test_the_live_room_killed.py",
    "browser/test_taking_part.py",
    "journey/test_the_live_room.py",
    "fault/test_redis_away.py",
    "browser/test_draws.py",
    "wire/server/test_cli.py",
    "browser/test_lost_link.py",
    "law/test_ledger.py",
    "law/test_ledger_with_actors.py",
)
"""Whole files above a dozen seconds or so, the longest first; the others in alphabetical order after them."""
_TESTS = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--lane",
        choices=[SHARED, ALONE],
        help="only the tests that may run beside others, or only those marked `alone`",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "alone: judges a time or a rate, so nothing else may run beside it")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    lane = config.getoption("--lane")
    if lane is not None:
        items[:] = [
            item for item in items if (item.get_closest_marker("alone") is not None) == (lane == ALONE)
        ]
    if lane == SHARED:
        order = {_TESTS / name: place for place, name in enumerate(LONG)}
        items.sort(key=lambda item: order.get(item.path, len(LONG)))  # stable: a file's tests stay together
