"""The host of `liveroom demo`: starts in rounds what a host starts, over the public HTTP API. DMO4."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass

import httpx2

from loadtest.crowd import now_ms
from loadtest.wire import Json

log = logging.getLogger("host")

ROUND_S = 300.0
"""After a round what is left of it is taken away, and the next begins."""
CLEARED = (("first_n", "first-n"), ("gates", "gates"), ("polls", "polls"))
"""Maps of the room's view, and the path under which their entries are closed. Tasks end by themselves."""


@dataclass(frozen=True, slots=True)
class Press:
    """One button of the host panel."""

    at_s: float
    method: str
    what: str
    body: dict[str, Json]


def evening(start_ms: int, speed: float = 1.0) -> tuple[Press, ...]:
    """Return a round that begins at `start_ms`: enough to see each thing run, never all at once."""
    coat: dict[str, Json] = {"sku": "coat", "title": "羊绒大衣 · 山茶红", "price": 89_900}
    early: dict[str, Json] = {
        **coat,
        "link": "https://shop.example/coat",
        "public_ms": start_ms + int(200_000 / speed),
        "stock": 30,
    }
    question: dict[str, Json] = {
        "question": "下一件想看哪个?",
        "options": ["山茶护手霜", "羊绒围巾", "香薰蜡烛礼盒"],
        "seconds": 75,
    }
    share: dict[str, Json] = {
        "kind": "share",
        "title": "分享直播间得50积分",
        "reward": 50,
        "seconds": 150,
        "budget": 5_000,
    }
    likes: dict[str, Json] = {
        "kind": "like",
        "title": "点赞30次得20积分",
        "target": 30,
        "reward": 20,
        "seconds": 90,
        "budget": 5_000,
    }
    return (
        Press(0.0, "PUT", "spotlight", coat),
        Press(1.0, "PUT", "pinned", {"text": "今晚的羊绒大衣分批开抢，黑钻会员先买 5 分钟"}),
        Press(2.0, "POST", "tasks", share),
        Press(30.0, "POST", "polls", question),
        Press(60.0, "POST", "gates", early),
        Press(90.0, "POST", "first-n", {"title": "前20名下单再送100积分", "n": 20, "points": 100}),
        Press(180.0, "POST", "tasks", likes),
    )


class Host:
    """Presses the buttons until cancelled. What the server does not take is told once and left out."""

    def __init__(self, url: str, key: str, room: str, speed: float) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx2.AsyncClient(base_url=url, headers=headers, timeout=5.0, trust_env=False)
        self._room = f"/v1/rooms/{room}"
        self._speed = speed
        self._told: set[str] = set()
        self.poll: tuple[str, tuple[str, ...]] | None = None
        """The poll that is open, and its options: the crowd votes in it."""

    async def run(self) -> None:
        try:
            while True:
                await self._clear()
                await self._round()
        finally:
            await self._http.aclose()

    async def _round(self) -> None:
        begun = asyncio.get_running_loop().time()
        for press in (*evening(int(now_ms()), self._speed), None):
            at_s = ROUND_S if press is None else press.at_s
            await asyncio.sleep(max(0.0, begun + at_s / self._speed - asyncio.get_running_loop().time()))
            if press is None:
                return
            answer = await self._ask(press.method, f"/{press.what}", press.body)
            if press.what == "polls" and isinstance(answer, dict):
                self.poll = (str(answer["id"]), tuple(_ids(answer["options"])))

    async def _clear(self) -> None:
        """Take away what an earlier round, or an earlier demo on this data, has left in the room."""
        self.poll = None
        snapshot = await self._ask("GET", "/snapshot")
        room = snapshot.get("room") if isinstance(snapshot, dict) else None
        for items, path in CLEARED:
            entries = room.get(items) if isinstance(room, dict) else None
            for one in entries if isinstance(entries, dict) else ():
                await self._ask("DELETE", f"/{path}/{one}")

    async def _ask(self, method: str, path: str, body: Json = None) -> Json:
        try:
            answer = await self._http.request(method, self._room + path, json=body)
        except httpx2.HTTPError:
            return None  # the crowd says that the server is away
        if not answer.is_success:
            why = f"{method} {path.split('/')[1]}: {answer.status_code}"
            if why not in self._told:
                log.warning("%s %s", why, answer.text[:200])
            self._told.add(why)
            return None
        document: Json = answer.json() if answer.content else None
        return document


def _ids(options: Json) -> Iterable[str]:
    return [str(one["id"]) for one in options if isinstance(one, dict)] if isinstance(options, list) else ()
