"""An operator stops the server in the middle of a show: everybody is told, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import httpx2
from websockets.exceptions import ConnectionClosed

from tests.support.live import Frame, NothingCame, Viewer
from tests.support.liveroom_process import StartLiveroom
from tests.support.shop import Json, Shop

PEOPLE = 8


async def _sells(shop: Shop, sent: dict[str, Json], acknowledged: dict[str, Json]) -> None:
    """Post orders one after another until nobody answers any more."""
    number = 0
    while True:
        number += 1
        order = shop.order(
            f"member:buyer{number % PEOPLE}", 7, order=f"o{number}", id_=f"e{number}", room="r1"
        )
        sent[order["id"]] = order
        try:
            [acknowledged[order["id"]]] = await shop.post_events(order)
        except httpx2.TransportError:
            return


def _says(who: int, number: int) -> str:
    """What nobody else says: the same words of many would be a wave and earn nothing (E9)."""
    return f"观众{who}的第{number}句话"


async def _chats(viewer: Viewer, who: int, answers: dict[str, Frame]) -> None:
    """Comment until the server has said goodbye."""
    number = 0
    while True:
        number += 1
        ref = f"act{number}"
        try:
            answers[ref] = await viewer.act("comment", ref=ref, text=_says(who, number))
        except (NothingCame, ConnectionClosed):  # goodbye came while waiting, or before the next word
            return


async def test_R1_PRO7_sigterm_says_4000_to_everybody_and_what_was_acknowledged_stays(
    start_liveroom: StartLiveroom,
) -> None:
    server = start_liveroom("--workers", "2")
    key = server.api_key()
    sent: dict[str, Json] = {}
    acknowledged: dict[str, Json] = {}
    answers: list[dict[str, Frame]] = [{} for _ in range(PEOPLE)]
    async with Shop(server.url, key) as shop, AsyncExitStack() as stack:
        await shop.open_room("r1")
        tokens = [await shop.token(f"member:m{n}", rooms=["r1"], name=f"观众{n}") for n in range(PEOPLE)]
        viewers = []
        for token in tokens:  # one by one: who has connected must say hello soon
            viewers.append(await stack.enter_async_context(Viewer(server.url)))
            await viewers[-1].hello("r1", token)
        selling = asyncio.create_task(_sells(shop, sent, acknowledged))
        acting = [asyncio.create_task(_chats(viewers[who], who, answers[who])) for who in range(PEOPLE)]
        await viewers[0].until(lambda: len(acknowledged) > 20 and all(answers), "the show to be busy")

        assert await asyncio.to_thread(server.stop) == 0

        await asyncio.gather(selling, *acting)
        for viewer in viewers:
            assert await viewer.closed() == 4000
            bye = viewer.frames[-1]
            assert (bye["type"], bye["code"]) == ("bye", 4000)
            assert bye["retry_after_ms"] >= 0

    await asyncio.to_thread(server.start, "--workers", "2")
    async with Shop(server.url, key) as shop:
        for event_id, receipt in acknowledged.items():
            [again] = await shop.post_events(sent[event_id])
            assert (again["outcome"], again["earned"]) == ("duplicate", receipt["earned"])
        for who, (token, given) in enumerate(zip(tokens, answers, strict=True)):
            async with Viewer(server.url) as viewer:
                welcome = await viewer.hello("r1", token)
                done = [answer["result"] for answer in given.values() if answer["type"] == "done"]
                # Once a minute a comment earns; a slow machine may have chatted for longer.
                assert welcome["card"]["points"] == sum(result["points"] for result in done) >= 5
                first = await viewer.act("comment", ref="act1", text=_says(who, 1))
                assert first["result"] == given["act1"]["result"]
    server.run("verify-ledger")
