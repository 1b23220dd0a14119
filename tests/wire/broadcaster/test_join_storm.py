"""Everybody comes at once: each is served or told when to come back, and nobody is left without a word."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace

from tests.wire.broadcaster.conftest import QUIET, LiveNode
from tests.wire.broadcaster.raw import RawClient, frame

STORM, SOFT, HARD = 300, 150, 200
HELLO = frame(1, json.dumps({"type": "hello", "room": "demo", "surface": "viewer"}).encode())


async def told(everybody_knocked: asyncio.Barrier, raw: RawClient) -> str:
    """Knock together with all others and stay; return what one was told first: welcome, bye or the refusal."""
    await everybody_knocked.wait()
    if await raw.request() != 101:
        assert (raw.status, int(raw.headers["retry-after"]) >= 1) == (503, True)
        return "503"
    raw.send(HELLO)
    [(opcode, payload)] = await raw.frames(1)
    assert opcode == 1
    first = json.loads(payload)[0]
    if first["type"] == "bye":
        assert first["code"] == 4004
        assert 0 <= first["retry_after_ms"] <= 100
    return str(first["type"])


async def test_PRO3_in_a_storm_of_joins_all_are_served_or_told_when_to_come_back() -> None:
    async with LiveNode(replace(QUIET, soft_limit=SOFT, hard_limit=HARD), None, None) as live:
        barrier = asyncio.Barrier(STORM)
        clients = [RawClient(live.port) for _ in range(STORM)]
        for client in clients:
            await client.__aenter__()
        answers = Counter(await asyncio.gather(*(told(barrier, one) for one in clients)))
        assert sum(answers.values()) == STORM
        assert answers["welcome"] == SOFT
        assert answers["bye"] + answers["503"] == STORM - SOFT
        assert live.meter.counts["join", "joined"] == SOFT
        assert len(live.application.joins) == SOFT, "who is sent away costs the application nothing"
        for client in clients:
            await client.__aexit__()
