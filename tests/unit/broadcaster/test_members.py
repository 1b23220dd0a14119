"""Members and their mail, with mailboxes that answer when they are told to."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import cast

from broadcaster.errors import BusUnavailable
from broadcaster.members import Members
from broadcaster.ports import Application
from broadcaster.protocol import LiveConnection
from broadcaster.testing import MemoryMailboxes, MemoryWorld
from server.clock import ManualClock

CLOCK = ManualClock(1_700_000_000_000)


class GatedMailboxes(MemoryMailboxes):
    """Notes who is entered, and lets each call through once the gate is opened for it."""

    def __init__(self) -> None:
        super().__init__(MemoryWorld(), CLOCK)
        self.entered: list[list[str]] = []
        self.gate = asyncio.Semaphore(0)
        self.fault: Exception | None = None

    async def register(self, members: Sequence[str], node: str) -> None:
        self.entered.append(list(members))
        await self.gate.acquire()
        if self.fault is not None:
            raise self.fault
        await super().register(members, node)


class Background:
    """Runs what it is given, as a node does."""

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[None]] = []

    def __call__(self, work: Coroutine[None, None, None]) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work))


def members_at(mailboxes: GatedMailboxes, background: Background) -> Members:
    return Members("n1", mailboxes, cast(Application, None), CLOCK, background)


def a_connection() -> LiveConnection:
    return cast(LiveConnection, object())


async def turns(n: int = 5) -> None:
    """Let everybody who can go on do so."""
    for _ in range(n):
        await asyncio.sleep(0)


async def test_BUS11_who_comes_while_an_entry_is_under_way_shares_the_next() -> None:
    mailboxes, background = GatedMailboxes(), Background()
    members = members_at(mailboxes, background)
    members.enter("anna", a_connection(), 5)
    await turns()
    for late in ("bo", "cy", "di"):
        members.enter(late, a_connection(), 5)
        await turns()
    assert mailboxes.entered == [["anna"]]
    mailboxes.gate.release()
    mailboxes.gate.release()
    await asyncio.gather(*background.tasks)
    assert mailboxes.entered == [["anna"], ["bo", "cy", "di"]]
    members.enter("ed", a_connection(), 5)  # an idle node enters at once
    mailboxes.gate.release()
    await asyncio.gather(*background.tasks)
    assert mailboxes.entered[-1] == ["ed"]


async def test_BUS11_only_the_first_connection_enters_a_member_and_who_has_left_is_not_entered() -> None:
    mailboxes, background = GatedMailboxes(), Background()
    members = members_at(mailboxes, background)
    members.enter("anna", a_connection(), 5)
    await turns()
    gone = a_connection()
    members.enter("anna", a_connection(), 5)
    members.enter("bo", gone, 5)
    members.enter("cy", a_connection(), 5)
    members.leave("bo", gone)
    mailboxes.gate.release()
    mailboxes.gate.release()
    await asyncio.gather(*background.tasks)
    assert mailboxes.entered == [["anna"], ["cy"]]


async def test_BUS6_BUS11_an_entry_that_fails_keeps_nobody_from_being_entered_later() -> None:
    mailboxes, background = GatedMailboxes(), Background()
    members = members_at(mailboxes, background)
    mailboxes.gate.release()
    mailboxes.fault = BusUnavailable("register")
    members.enter("anna", a_connection(), 5)
    await asyncio.gather(*background.tasks)
    mailboxes.gate.release()
    mailboxes.fault = ZeroDivisionError()
    members.enter("bo", a_connection(), 5)
    await asyncio.gather(*background.tasks)
    mailboxes.gate.release()
    mailboxes.fault = None
    members.enter("cy", a_connection(), 5)
    await asyncio.gather(*background.tasks)
    assert mailboxes.entered == [["anna"], ["bo"], ["cy"]]
    mailboxes.gate.release()
    await members.renew()  # and the renewal finds all of them
    assert mailboxes.entered[-1] == ["anna", "bo", "cy"]
