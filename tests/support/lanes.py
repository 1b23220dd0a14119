"""Which tests may run beside others: `--lane shared` those that may, `--lane alone` those that judge a time.

Without the option all run. The two lanes together are all tests (`.ci/storeys` runs both), so what the other
lane runs is no deselected test.

In the shared lane the files that take longest come first: a long one begun last would be waited for alone. After
them the files that start real processes, which wait most of their time, stand among those that only reckon: so there
is always somebody who has a use for the cores.
"""

from collections.abc import Sequence
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
"""Whole files above a dozen seconds or so, the longest first."""
WAITING = ("wire", "journey", "browser", "fault")
"""The storeys of real processes."""
_LAST_WAITING = 0.9
"""The last of them begins before the last tenth of the others: at the end all workers are done within a moment."""
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
        place = places(list(dict.fromkeys(item.path for item in items)))
        items.sort(key=lambda item: place[item.path])  # stable: a file's tests stay together


def places(files: Sequence[Path]) -> dict[Path, float]:
    """Return where in the shared lane each of `files` comes: the long ones below 0, the others from 0 to 1."""
    long = [_TESTS / name for name in LONG]
    found = {file: float(long.index(file) - len(long)) for file in files if file in long}
    others = [file for file in files if file not in found]
    waiting = [
        file for file in others if _TESTS in file.parents and file.relative_to(_TESTS).parts[0] in WAITING
    ]
    reckoning = [file for file in others if file not in waiting]
    found |= {file: _LAST_WAITING * number / len(waiting) for number, file in enumerate(waiting)}
    return found | {file: number / len(reckoning) for number, file in enumerate(reckoning)}
