"""One server that the tests of a module share: each takes rooms, members and orders of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.liveroom_process import LiveroomProcess
from tests.support.migrated import put_migrated_ledger
from tests.support.shop import Shop

if TYPE_CHECKING:
    import pytest

PrepareSite = Callable[[LiveroomProcess], None]


class Site:
    """A running server, an API key with every scope, and names nobody else on it has."""

    def __init__(self, process: LiveroomProcess, key: str) -> None:
        self.process = process
        self.key = key
        self._numbers = count(1)

    @property
    def url(self) -> str:
        return self.process.url

    def fresh(self, what: str) -> str:
        """A name like ``room-7`` that was not given out before."""
        return f"{what}-{next(self._numbers)}"

    def shop(self) -> Shop:
        """A shop with a source of its own. `async with site.shop() as shop`."""
        return Shop(self.url, self.key, source=self.fresh("shop"))


@contextmanager
def a_site(directory: Path, *options: str, start: tuple[str, ...] = ()) -> Iterator[Site]:
    """Start a server in `directory`; `options` go to every command on it, `start` only to `serve`."""
    data_dir = directory / "var"
    data_dir.mkdir(parents=True)
    if "--database-url" not in options:
        put_migrated_ledger(data_dir)
    process = LiveroomProcess(data_dir, directory / "liveroom.log", options)
    try:
        process.start(*start)
        yield Site(process, process.api_key())
    finally:
        process.close()


def directory_of(request: pytest.FixtureRequest, factory: pytest.TempPathFactory) -> Path:
    """A fresh folder named like the module that shares the server."""
    return factory.mktemp(request.node.path.stem)
