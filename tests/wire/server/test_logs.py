"""No token or key is ever in a log, whatever people do with it."""

import asyncio
import json

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.support.liveroom_process import StartLiveroom


async def test_CLI6_R10_no_token_or_key_is_in_a_log(start_liveroom: StartLiveroom) -> None:
    server = start_liveroom()
    key = server.api_key()
    token = server.token("viewer", "m1")
    secret = (server.data_dir / "token.secret").read_text().strip()
    async with httpx2.AsyncClient(base_url=server.url, timeout=60, trust_env=False) as http:
        for proof in (key, token, key[:-3], token[:-3]):
            headers = {"authorization": f"Bearer {proof}"}
            await http.get(f"/v1/members/m1?token={proof}", headers=headers)
            await http.post(f"/v1/events?key={proof}", content=b"{", headers=headers)
            await http.put("/v1/rooms/demo", json={"name": proof}, headers=headers)
            await http.get(f"/rooms/demo?token={proof}")
            await http.get(f"/nothing/{proof}")
    for subprotocols, url, hello in (
        (["liveroom.v1.json"], f"{server.live_url}?token={token}", {"type": "hello", "token": token}),
        (
            ["liveroom.v1.json"],
            server.live_url,
            {"type": "hello", "room": "demo", "surface": "x", "token": token},
        ),
        (
            ["liveroom.v1.json"],
            server.live_url,
            {"type": "hello", "room": "demo", "surface": "viewer", "token": token},
        ),
        (["liveroom.v1.json"], server.live_url, {"type": "token", "token": token[:-2]}),
        (["unknown"], f"{server.live_url}?token={token}", {}),
    ):
        try:
            async with asyncio.timeout(30), connect(url, subprotocols=subprotocols, proxy=None) as live:  # type: ignore[arg-type]
                await live.send(json.dumps(hello))
                await live.recv()
        except (WebSocketException, TimeoutError):
            continue
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"GET /{token} HTTP/9.9\r\nauthorization: Bearer {key}\r\n\r\n".encode())
    await reader.read()
    writer.close()
    server.child.process.terminate()
    server.child.process.wait(timeout=60)
    written = server.logged()
    for proof in (key, token, secret):
        assert proof not in written
        assert proof[-20:] not in written
