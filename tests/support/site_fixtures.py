"""Fixtures around one server per module, for the conftest of a storey: starting one costs seconds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.logs import attach_log
from tests.support.shop import Shop
from tests.support.site import Site, a_site, directory_of


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The embedded default, one worker. A module that wants another server defines its own `site`."""
    with a_site(directory_of(request, tmp_path_factory)) as shared:
        yield shared


@pytest.fixture
async def shop(site: Site, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    """A shop on the module's server; what the server logged is shown with a failing test."""
    attach_log(request.node, "liveroom", site.process.log)
    async with site.shop() as connected:
        yield connected


@pytest.fixture
async def room(site: Site, shop: Shop) -> str:
    """A room of the test's own, its show live."""
    name = site.fresh("room")
    await shop.open_room(name)
    return name


@pytest.fixture
def mei(site: Site) -> str:
    """A member nobody has met."""
    return f"member:{site.fresh('mei')}"
