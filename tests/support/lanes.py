"""Which tests may run beside others: `--lane shared` those that may, `--lane alone` those that judge a time.

Without the option all run. The two lanes together are all tests (`.ci/storeys` runs both), so what the other
lane runs is no deselected test.
"""

import pytest

ALONE = "alone"
SHARED = "shared"


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
