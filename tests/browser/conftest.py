"""The built pages in a real Chromium, served by a real server; one server per module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.support.logs import attach_words
from tests.support.pages import Pages
from tests.support.site import Site
from tests.support.site_fixtures import mei, room, shop, site

__all__ = ["mei", "pages", "room", "shop", "site"]


@pytest.fixture
async def pages(chromium: Browser, site: Site, request: pytest.FixtureRequest) -> AsyncIterator[Pages]:
    """Opens pages of the module's server; a script error in any of them fails the test."""
    opened = Pages(chromium, site)
    attach_words(request.node, "the pages' consoles", opened.console)
    yield opened
    assert opened.faults == []
