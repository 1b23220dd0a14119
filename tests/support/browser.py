"""A real Chromium for tests, and pictures of what it shows."""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from tests.support.liveroom_process import CHECKOUT
from tests.support.programs import chromium_program

# Waits end when what is waited for is there; the rest is for slow machines.
expect.set_options(timeout=60_000)
ARTEFACTS = CHECKOUT / "tests" / "artefacts"
WIDE: ViewportSize = {"width": 1920, "height": 1080}
TALL: ViewportSize = {"width": 1080, "height": 1920}
PHONE: ViewportSize = {"width": 390, "height": 844}
ZOOMED: ViewportSize = {"width": 195, "height": 422}
"""The same phone at 200 % (WCAG 1.4.10)."""
# No sandbox: tests run as root in containers. The rest keeps the browser from calling home.
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@pytest_asyncio.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A headless Chromium of the test's own. `await chromium.new_page(viewport=WIDE)`."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_program(), args=_FLAGS)
        yield browser
        await browser.close()


class Pictures:
    """Screenshots of one test, kept in `tests/artefacts/<test>/` for people to look at."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def take(self, page: Page, name: str) -> Path:
        """Save what `page` shows as `<name>.png`; a transparent page stays transparent."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.png"
        await page.screenshot(path=path, omit_background=True)
        return path


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Pictures:
    """Where this test's screenshots go; those of an earlier run are removed."""
    folder = ARTEFACTS / re.sub(r"[^\w.-]+", "_", request.node.name)
    shutil.rmtree(folder, ignore_errors=True)
    return Pictures(folder)
