"""A host's presses on shout-outs, carried out once they are durable: what goes from the screens, what comes again (L2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, assert_never

from broadcaster.frames import Moment, Rank, Retract
from server.announcing.shout_log import (
    LINES_FOR_MS,
    MOST_LINES,
    WAITING_FOR_MS,
    Shown,
    again,
    gone_line,
    line_of,
    shelf_of,
    shown_of,
    waiting_board_of,
    waiting_note,
)
from server.domain.shout_control import ShoutoutsControlled
from server.domain.shoutouts import Shout
from server.hot.errors import HotUnavailable
from server.hot.ports import Boards, Shelves
from server.ids import AuthorTag, RoomId, derived

TEST_NAME: Final = "测试 Test"
"""Whom a test shout-out congratulates: nobody's name, in both languages."""


class Store(Boards, Shelves, Protocol):
    """The part of the hot store that is used here."""


@dataclass(frozen=True, slots=True)
class Done:
    """What follows from one press."""

    retract: Retract | None = None
    moment: Moment | None = None
    test: Shout | None = None


class Conducting:
    """Of one node, which `node` names on the boards."""

    def __init__(self, store: Store, node: str) -> None:
        self._store = store
        self._node = node
        self._pinned: set[RoomId] = set()

    async def carry_out(self, press: ShoutoutsControlled, now_ms: int) -> Done:
        """Return what follows. Raises `HotUnavailable` when what was shown cannot be looked up now."""
        match press.action:
            case "skip":
                return _taken(() if press.moment is None else (press.moment,))
            case "clear":
                ids = [one.id for one in await self._standing(press.room) if one.rank > Rank.STATE]
                return _taken(ids)
            case "mute":
                theirs = [one.id for one in await self._standing(press.room) if one.author == press.author]
                return _taken(theirs)
            case "replay":
                lines = await self._store.shelved(shelf_of(press.room))
                wanted = next((one for one in shown_of(lines) if one.id == press.moment), None)
                if wanted is None:
                    return Done()  # forgotten meanwhile
                moment_id = derived("mo", "replay", wanted.id, press.event)
                return Done(moment=again(wanted, moment_id, now_ms))
            case "test":
                if press.tier is None:
                    return Done()
                author = AuthorTag(derived("test", press.event))
                return Done(
                    test=Shout(author, TEST_NAME, press.tier, 1, None, max(now_ms, press.at_ms), is_test=True)
                )
            case "pause" | "resume" | "unmute" | "limit":
                return Done()
            case _:
                assert_never(press.action)

    async def note_shown(self, room: RoomId, frames: Iterable[object], now_ms: int) -> None:
        """Keep what is about to go out, so that it can be taken back; lost without harm."""
        lines = [line_of(frame, now_ms) for frame in frames if isinstance(frame, Moment)]
        gone = [id_ for frame in frames if isinstance(frame, Retract) for id_ in frame.ids]
        if gone:
            lines.append(gone_line(gone))
        try:
            await self._store.shelve(shelf_of(room), lines, MOST_LINES, LINES_FOR_MS)
        except HotUnavailable:
            return

    async def note_waiting(self, room: RoomId, waiting: Sequence[Shout], now_ms: int) -> None:
        """Let hosts see what waits here; lost without harm."""
        if not waiting and room not in self._pinned:
            return
        note = waiting_note(waiting) if waiting else None
        try:
            await self._store.pin(waiting_board_of(room), {self._node: note}, now_ms + WAITING_FOR_MS, now_ms)
        except HotUnavailable:
            return
        if waiting:
            self._pinned.add(room)
        else:
            self._pinned.discard(room)

    async def _standing(self, room: RoomId) -> list[Shown]:
        lines = await self._store.shelved(shelf_of(room))
        return [one for one in shown_of(lines) if not one.gone]


def _taken(ids: Sequence[str]) -> Done:
    return Done(retract=Retract(tuple(ids))) if ids else Done()
