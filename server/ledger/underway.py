"""One batch begun while the one before it is still being decided and written: who waits for what (decision 0086).

Where the database is a process of its own, one batch at a time leaves it idle while we decide, and us while it writes
the end. So the next batch locks and reads its members beside the one in front, is decided when that one is, and is
written when that one is durable. What is about anything that the one in front is about is put off to the batch after:
so whatever is about one member, order, text … is decided in the order in which it was told.

Nobody waits in a ring. The one behind begins when the one in front has locked all that it locks, asks for none of it,
and waits for it; never the other way round.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TypeVar

from server.domain.decide.gifts import gift_id
from server.domain.draw import NO_DRAWS
from server.domain.gift_commands import GiveByLink
from server.domain.world import World
from server.ids import MemberId
from server.ledger.batch import Asked, Key, key_of
from server.ledger.errors import ChangedMeanwhile

_What = TypeVar("_What")


@dataclass(frozen=True, slots=True)
class Held:
    """What a batch is about."""

    names: Set[object]
    """Ids of all that it needs, and what else must not happen beside it (`names_of`)."""
    events: frozenset[Key]
    members: Set[MemberId] = frozenset()
    """Whom it has locked, those included whom it found through their orders."""


class Underway:
    """A batch on its way, for the one behind it. What it says comes once, or `lose` says that it never will."""

    def __init__(self, front: Underway | None = None) -> None:
        """`front`: the batch in front, under way as well; None = there is none. One that is over is none any more."""
        loop = asyncio.get_running_loop()
        self._front = None if front is None or front._finished.is_set() else front
        self._mine = Held(frozenset(), frozenset())
        self._put_off: Set[Key] = frozenset()
        self._waited_s = 0.0
        self._may_follow = asyncio.Event()
        self._finished: asyncio.Event = asyncio.Event()
        self._held: asyncio.Future[Held | None] = loop.create_future()
        self._decided: asyncio.Future[bool] = loop.create_future()
        self._durable: asyncio.Future[bool] = loop.create_future()

    # For whoever sends batches.

    async def may_follow(self) -> None:
        """Return when the next batch may begin: this one is well on the way, or over."""
        await self._may_follow.wait()

    @property
    def put_off(self) -> Set[Key]:
        """Events of its commands that are not in it, but to be in the next. Known when another may follow."""
        return self._put_off

    @property
    def follows(self) -> bool:
        """Whether there is a batch in front, not yet over."""
        return self._front is not None

    @property
    def is_lost(self) -> bool:
        """Whether it goes again: whoever followed now would have to wait for its end."""
        return self._durable.done() and not self._durable.result()

    async def front_finished(self) -> None:
        """Return when the batch in front is over."""
        if self._front is not None:
            await self._said(self._front._finished.wait())

    @property
    def waited_s(self) -> float:
        """How long it has waited for the batch in front so far."""
        return self._waited_s

    def finish(self) -> None:
        """It is over, however it ended, and told. Must be called."""
        self.lose()
        self._finished.set()
        self._front = None  # or every batch there ever was would be kept by the next

    # For the journal, in this order.

    async def part(self, asked: Sequence[Asked], world: World, late: Iterable[Key]) -> Set[Key]:
        """Return which events are put off; `world` must hold the rooms of `asked`.

        `late` came too late for a first time: what they are told depends on whether the one in front is the first.

        Raises `ChangedMeanwhile` when the batch in front goes again.
        """
        front = None
        if self._front is not None:
            front = await self._said(self._front._held)
            if front is None:
                raise _goes_again()
        self._put_off, self._mine = parted(asked, [names_of(one, world) for one in asked], front)
        if front is not None:
            self._put_off |= front.events.intersection(late)
        return self._put_off

    async def hold(self, members: Set[MemberId]) -> None:
        """Say that all is locked, and who; return when the batch in front is decided.

        Raises `ChangedMeanwhile` when that goes again.
        """
        self._held.set_result(replace(self._mine, members=members))
        if self._front is not None and not await self._said(self._front._decided):
            raise _goes_again()

    def let_follow(self) -> None:
        """So much of it is decided that the next batch may begin."""
        self._may_follow.set()

    async def first(self, *, gives_back: bool) -> None:
        """All of it is decided; return when the batch in front is durable.

        `gives_back`: something of a budget is there again. The one behind has read the budget without it, and would
        refuse what there is room for: it goes again.
        Raises `ChangedMeanwhile` when the batch in front does.
        """
        self._decided.set_result(not gives_back)
        if self._front is not None and not await self._said(self._front._durable):
            raise _goes_again()

    def keep(self) -> None:
        """It is durable."""
        self._durable.set_result(True)

    def lose(self) -> None:
        """What it has not said by now it will not say: whoever is behind goes again after it."""
        if not self._held.done():
            self._held.set_result(None)
        for said in (self._decided, self._durable):
            if not said.done():
                said.set_result(False)
        self._may_follow.set()

    async def _said(self, saying: Awaitable[_What]) -> _What:
        """Return what the batch in front says, and count the wait."""
        began = perf_counter()
        try:
            return await saying
        finally:
            self._waited_s += perf_counter() - began


def parted(asked: Sequence[Asked], names: Sequence[Set[object]], front: Held | None) -> tuple[Set[Key], Held]:
    """Return the events that must wait until `front` is durable, and what the others are about. Pure.

    `names` are those of `asked`, one by one (`names_of`). Whatever is about the same as something that waits, and
    comes after it, waits as well.
    """
    waiting: set[object] = set() if front is None else {*front.names, *front.members}
    later: set[Key] = set()
    held: set[object] = set()
    events: set[Key] = set()
    for one, about in zip(asked, names, strict=True):
        event = key_of(one.command)
        if front is not None and (event in front.events or not waiting.isdisjoint(about)):
            waiting |= about
            later.add(event)
        else:
            held |= about
            events.add(event)
    return later, Held(held, frozenset(events))


def names_of(one: Asked, world: World) -> set[object]:
    """Return whom and what a command is about: what another must not decide, find or lock beside it. Pure.

    `world` must hold the command's rooms.
    """
    needs = one.needs
    names: set[object] = {*needs.members, *needs.orders, *needs.texts, *needs.redemptions}
    if type(one.command) is GiveByLink:
        names.add(gift_id(one.command.origin))  # it makes what others may claim
    if needs.first_n:
        names.update(
            room for room in needs.first_n if world.has_places(room)
        )  # places go to those who order first
    if (
        needs.identities
        or needs.rewards
        or needs.boxes
        or needs.reward_claims
        or needs.gates
        or needs.gifts
        or needs.held_awards
        or needs.draws is not NO_DRAWS
    ):
        names.update(needs.identities, needs.rewards, needs.boxes, needs.reward_claims, needs.gates)
        names.update(needs.gifts, needs.held_awards, needs.draws.draws)
    return names


def _goes_again() -> ChangedMeanwhile:
    return ChangedMeanwhile("the batch in front")
