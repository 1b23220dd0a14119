"""The pages people open (PROTOCOL §3): built files with the right headers. 200 without credentials, always."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route

BUILD_COMMAND = "make setup"
_YEAR = "public, max-age=31536000, immutable"
_LOOK_AGAIN = "no-cache"
_EMBED = "live-room-overlay.js"

# Scripts are modules of our own host. Lit puts styles into constructed sheets, but style attributes and <style>
# of the pages need the word. A shop's pictures may come from anywhere that is encrypted.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob: https:",
        "media-src 'self' blob: https:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
_HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
_MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Liveroom</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:38rem;margin:15vh auto;padding:0 1.5rem;color:#222}
code{background:#f2f2f4;border-radius:.3rem;padding:.15rem .4rem}</style>
<h1>The pages are not built yet</h1>
<p>The server runs; its pages come from <code>overlay_web</code> and have to be built once:</p>
<p><code>%s</code></p><p>Then load this page again.</p></html>"""
_NO_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Liveroom</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:38rem;margin:15vh auto;padding:0 1.5rem;color:#222}</style>
<h1>没有这个页面</h1><p><a href="/">看看直播间</a></p>
<div lang="en"><h1>This server has no such page</h1><p><a href="/">See the rooms</a></p></div></html>"""


class Pages:
    """Serves a build of `overlay_web`. Looks at the folder at every request, so a build made later is found."""

    def __init__(self, dist: Path) -> None:
        self._dist = dist

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self._page("index.html"), methods=["GET"]),
            Route("/rooms/{room}", self._page("room.html"), methods=["GET"]),
            Route("/overlay/{room}", self._page("overlay.html"), methods=["GET"]),
            Route("/draws/{draw}", self._page("draw.html"), methods=["GET"]),
            Route("/host/{room}", self._page("host.html"), methods=["GET"]),
            Route("/console", self._page("console.html"), methods=["GET"]),
            Route("/assets/{file:path}", self._asset, methods=["GET"]),
            Route(f"/{_EMBED}", self._embed, methods=["GET"]),
            Route("/favicon.svg", self._icon, methods=["GET"]),
            Route("/favicon.ico", self._icon, methods=["GET"]),
        ]

    def _page(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def page(_request: Request) -> Response:
            file = self._dist / name
            headers = {**_HEADERS, "content-security-policy": _POLICY, "cache-control": _LOOK_AGAIN}
            if file.is_file():
                return FileResponse(file, headers=headers, media_type="text/html; charset=utf-8")
            if (self._dist / "index.html").is_file():
                return HTMLResponse(_NO_PAGE, 404, headers)
            return HTMLResponse(_MISSING % BUILD_COMMAND, 503, headers)

        return page

    async def _asset(self, request: Request) -> Response:
        """A file whose name holds its hash: it never changes under this name."""
        return self._file(self._dist / "assets", str(request.path_params["file"]), {"cache-control": _YEAR})

    async def _embed(self, _request: Request) -> Response:
        """The one module for other people's pages: any origin may load it."""
        return self._file(
            self._dist,
            _EMBED,
            {
                "cache-control": "public, max-age=300",
                "access-control-allow-origin": "*",
                "cross-origin-resource-policy": "cross-origin",
            },
        )

    async def _icon(self, _request: Request) -> Response:
        return self._file(self._dist, "favicon.svg", {"cache-control": "public, max-age=3600"})

    def _file(self, folder: Path, name: str, headers: Mapping[str, str]) -> Response:
        file = (folder / name).resolve()
        if not file.is_relative_to(folder.resolve()) or not file.is_file():
            # A program asks for a file, no person: the application says so in the form of all its errors.
            raise HTTPException(404, headers=dict(_HEADERS))
        return FileResponse(file, headers={**_HEADERS, **headers})
