"""A socket that says exactly what a test wants, and tells what came back."""

from __future__ import annotations

import asyncio
import struct
import zlib
from typing import Self

from tests.wire.broadcaster.conftest import PATIENCE_S

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
HANDSHAKE = {
    "Host": "127.0.0.1",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
}


def frame(
    opcode: int, payload: bytes, fin: bool = True, rsv: int = 0, mask: bool = True, length: int | None = None
) -> bytes:
    """One WebSocket frame, right or wrong."""
    size = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | rsv | opcode])
    bit = 0x80 if mask else 0
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", size)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", size)
    if not mask:
        return head + payload
    # The same frame has the same bytes in every process: a test is named after them.
    key = struct.pack(">I", zlib.crc32(head + payload))
    return head + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


class RawClient:
    """One TCP connection. `async with RawClient(port) as raw`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *error: object) -> None:
        self.writer.close()

    async def request(
        self, path: str = "/v1/live", method: str = "GET", headers: dict[str, str | None] | None = None
    ) -> int:
        """Ask for an upgrade and return the status."""
        merged = {**HANDSHAKE, **(headers or {})}
        lines = [f"{method} {path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in merged.items() if value is not None]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        async with asyncio.timeout(PATIENCE_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            first, *rest = head.decode().strip().split("\r\n")
            self.status = int(first.split(" ")[1])
            self.headers = {
                name.lower(): value.strip() for name, value in (line.split(":", 1) for line in rest)
            }
            if self.status != 101:
                self.body = await self.reader.read()
        return self.status

    async def open(self, subprotocol: str | None = "liveroom.v1.json") -> None:
        assert await self.request(headers={"Sec-WebSocket-Protocol": subprotocol}) == 101

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def frames(self, at_most: int | None = None) -> list[tuple[int, bytes]]:
        """Everything until the server says close, or is gone; or the next `at_most` frames."""
        frames: list[tuple[int, bytes]] = []
        async with asyncio.timeout(PATIENCE_S):
            while at_most is None or len(frames) < at_most:
                try:
                    one, two = await self.reader.readexactly(2)
                    size = two & 0x7F
                    if size == 126:
                        size = int.from_bytes(await self.reader.readexactly(2), "big")
                    elif size == 127:
                        size = int.from_bytes(await self.reader.readexactly(8), "big")
                    frames.append((one & 0x0F, await self.reader.readexactly(size)))
                    if frames[-1][0] == 8:
                        return frames
                except (asyncio.IncompleteReadError, ConnectionResetError):
                    return frames
        return frames

    async def close_code(self) -> int:
        """The code of the close frame the server ends with; 1006 if it ends without."""
        closes = [payload for opcode, payload in await self.frames() if opcode == 8]
        return int.from_bytes(closes[-1][:2], "big") if closes else 1006
