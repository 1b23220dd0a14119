"""Member → nodes, and the nodes' mail, in Redis. What is lost here heals: beats carry the card's version."""

from __future__ import annotations

from collections.abc import Sequence

from broadcaster.frames import MailFrame
from broadcaster.keys import MAILBOX_TTL_MS, Keys
from broadcaster.ports import Clock
from broadcaster.records import pack, write_mail
from broadcaster.redis_link import RedisLink, Reply

MAX_MAIL_PER_MESSAGE = 256
"""Mails of one bus message: about 256 KiB of cards, far below what Redis cuts a slow subscriber for."""


class RedisMailboxes:
    """`Mailboxes` on a single Redis."""

    def __init__(self, link: RedisLink, keys: Keys, clock: Clock) -> None:
        self._link = link
        self._keys = keys
        self._clock = clock

    async def send(self, mail: Sequence[tuple[str, MailFrame]]) -> None:
        if not mail:
            return
        members = list(dict.fromkeys(member for member, _ in mail))
        nodes = dict(zip(members, await self._nodes_of(members), strict=True))
        by_node: dict[str, list[tuple[str, bytes]]] = {}
        for member, frame in mail:
            if nodes[member]:
                record = write_mail(frame)
                for node in nodes[member]:
                    by_node.setdefault(node, []).append((member, record))
        if not by_node:
            return

        async def post() -> Reply:
            pipeline = self._link.writes.pipeline(transaction=False)
            for node, letters in by_node.items():
                for start in range(0, len(letters), MAX_MAIL_PER_MESSAGE):
                    part = letters[start : start + MAX_MAIL_PER_MESSAGE]
                    pipeline.publish(self._keys.node_channel(node), pack(("mail", part)))
            return await pipeline.execute()

        await self._link.call("mail", post)

    async def register(self, members: Sequence[str], node: str) -> None:
        if not members:
            return
        until_ms = self._clock.now_ms() + MAILBOX_TTL_MS

        async def enter() -> Reply:
            pipeline = self._link.writes.pipeline(transaction=False)
            for member in members:
                name = self._keys.mailbox(member)
                pipeline.zadd(name, {node: until_ms})
                pipeline.pexpire(name, MAILBOX_TTL_MS)
            return await pipeline.execute()

        await self._link.call("register", enter)

    async def unregister(self, members: Sequence[str], node: str) -> None:
        if not members:
            return

        async def leave() -> Reply:
            pipeline = self._link.writes.pipeline(transaction=False)
            for member in members:
                pipeline.zrem(self._keys.mailbox(member), node)
            return await pipeline.execute()

        await self._link.call("unregister", leave)

    async def _nodes_of(self, members: Sequence[str]) -> list[list[str]]:
        now_ms = self._clock.now_ms()

        async def look_up() -> Reply:
            pipeline = self._link.reads.pipeline(transaction=False)
            for member in members:
                pipeline.zrangebyscore(self._keys.mailbox(member), now_ms, "+inf")
            return await pipeline.execute()

        reply = await self._link.call("look up nodes", look_up)
        return [[node.decode() for node in nodes] for nodes in reply]
