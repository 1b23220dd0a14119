"""Which level-ups a room is shown now, by the rulebook and by what its host has set; the others wait (L2, decision 0061).

Tests have a minute of their own: trying the overlay out takes no place from anybody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from broadcaster.frames import Moment
from server.announcing.framing import level_up_frame
from server.domain import shoutouts
from server.domain.rulebook import Rulebook
from server.domain.shout_control import AS_RULED, ShoutControl
from server.domain.shoutouts import Shout
from server.hot.ports import Ask, Granted
from server.ids import RoomId

TESTS_A_MINUTE: Final = 10
LOOK_AGAIN_MS: Final = 1_000
"""A paused room is looked at so often: whoever resumes it may be on another node."""

Take = Callable[[Sequence[Ask], int], Awaitable[Sequence[Granted]]]
"""Asks the room's counters for places, at a time in Unix ms."""
Dropped = Callable[[int, str, int], None]
"""Told of what went: rank, reason, how many."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What waits for a free place in the room's minute, or for the host to go on."""

    shouts: tuple[Shout, ...]
    due_ms: int
    paused: bool = False


@dataclass(frozen=True, slots=True)
class _Stream:
    """The real ones of a room, or its tests."""

    room: RoomId
    fresh: tuple[Shout, ...]
    waiting: tuple[Shout, ...]
    key: str
    per_minute: int


class ShoutPacing:
    """Keeps what has no place yet. Of this node alone: each paces what it has committed, by shared counters."""

    def __init__(self, take: Take, dropped: Dropped, visible_per_s: int) -> None:
        """`visible_per_s` is the room's budget, which all moments share."""
        self._take = take
        self._dropped = dropped
        self._visible_per_s = visible_per_s
        self._held: dict[RoomId, _Held] = {}

    def due(self, now_ms: int) -> list[RoomId]:
        """Return the rooms with something that may be tried again."""
        return [room for room, held in self._held.items() if held.due_ms <= now_ms]

    def due_ms(self) -> Iterable[int]:
        return (held.due_ms for held in self._held.values())

    def hurry(self, room: RoomId) -> None:
        """Something was set in this room: try again at once."""
        if room in self._held:
            self._held[room] = replace(self._held[room], due_ms=0)

    def waiting(self, room: RoomId) -> Sequence[Shout]:
        held = self._held.get(room)
        return () if held is None else held.shouts

    async def now(
        self,
        fresh: Mapping[RoomId, Sequence[Shout]],
        controls: Mapping[RoomId, ShoutControl],
        rulebook: Rulebook,
        now_ms: int,
    ) -> Mapping[RoomId, list[Moment]]:
        """Return what each room is shown now, of `fresh` and of what has waited and is due."""
        shown: dict[RoomId, list[Moment]] = {}
        streams: list[_Stream] = []
        for room in dict.fromkeys((*fresh, *self.due(now_ms))):
            control = controls.get(room, AS_RULED)
            held = self._held.pop(room, None)
            waiting = self._wanted(() if held is None else held.shouts, control, rulebook)
            new = self._wanted(fresh.get(room, ()), control, rulebook)
            if control.paused:
                folds = tuple(shoutouts.folded((*waiting, *new)))
                if folds:
                    self._held[room] = _Held(folds, now_ms + LOOK_AGAIN_MS, paused=True)
                continue
            if held is not None and held.paused:
                # The host's pause is nobody's waiting time.
                waiting = tuple(replace(shout, at_ms=now_ms) for shout in waiting)
            streams += _streams(room, new, waiting, control, rulebook)
        granted = await self._take(
            [
                ask
                for stream in streams
                for ask in (
                    Ask(stream.key, stream.per_minute, shoutouts.WINDOW_MS, _want(stream)),
                    Ask(
                        f"seen:{stream.room}",
                        self._visible_per_s,
                        1_000,
                        min(_want(stream), stream.per_minute),
                    ),
                )
            ],
            now_ms,
        )
        for n, stream in enumerate(streams):
            minute, second = granted[2 * n], granted[2 * n + 1]
            paced = shoutouts.paced(stream.fresh, stream.waiting, min(minute.n, second.n), rulebook)
            moments = [level_up_frame(stream.room, shout, rulebook, now_ms) for shout in paced.now]
            shown.setdefault(stream.room, []).extend(moments)
            for shout in paced.now:
                if shout.count > 1:
                    self._dropped(1, "folded", shout.count - 1)
            if paced.waiting:
                wait_ms = minute.wait_ms if minute.n <= second.n else second.wait_ms
                self._wait(stream.room, paced.waiting, now_ms + max(1, wait_ms))
        return shown

    def _wait(self, room: RoomId, some: tuple[Shout, ...], due_ms: int) -> None:
        other = self._held.get(room, _Held((), due_ms))
        self._held[room] = _Held((*other.shouts, *some), min(other.due_ms, due_ms))

    def _wanted(self, some: Iterable[Shout], control: ShoutControl, rulebook: Rulebook) -> tuple[Shout, ...]:
        """Return those that the host lets through; whoever is muted is in a fold still, but not its name."""
        kept: list[Shout] = []
        least = -1 if control.from_tier is None else rulebook.ranks.get(control.from_tier, -1)
        for shout in some:
            if shout.at_ms <= control.cleared_ms:
                self._dropped(1, "cleared", shout.count)
            elif rulebook.ranks[shout.tier] < least and not shout.is_test:
                self._dropped(1, "below_tier", shout.count)
            elif shout.name and control.is_muted(shout.author):
                if shout.count == 1:
                    self._dropped(1, "muted", 1)
                else:
                    kept.append(replace(shout, name=""))
            else:
                kept.append(shout)
        return tuple(kept)


def _streams(
    room: RoomId,
    fresh: Sequence[Shout],
    waiting: Sequence[Shout],
    control: ShoutControl,
    rulebook: Rulebook,
) -> list[_Stream]:
    most = rulebook.level_up.per_minute
    per_minute = most if control.per_minute is None else min(most, control.per_minute)
    streams = []
    for is_test, key, limit in (
        (False, f"level_up:{room}", per_minute),
        (True, f"level_up_test:{room}", TESTS_A_MINUTE),
    ):
        new = tuple(shout for shout in fresh if shout.is_test is is_test)
        held = tuple(shout for shout in waiting if shout.is_test is is_test)
        if new or held:
            streams.append(_Stream(room, new, held, key, limit))
    return streams


def _want(stream: _Stream) -> int:
    return shoutouts.wanted(stream.fresh, stream.waiting)
