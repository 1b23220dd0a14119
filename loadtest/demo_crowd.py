"""The simulated crowd of `liveroom demo`: viewers on real sockets, orders over the public HTTP API. DMO1, DMO3.

    python -m loadtest.demo_crowd --url http://127.0.0.1:8000 --api-key-file FILE [--room demo] [--viewers 40] [--speed 1]

Runs until it is stopped, comes back when the server does, and says only when it lost the server and when it is back.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import httpx2

from loadtest import shop
from loadtest.demo_host import Host
from loadtest.demo_script import Action, Comment, Enter, Like, Order, Script, Share
from loadtest.demo_viewer import DemoViewer
from loadtest.errors import ContractBroken
from loadtest.wire import Json

log = logging.getLogger("crowd")

HTTP_TIMEOUT_S = 5.0


class Shop:
    """The shop's server of the demo: tokens for its customers, orders to the live room."""

    def __init__(self, url: str, key: str, room: str, run: str) -> None:
        self.room = room
        self._source = f"/demo/{run}"
        self._run = run
        self._orders = 0
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx2.AsyncClient(
            base_url=url, headers=headers, timeout=HTTP_TIMEOUT_S, trust_env=False
        )
        self._reachable = True

    async def token(self, member: str, name: str) -> str | None:
        """Get a viewer's token; None when the server is away."""
        answer = await self._post("/v1/tokens", dict(shop.token_request(member, name, self.room)))
        return None if answer is None else shop.token_of(answer)

    async def paid(self, member: str, yuan: int) -> bool:
        """Report a paid order; False when the server is away (a demo lets that order go)."""
        self._orders += 1
        event = shop.paid(self._source, f"{self._run}-{self._orders}", member, yuan, self.room)
        answer = await self._post("/v1/events", [event], shop.BATCH)
        return answer is not None and shop.all_went_through(shop.outcomes(answer, 1))

    async def close(self) -> None:
        await self._http.aclose()

    async def _post(self, path: str, body: Json, content_type: str = "application/json") -> Json:
        try:
            answer = await self._http.post(path, json=body, headers={"Content-Type": content_type})
        except httpx2.HTTPError as error:
            self._heard(False, f"{type(error).__name__} at {path}")
            return None
        self._heard(answer.is_success, f"{answer.status_code} at {path}: {answer.text[:200]}")
        document: Json = answer.json() if answer.is_success else None
        return document

    def _heard(self, good: bool, why_not: str) -> None:
        if good != self._reachable:
            log.warning(
                "the server is back" if good else f"the server does not answer as it should: {why_not}"
            )
            self._reachable = good


class Crowd:
    """People on seats, moved by a script."""

    def __init__(self, url: str, key: str, room: str, viewers: int, speed: float, seed: int) -> None:
        self._run = f"{int(time.time()):x}"
        self._shop = Shop(url, key, room, self._run)
        self._host = Host(url, key, room, speed)
        self._socket_url = f"ws{url.removeprefix('http')}/v1/live"
        self._room = room
        self._script = Script(seed, viewers, speed)
        self._random = Random(seed)
        self._seats: dict[int, DemoViewer] = {}
        self._stays: dict[int, asyncio.Task[None]] = {}
        self._people = 0

    async def run(self) -> None:
        """Play the script for ever; everybody leaves when this is cancelled."""
        started = time.monotonic()
        hosting = asyncio.create_task(self._host.run(), name="host")
        try:
            for at_s, action in self._script:
                await asyncio.sleep(max(0.0, started + at_s - time.monotonic()))
                await self._do(action)
        finally:
            hosting.cancel()
            await asyncio.gather(hosting, return_exceptions=True)
            for stay in self._stays.values():
                stay.cancel()
            await asyncio.gather(*self._stays.values(), return_exceptions=True)
            await self._shop.close()

    async def _do(self, action: Action) -> None:
        if isinstance(action, Enter):
            await self._enter(action)
            return
        viewer = self._seats[action.seat]
        match action:
            case Comment(text=text):
                await viewer.act("comment", {"text": text})
                if self._host.poll is not None:
                    poll, options = self._host.poll
                    await viewer.act("vote", {"poll": poll, "option": self._random.choice(options)})
            case Like(count=count):
                await viewer.act("like", {"count": count})
            case Share():
                await viewer.act("share", {"channel": "wechat"})
            case Order(yuan=yuan):
                try:
                    await self._shop.paid(viewer.member, yuan)
                except ContractBroken as broken:
                    log.warning("an order: %s", broken)

    async def _enter(self, entering: Enter) -> None:
        leaving = self._stays.pop(entering.seat, None)
        if leaving is not None:
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)
        self._people += 1
        member = f"demo-{self._run}-{self._people}"
        viewer = DemoViewer(self._socket_url, self._room, member, entering.name, self._shop, self._random)
        self._seats[entering.seat] = viewer
        self._stays[entering.seat] = asyncio.create_task(viewer.stay(), name=member)


async def play(crowd: Crowd) -> None:
    """Run the crowd until SIGTERM or SIGINT."""
    playing = asyncio.create_task(crowd.run())
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, playing.cancel)
    try:
        await playing
    except asyncio.CancelledError:
        log.info("the crowd goes home")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m loadtest.demo_crowd", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument(
        "--api-key-file", type=Path, required=True, help="its last line is the shop's API key"
    )
    parser.add_argument("--room", default="demo", help="must exist, with a live show")
    parser.add_argument("--viewers", type=int, default=40)
    parser.add_argument("--speed", type=float, default=1.0, help="2 = everything twice as often")
    parser.add_argument("--seed", type=int, help="the same seed plays the same evening")
    options = parser.parse_args(arguments)
    if not 1 <= options.viewers <= 2_000 or not 0.05 <= options.speed <= 20:
        parser.error("--viewers must be 1 to 2000 and --speed 0.05 to 20")
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s", stream=sys.stderr)
    for chatty in ("httpx2", "httpx", "httpcore", "httpcore2", "websockets"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    key = options.api_key_file.read_text().strip().splitlines()[-1]
    seed = int(time.time()) if options.seed is None else options.seed
    asyncio.run(play(Crowd(options.url.rstrip("/"), key, options.room, options.viewers, options.speed, seed)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
