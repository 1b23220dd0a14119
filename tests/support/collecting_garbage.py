"""Python's search for garbage, away from what is read once and stays.

A run holds a million objects by the time its tests are collected: modules, schemas, items. Looking through them
again and again took a fifth of the fast storeys' time. So nobody looks while they are made, and afterwards only at
what the tests themselves make (as the server does: `server.processes.worker.collect_rarely`).
"""

import gc

import pytest

_AFTER = (20_000, 20, 20)

gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_AFTER)
    gc.enable()
