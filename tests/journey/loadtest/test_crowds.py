"""The crowds against a real server: the people of the smoke, and the simulated crowd of the demo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from loadtest import phrases, smoke
from loadtest.child import Child, python_module
from loadtest.server_process import Target, prepare_room
from loadtest.wire import JSON, Frame, read_frames, write_message
from tests.support.liveroom_process import LiveroomProcess

PATIENCE_S = 60.0


def opened(server: LiveroomProcess, folder: Path) -> Target:
    """The server's room, its show live, and a key for the shop."""
    key_file = folder / "shop.key"
    key_file.write_text(server.api_key())
    target = Target(server.url, key_file, "r1")
    prepare_room(target)
    return target


@asynccontextmanager
async def stranger(server: LiveroomProcess) -> AsyncIterator[ClientConnection]:
    """Somebody without a token who looks on."""
    async with connect(
        server.live_url, subprotocols=[Subprotocol(JSON)], proxy=None, open_timeout=PATIENCE_S
    ) as socket:
        await socket.send(
            write_message({"type": "hello", "room": "r1", "surface": "viewer", "token": None}, JSON)
        )
        yield socket


async def seen(socket: ClientConnection, kind: str, type_: str = "moment") -> Frame:
    """Return the next frame of this type (and, of moments, of this kind)."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for frame in read_frames(await socket.recv()):
                if frame["type"] == type_ and (type_ != "moment" or frame["kind"] == kind):
                    return frame


@pytest.mark.alone
def test_VRD2_VRD3_VRD4_a_small_crowd_loses_nothing_and_is_timed(
    liveroom_process: LiveroomProcess, tmp_path: Path
) -> None:
    figures = smoke.visit(opened(liveroom_process, tmp_path), crowd=13, seconds=12, folder=tmp_path)
    assert (figures.viewers, figures.missing, figures.upgrades_refused, figures.unanswered) == (12, 0, 0, 0)
    assert (dict(figures.faults), dict(figures.closes), figures.posts_refused) == ({}, {}, 0)
    assert figures.reach == 1.0
    assert figures.moment_us.total >= 12  # the second new customer, at every viewer
    # Of two dozen acts a third are comments: that there is none happens once in ten thousand runs.
    assert min(figures.comment_us.total, figures.act_us.total, figures.lag_us.total) > 0
    assert figures.reconnects == 0


async def test_DMO1_DMO3_the_demo_s_crowd_fills_the_room_and_survives_a_restart(
    liveroom_process: LiveroomProcess, tmp_path: Path
) -> None:
    server = liveroom_process
    target = opened(server, tmp_path)
    command = python_module(
        "loadtest.demo_crowd", "--url", target.url, "--api-key-file", str(target.key_file), "--room", "r1",
        "--viewers", "6", "--speed", "20", "--seed", "1",
    )  # fmt: skip
    with ExitStack() as stack:
        crowd = stack.enter_context(Child("demo_crowd", command, ends_with_input=False))
        async with stranger(server) as socket:
            comment = await seen(socket, "", "comment")
            assert comment["text"] in phrases.COMMENTS
            shout = await seen(socket, "level_up")
            params = shout["params"]
            assert isinstance(params, dict)
            assert params["tier"] == "silver"
            assert any(str(params["name"])[:2] == name[:2] for name in phrases.NAMES)
        server.kill()
        server.start()
        async with stranger(server) as socket:
            assert (await seen(socket, "", "comment"))["text"] in phrases.COMMENTS
        assert crowd.running
        said = crowd.last_words()
        assert "the server does not answer as it should" in said
        assert len(said.splitlines()) <= 4  # quiet: lost, back, and little else
        assert crowd.stop(grace_s=60) == 0
