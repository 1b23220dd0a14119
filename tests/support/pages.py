"""Opening the product's pages as people do, and looking at what they show."""

from __future__ import annotations

import json
import time
from typing import Any

import msgpack
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, WebSocket

from tests.support.browser import WIDE
from tests.support.site import Site

MOVING: dict[str, Any] = {"reduced_motion": "no-preference"}
"""For tests of what moves."""

_PATIENCE_MS = 60_000

# Every animation in the page, in all shadow trees, that is not over.
_RUNNING = """() => {
    const roots = [document];
    for (const root of roots)
        for (const element of root.querySelectorAll("*"))
            if (element.shadowRoot) roots.push(element.shadowRoot);
    const all = new Set(roots.flatMap((root) => root.getAnimations()));
    return [...all].filter((one) => one.playState === "running").map((one) => ({
        name: one.animationName ?? one.transitionProperty ?? "script",
        on: one.effect.target.localName + "." + one.effect.target.className,
        ms: Number(one.effect.getComputedTiming().activeDuration),
    }));
}"""


class Pages:
    """Each page is a browser of its own (own storage), so that two viewers are two people."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self._browser = browser
        self._site = site
        self._console_lines: list[str] = []
        self.faults: list[str] = []

    async def context(
        self, size: ViewportSize = WIDE, *, can_stand_still: bool = False, **options: Any
    ) -> BrowserContext:
        """Somebody's own browser. Less motion is wanted unless the test says `**MOVING`: the stand-in for the shop's
        video is painted by the processor here, and three of them leave no time for what is tested.
        `can_stand_still`: its pages may be given to `stand_still`."""
        context = await self._browser.new_context(viewport=size, **{"reduced_motion": "reduce", **options})
        context.set_default_timeout(_PATIENCE_MS)
        if can_stand_still:
            await context.clock.install()
        context.on("page", self._watch)
        return context

    async def viewer(
        self,
        room: str,
        token: str | None = None,
        *,
        lang: str = "zh-CN",
        size: ViewportSize = WIDE,
        context: BrowserContext | None = None,
        **options: Any,
    ) -> Page:
        """Open `/rooms/{room}` and return when it shows the room."""
        page = await (context or await self.context(size, **options)).new_page()
        fragment = "" if token is None else f"#token={token}"
        await page.goto(f"{self._site.url}/rooms/{room}?lang={lang}{fragment}")
        await page.locator("lro-room-header h1").wait_for()
        return page

    def console(self) -> str:
        """What all pages wrote to their consoles, and what went wrong with them."""
        return "\n".join(self._console_lines)

    async def overlay(
        self, room: str, *, lang: str = "zh-CN", size: ViewportSize = WIDE, more: str = "", **options: Any
    ) -> Page:
        """Open `/overlay/{room}` and return when it has been welcomed."""
        page = await (await self.context(size, **options)).new_page()
        heard = Heard(page)
        await page.goto(f"{self._site.url}/overlay/{room}?lang={lang}{more}")
        await heard.until(page, "welcome")
        return page

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._fault(page, str(error)))
        page.on("crash", lambda _: self._fault(page, "the page has crashed"))
        page.on("console", lambda message: self._console(page, message))
        page.on("requestfailed", lambda request: self._said(page, f"failed: {request.url} {request.failure}"))

    def _console(self, page: Page, message: ConsoleMessage) -> None:
        self._said(page, f"{message.type}: {message.text}")
        # A lost network is told there too, and is no fault of the page.
        if message.type == "error" and "Content Security Policy" in message.text:
            self._fault(page, message.text)

    def _fault(self, page: Page, what: str) -> None:
        self.faults.append(f"{page.url}: {what}")
        self._said(page, what)

    def _said(self, page: Page, what: str) -> None:
        self._console_lines.append(f"{time.strftime('%H:%M:%S')} {page.url}: {what}")


async def stand_still(*pages: Page) -> None:
    """From here on no timer of these pages goes off: what they show next stays, however slow this machine is.

    Their contexts were made with `can_stand_still`. The jump ahead is for the time it takes to say so, and too short
    for a page to miss a beacon of the server's.
    """
    for page in pages:
        now_ms: float = await page.evaluate("Date.now()")
        await page.clock.pause_at(now_ms / 1_000 + 10)


class Heard:
    """Everything that goes over a page's live sockets, decoded. Make it before the page is opened."""

    def __init__(self, page: Page) -> None:
        self.frames: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: self.frames.extend(_read(payload)))
        socket.on("framesent", lambda payload: self.sent.append(_read(payload)))

    def of(self, frame_type: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == frame_type]

    async def until_painted(self, page: Page, what: str) -> set[str]:
        """Return all that the page has said it painted, when this is among it: it says so once a second."""
        while True:
            said = {one for message in self.sent if message["type"] == "seen" for one in message["ids"]}
            if what in said:
                return said
            await page.wait_for_timeout(10)

    async def until(self, page: Page, frame_type: str) -> None:
        """Return when a frame of this type has come."""
        while not self.of(frame_type):
            await page.wait_for_timeout(10)  # lets Playwright hand over what its browser has seen


def _read(payload: bytes | str) -> Any:
    return json.loads(payload) if isinstance(payload, str) else msgpack.unpackb(payload)


async def animations(page: Page) -> list[dict[str, Any]]:
    """What moves in the page now: name, element, milliseconds it lasts."""
    found: list[dict[str, Any]] = await page.evaluate(_RUNNING)
    return found


async def moves(page: Page) -> None:
    """Return when something in the page moves."""
    await page.wait_for_function(f"() => ({_RUNNING})().length > 0")


async def words(page: Page, selector: str) -> str:
    """The text somebody reads there, with single spaces."""
    return " ".join((await page.locator(selector).first.inner_text()).split())
