"""Names into addresses."""

from __future__ import annotations

import asyncio
import socket
from threading import Event

import pytest

from server.webhooks import resolving
from server.webhooks.errors import NameNotFound
from server.webhooks.resolving import Resolver


async def test_HOK7_a_name_becomes_its_addresses_and_a_number_stays_itself() -> None:
    resolver = Resolver(2)
    assert "127.0.0.1" in await resolver.resolve("localhost", 443)
    assert await resolver.resolve("127.1", 443) == ("127.0.0.1",), "short forms are written out, then judged"
    assert await resolver.resolve("::1", 443) == ("::1",)
    resolver.close()


@pytest.mark.parametrize("name", ["no-such-name.invalid", "a" * 64 + ".example"])
async def test_HOK7_a_name_that_leads_nowhere_is_said_to(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = socket.getaddrinfo

    def without_network(host: str, port: int, *, type: socket.SocketKind) -> object:
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ask(host, port, type=type)

    monkeypatch.setattr(socket, "getaddrinfo", without_network)
    resolver = Resolver(1)
    with pytest.raises(NameNotFound):
        await resolver.resolve(name, 443)
    resolver.close()


async def test_HOK9_a_name_that_hangs_is_asked_once_and_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    let_go, asked = Event(), list[str]()

    def hangs_for_one(host: str, port: int) -> tuple[str, ...]:
        asked.append(host)
        if host == "hangs.example":
            assert let_go.wait(15)
        return ("8.8.8.8",)

    monkeypatch.setattr(resolving, "_ask", hangs_for_one)
    resolver = Resolver(2)
    hanging = [asyncio.create_task(resolver.resolve("hangs.example", 443)) for _ in range(9)]
    assert await asyncio.wait_for(resolver.resolve("fine.example", 443), 10) == ("8.8.8.8",)
    hanging[0].cancel()  # one that gave up leaves the question to the others
    let_go.set()
    assert await asyncio.gather(*hanging[1:]) == [("8.8.8.8",)] * 8
    assert sorted(asked) == ["fine.example", "hangs.example"]
    resolver.close()
