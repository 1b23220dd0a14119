"""Member → nodes, and the nodes' mail, in Redis. What is lost here heals: beats carry the card's version."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from broadcaster.frames import MailFrame
from broadcaster.keys import MAILBOX_TTL_MS, Keys
from broadcaster.ports import Clock
from broadcaster.records import pack, write_mail
from broadcaster.redis_clients import Reply
from broadcaster.redis_link import RedisLink, Script

MAX_MAIL_PER_MESSAGE = 256
"""Mails of one bus message: about 256 KiB of cards, far below what Redis cuts a slow subscriber for."""
MAX_MEMBERS_PER_SCRIPT = 500
"""Redis does nothing else meanwhile: about a millisecond."""


class RedisMailboxes:
    """`Mailboxes` on Redis 6.2 or later, on a Cluster 7.0."""

    def __init__(self, link: RedisLink, keys: Keys, clock: Clock) -> None:
        self._link = link
        self._keys = keys
        self._clock = clock
        self._register = Script("register.lua")
        self._unregister = Script("unregister.lua")
        self._nodes = Script("nodes.lua")

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

        word = self._link.publish_word

        async def post() -> Reply:
            pipeline = self._link.writes.pipeline(transaction=False)
            for node, letters in by_node.items():
                for start in range(0, len(letters), MAX_MAIL_PER_MESSAGE):
                    part = letters[start : start + MAX_MAIL_PER_MESSAGE]
                    pipeline.execute_command(word, self._keys.node_channel(node), pack(("mail", part)))
            return await pipeline.execute()

        await self._link.call("mail", post)

    async def register(self, members: Sequence[str], node: str) -> None:
        until_ms = self._clock.now_ms() + MAILBOX_TTL_MS
        for start in range(0, len(members), MAX_MEMBERS_PER_SCRIPT):
            # One script, not two commands each: what a join storm pays for here is mostly the client's work.
            part = members[start : start + MAX_MEMBERS_PER_SCRIPT]
            await self._link.call("register", partial(self._enter, part, node, until_ms))

    async def _enter(self, members: Sequence[str], node: str, until_ms: int) -> Reply:
        args = (node, until_ms, MAILBOX_TTL_MS)
        if self._link.cluster is None:
            return await self._register.run(self._link.writes, [*map(self._keys.mailbox, members)], args)
        by_bucket: dict[int, list[str]] = {}
        for member in members:
            by_bucket.setdefault(self._keys.bucket_of(member), []).append(self._keys.mailbox(member))
        return await self._register.run_each(
            self._link.writes, [(names, args) for names in by_bucket.values()]
        )

    async def unregister(self, members: Sequence[str], node: str) -> None:
        for start in range(0, len(members), MAX_MEMBERS_PER_SCRIPT):
            part = members[start : start + MAX_MEMBERS_PER_SCRIPT]
            await self._link.call("unregister", partial(self._leave, part, node))

    async def _leave(self, members: Sequence[str], node: str) -> Reply:
        boxes = [*map(self._keys.mailbox, members)]
        if self._link.cluster is None:
            return await self._unregister.run(self._link.writes, boxes, (node,))
        pipeline = self._link.writes.pipeline(transaction=False)
        for box in boxes:
            pipeline.zrem(box, node)
        return await pipeline.execute()

    async def _nodes_of(self, members: Sequence[str]) -> list[list[str]]:
        now_ms = self._clock.now_ms()
        found: list[list[str]] = []
        for start in range(0, len(members), MAX_MEMBERS_PER_SCRIPT):
            boxes = [*map(self._keys.mailbox, members[start : start + MAX_MEMBERS_PER_SCRIPT])]
            reply = await self._link.call("look up nodes", partial(self._look_up, boxes, now_ms))
            found += [[node.decode() for node in nodes] for nodes in reply]
        return found

    async def _look_up(self, boxes: Sequence[str], now_ms: int) -> Reply:
        if self._link.cluster is None:
            return await self._nodes.run(self._link.reads, boxes, (now_ms,))
        # One by one: while a slot moves, a script with a key that is not there is refused, and nobody must miss a card.
        pipeline = self._link.reads.pipeline(transaction=False)
        for box in boxes:
            pipeline.zrangebyscore(box, now_ms, "+inf")
        return await pipeline.execute()
