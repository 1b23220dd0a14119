"""A shop lays the layer over its own player with one script tag, from another origin."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.async_api import expect

from tests.support.pages import Pages, stand_still
from tests.support.shop import Shop
from tests.support.site import Site, a_site, directory_of

PAGE = """<!doctype html><meta charset="utf-8"><title>Shop</title>
<style>.player {{ position: relative; width: 800px; height: 600px; background: #345; }}
live-room-overlay {{ position: absolute; inset: 0; }}</style>
<script type="module" src="{server}/live-room-overlay.js"></script>
<div class="player">
<live-room-overlay server="{server}" room="{room}" token="{token}" lang="en"></live-room-overlay></div>"""


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what is asked for is not what is tested."""


class OtherSite:
    """Somebody else's web server: another port is another origin."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _other_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherSite]:
    other = OtherSite(tmp_path_factory.mktemp("shop"))
    yield other
    other.close()


friend = pytest.fixture(scope="module")(_other_site)
stranger = pytest.fixture(scope="module")(_other_site)


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, friend: OtherSite
) -> Iterator[Site]:
    with a_site(directory_of(request, tmp_path_factory), "--origins", friend.origin) as shared:
        yield shared


async def test_X1_R10_the_element_works_in_pages_of_named_origins_and_no_others(
    pages: Pages, site: Site, shop: Shop, room: str, mei: str, friend: OtherSite, stranger: OtherSite
) -> None:
    token = await shop.token(mei, rooms=[room], name="Mei")
    for other in (friend, stranger):
        (other.folder / "index.html").write_text(PAGE.format(server=site.url, room=room, token=token))
    page = await (await pages.context(can_stand_still=True)).new_page()
    await page.goto(friend.origin)
    await expect(page.locator("live-room-overlay .tier").first).to_have_text("Basic")
    await stand_still(page)
    await shop.post_events(shop.order(mei, 300, order=site.fresh("o"), room=room))
    await page.locator("lro-shout-banner .banner").wait_for()
    inside = await page.locator("live-room-overlay").bounding_box()
    banner = await page.locator("lro-shout-banner .banner").bounding_box()
    assert inside is not None
    assert banner is not None
    assert inside["x"] <= banner["x"] <= banner["x"] + banner["width"] <= inside["x"] + inside["width"]

    elsewhere = await (await pages.context()).new_page()
    refusals: list[str] = []
    elsewhere.on("websocket", lambda one: one.on("socketerror", lambda error: refusals.append(error)))
    await elsewhere.goto(stranger.origin)
    await expect(elsewhere.locator("live-room-overlay")).to_have_count(1)
    while not refusals:
        await elsewhere.wait_for_timeout(10)  # lets Playwright hand over what its browser has seen
    assert "403" in refusals[0]
    assert await elsewhere.locator("live-room-overlay .tier").count() == 0
