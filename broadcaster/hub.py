"""This node's rooms and audiences. Synchronous: nothing here waits, so delivery to a room never does.

A room takes publishes in order, folds them into its state, gathers them for a window and hands finished
bytes to the fan-out. What cannot be applied in order (a gap, another epoch) is kept back and reported
through `lost`; whoever resynchronises the room then calls `caught_up` or `replaced`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

from broadcaster.audience import Audience, Audiences, Viewer, sealed_for
from broadcaster.codec import welcome_room
from broadcaster.fanout import Fanout, Part, SameBytes, ToEach
from broadcaster.frames import Beacon, Comment, Moment, Numbered, PassingFrame, Position, Rank, Snapshot
from broadcaster.overload import Level, held_back, pulse_of
from broadcaster.ports import Clock, Meter
from broadcaster.roomlog import RoomLog
from broadcaster.roomstate import RoomState
from broadcaster.window import Batch, Entry, batch_of, closes_at, is_urgent, window_ms
from broadcaster.wire import Wire

MAX_KEPT_BACK = 4096
"""Publishes kept back while a room is resynchronised; more means the snapshot must be read again."""

MAX_KNOWN = 2_000
"""Moments a room remembers having got: as many as its log holds, and some more."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What was made of the entries after one and up to another."""

    after: int
    upto: int
    batch: Batch


Publish = tuple[Position, Sequence[Numbered], Sequence[PassingFrame]]


class Room:
    """One room on this node."""

    def __init__(self, room: str, hub: Hub) -> None:
        self.id = room
        self.log = RoomLog()
        self.nonces: tuple[str, ...] = ()
        """Of the current and the previous beacon."""
        self.empty_since_ms = 0
        """Since when nobody watches; 0 = somebody does."""
        self.stored: Position | None = None
        """The position last read from the store; None = not yet, or there was no state."""
        self._hub = hub
        self._state: RoomState | None = None
        self._in_step = False  # False: publishes are kept back until the room is resynchronised
        self._kept_back: list[Publish] = []
        self._catching_up = False
        self._old_epoch = ""  # of the state before this one
        self._audiences = Audiences()
        self._entries: list[Entry] = []  # what some audience was not written yet
        self._place = 0
        self._counted = 0  # up to which entry it is counted what was left out
        self._beacon: Beacon | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._busy = False  # a fan-out of this room is under way
        self._rewelcome = False
        self._last_closed_ms: int | None = None
        self._last_fanout_ms = 0.0
        self._started = 0.0  # the fan-out under way, if `_busy`
        self._longest_ms = 0.0  # since somebody last asked
        self._sealed: dict[str, tuple[int, bytes]] = {}
        self._known: dict[
            str, Position
        ] = {}  # the moments of late and their first number, also of the epoch before

    # --- state ------------------------------------------------------------------------------------

    @property
    def is_loaded(self) -> bool:
        return self._state is not None

    @property
    def is_in_step(self) -> bool:
        return self._in_step

    @property
    def state(self) -> RoomState:
        """The room as folded so far. Raises RuntimeError before it is loaded."""
        if self._state is None:
            raise RuntimeError(f"room {self.id} is not loaded")
        return self._state

    @property
    def position(self) -> Position:
        return self.state.position

    def snapshot(self) -> Snapshot:
        return self.state.snapshot()

    def welcome_part(self, wire: Wire) -> bytes:
        """Return the shared part of a fresh welcome, made once per room version and subprotocol."""
        version = self.state.version
        held = self._sealed.get(wire.subprotocol)
        if held is None or held[0] != version:
            held = self._sealed[wire.subprotocol] = (version, welcome_room(self.snapshot(), wire))
        return held[1]

    # --- audiences --------------------------------------------------------------------------------

    @property
    def audience(self) -> int:
        return len(self._audiences)

    def viewers(self) -> list[Viewer]:
        return self._audiences.viewers()

    def enter(self, viewer: Viewer, *, new: bool = False) -> None:
        """Add a viewer who has just been told everything up to now; `new` = who cannot be in here yet."""
        if not new:
            self.leave(viewer)
        self.empty_since_ms = 0
        viewer.place = self._place
        self._audiences.add(viewer, self._place)

    def leave(self, viewer: Viewer) -> None:
        self._audiences.remove(viewer)

    def moved(self, viewer: Viewer) -> None:
        """The viewer was shown or hidden: another audience, the same place."""
        # `viewer.place` stays: what is being written to its old audience still goes to it.
        place = self._audiences.remove(viewer)
        if place is not None:
            self._audiences.add(viewer, place)

    # --- what comes in ----------------------------------------------------------------------------

    def received(self, publish: Publish, now_ms: int) -> None:
        """Take one publish of the bus."""
        if self._in_step:
            self._apply(publish, now_ms)
        else:
            self._keep_back(publish)

    def beacon(self, beacon: Beacon, now_ms: int) -> None:
        """Send a beacon with whatever waits; its nonce is the current one from now on."""
        self.nonces = (*self.nonces[-1:], beacon.nonce)
        self._beacon = beacon
        self._wake(now_ms, urgent=True)

    def out_of_step(self) -> None:
        """From now on publishes are kept back, because some may have been missed."""
        self._in_step = False

    def loaded(self, snapshot: Snapshot, now_ms: int, recent: Sequence[Numbered] = ()) -> None:
        """Take the first snapshot, and what the stored log still has of what led to it."""
        self._take_over(snapshot, recent, now_ms)
        self._catch_up(now_ms)

    def caught_up(self, missed: Sequence[Numbered], now_ms: int) -> None:
        """Take the frames that the stored log has after our position, then what was kept back."""
        self._in_step = True
        for numbered in missed:
            self._fold(numbered, now_ms)
        self._wake(now_ms)
        self._catch_up(now_ms)

    def replaced(self, snapshot: Snapshot, now_ms: int, recent: Sequence[Numbered] = ()) -> None:
        """Take a whole new state, with what the stored log has of it; every viewer gets an unasked welcome."""
        shown = self._audiences.fastest(self._place)
        waiting = [frame for place, frame in self._entries if place > shown and isinstance(frame, Numbered)]
        self._take_over(snapshot, recent, now_ms)
        for one in waiting:
            if isinstance(one.frame, Moment):
                self._known.pop(one.frame.id, None)  # nobody was shown it: it may come again
        self._entries.clear()
        self._audiences.all_told(self._place)
        self._rewelcome = True
        self._wake(now_ms, urgent=True)
        self._catch_up(now_ms)

    def _take_over(self, snapshot: Snapshot, recent: Sequence[Numbered], now_ms: int) -> None:
        if self._state is not None and self._state.position.epoch != snapshot.position.epoch:
            self._old_epoch = self._state.position.epoch
        self._state = RoomState(snapshot)
        if self._hub.level:
            self._state.pass_by((pulse_of(self._hub.level),))  # of this node, so no store knows it
        self.stored = None
        self._sealed.clear()
        self.log.clear()
        # Nobody here is told of it; but who comes from another node may have seen a moment of it that is numbered again.
        before = [self.shown_once(one) for one in recent if one.offset <= snapshot.position.offset]
        if before and before[-1].offset == snapshot.position.offset:  # else what comes would not follow
            for one in before:
                self.log.append(one, _about_size(one), now_ms)

    def _catch_up(self, now_ms: int) -> None:
        self._in_step = True
        kept_back, self._kept_back = self._kept_back, []
        self._catching_up = True
        for at, publish in enumerate(kept_back):
            self._apply(publish, now_ms)
            if not self._in_step:
                self._kept_back = kept_back[at:]
                break
        self._catching_up = False

    def _keep_back(self, publish: Publish) -> None:
        self._kept_back.append(publish)
        if len(self._kept_back) > MAX_KEPT_BACK:
            # The snapshot to come may be older than what is dropped here; the gap is then found by its offset.
            del self._kept_back[0]

    def _apply(self, publish: Publish, now_ms: int) -> None:
        position, numbered, passing = publish
        ours = self.state.position
        if position.epoch != ours.epoch:
            if position.epoch in ("", self._old_epoch):
                self._pass_by(passing)  # from before the state we have, or while there was none
                self._wake(now_ms)
            if position.epoch == "" and self._in_step and not self._catching_up:
                self._in_step = False  # the stored state is gone
                self._hub.lost(self)
            elif position.epoch not in ("", self._old_epoch):
                self._lose(publish)
            return
        if position.offset < ours.offset:
            return  # older than our snapshot, its passing frames too
        fresh = [one for one in numbered if one.offset > ours.offset]
        first = fresh[0].offset if fresh else position.offset + 1
        if first > ours.offset + 1:
            self._lose(publish)
            return
        for one in fresh:
            self._fold(one, now_ms)
        if fresh or not numbered:  # what repeats a folded publish repeats its passing frames, too
            self._pass_by(passing)
        self._wake(now_ms, urgent=any(is_urgent(one) for one in fresh))

    def _pass_by(self, passing: Sequence[PassingFrame]) -> None:
        known = {one.id for one in self.state.comments}
        fresh = [one for one in passing if not (isinstance(one, Comment) and one.id in known)]
        self.state.pass_by(fresh)
        for frame in fresh:
            self._add(frame)

    def _fold(self, numbered: Numbered, now_ms: int) -> None:
        numbered = self.shown_once(numbered)
        self.state.fold(numbered)
        self.log.append(numbered, _about_size(numbered), now_ms)
        self._add(numbered)

    def shown_once(self, numbered: Numbered) -> Numbered:
        """Return a moment under its second number as one that is over: the number stays, and becomes `void`.

        A publisher whose store froze in the middle publishes again; both are numbered when it thaws. Asked again for the
        same number the answer is the same, so what comes live and what is read from the stored log are judged alike.
        """
        frame = numbered.frame
        if not isinstance(frame, Moment):
            return numbered
        here = Position(self.position.epoch, numbered.offset)
        first = self._known.get(frame.id)
        if (
            first is not None
            and first != here
            and not (first.epoch == here.epoch and here.offset < first.offset)
        ):
            return replace(numbered, frame=replace(frame, expires_ms=0))
        self._known[frame.id] = here
        if len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]
        return numbered

    def _add(self, frame: Numbered | PassingFrame) -> None:
        self._place += 1
        self._entries.append((self._place, frame))

    def _lose(self, publish: Publish) -> None:
        self._in_step = False
        self._keep_back(publish)
        self._hub.lost(self)

    def overloaded(self, before: Level, now_ms: int) -> None:
        """Tell the viewers this node's level, with the latest of what is shown again."""
        level = self._hub.level
        again = held_back(self.state.snapshot().pulses, before, level)
        announced = pulse_of(level)
        self.state.pass_by((announced,))
        for pulse in (announced, *again):
            self._add(pulse)
        self._wake(now_ms)

    # --- what goes out ----------------------------------------------------------------------------

    def _wake(self, now_ms: int, urgent: bool = False) -> None:
        """Close the window now or later."""
        if self._busy or not (self._entries or self._beacon or self._rewelcome):
            return
        length_ms = window_ms(self.audience, self._last_fanout_ms, self._hub.level)
        due_ms = closes_at(self._last_closed_ms, length_ms, urgent, now_ms)
        if due_ms <= now_ms:
            self._close_window(now_ms)
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later((due_ms - now_ms) / 1000, self._timer_fired)

    def _timer_fired(self) -> None:
        self._timer = None
        if not self._busy:
            self._close_window(self._hub.clock.now_ms())

    def _close_window(self, now_ms: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._last_closed_ms = now_ms
        self._busy = True
        self._started = started = perf_counter()
        if self._rewelcome:
            self._rewelcome = False
            done = partial(self._fanned_out, started)
            self._hub.fanout.start(ToEach(self.viewers(), self._welcome_anew, done))
            return
        beacon, self._beacon = self._beacon, None
        batch = batch_of(self._entries, now_ms, after=self._counted, level=self._hub.level)
        _count_dropped(batch, self._hub.meter)
        before, self._counted = self._counted, self._place
        parts = self._parts(beacon, _Made(before, self._place, batch))
        self._hub.fanout.start(SameBytes(parts, partial(self._fanned_out, started)))

    def _parts(self, beacon: Beacon | None, made: _Made) -> Iterator[Part]:
        """Give each audience's message when it is its turn, with all that has come by then.

        So nobody waits for a window *and* for those written to before; in a room of one audience it is the same.
        """
        for audience in self._audiences.in_turn():
            if self._rewelcome:
                self._beacon = self._beacon or beacon
                return  # what has come since belongs to a state that they are about to be told
            yield from self._parts_of(audience, beacon, made)

    def _parts_of(self, audience: Audience, beacon: Beacon | None, made: _Made) -> Iterator[Part]:
        meter, clock = self._hub.meter, self._hub.clock
        entries, upto = [one for one in self._entries if one[0] > audience.place], self._place
        for place, viewers in audience.turn(upto).items():
            batch = made.batch
            if (place, upto) != (made.after, made.upto):
                batch = batch_of(entries, clock.now_ms(), after=place, level=self._hub.level)
            message, lanes = sealed_for(batch, beacon, audience)
            if message is None or not viewers:
                continue
            yield viewers, message, place + 1
            for lane, frames in (("kept", lanes.kept), ("passing", lanes.passing), ("beacon", lanes.beacon)):
                if frames:
                    meter.delivered(lane, frames * len(viewers))
        now_ms = clock.now_ms()
        for _, frame in entries:
            if isinstance(frame, Numbered):
                meter.event_to_socket(max(0, now_ms - frame.sent_ms) / 1000)

    def _welcome_anew(self, viewer: Viewer) -> None:
        """Tell a viewer the whole room; its state may have moved on since the fan-out of welcomes began."""
        viewer.welcome_anew(self)
        viewer.place = self._place
        self._audiences.told(viewer, self._place)

    def _fanned_out(self, started: float) -> None:
        took = perf_counter() - started
        self._last_fanout_ms = took * 1000
        self._longest_ms = max(self._longest_ms, self._last_fanout_ms)
        self._busy = False
        self._hub.meter.fanout(took)
        had = self._audiences.slowest(self._place)
        self._entries = [one for one in self._entries if one[0] > had]
        self._audiences.join()
        if self._entries or self._beacon or self._rewelcome:
            urgent = self._beacon is not None or self._rewelcome
            urgent = urgent or any(isinstance(one, Numbered) and is_urgent(one) for _, one in self._entries)
            self._wake(self._hub.clock.now_ms(), urgent)

    def slowest_ms(self) -> float:
        """Return how long the slowest fan-out since the last call took; one under way counts as long as it has.

        While a room is written to window after window, the last one counts until the next has ended: otherwise every
        pause between two would look like peace.
        """
        longest, self._longest_ms = self._longest_ms, 0.0
        if self._busy:
            longest = max(longest, (perf_counter() - self._started) * 1000)
        if self._last_closed_ms is not None:
            length_ms = window_ms(self.audience, self._last_fanout_ms, self._hub.level)
            if self._hub.clock.now_ms() - self._last_closed_ms <= 2 * length_ms:
                longest = max(longest, self._last_fanout_ms)
        return longest

    def close(self) -> None:
        """Forget what waits; nobody watches any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Hub:
    """All rooms of this node."""

    def __init__(self, clock: Clock, meter: Meter, lost: Callable[[Room], None]) -> None:
        self.clock = clock
        self.meter = meter
        self.lost = lost
        self.fanout = Fanout()
        self.level = Level.NORMAL
        self.rooms: dict[str, Room] = {}

    def room(self, room: str) -> Room:
        """Return the room, made now if this node has it not yet."""
        found = self.rooms.get(room)
        if found is None:
            found = self.rooms[room] = Room(room, self)
        return found

    def slowest_ms(self) -> float:
        """Return how long the slowest fan-out since the last call took."""
        return max((room.slowest_ms() for room in self.rooms.values()), default=0.0)

    def take_level(self, level: Level) -> None:
        """Pace all rooms by this level of overload from now on, and announce it in each."""
        before, self.level = self.level, level
        for room in list(self.rooms.values()):
            if room.is_loaded and level != before:
                room.overloaded(before, self.clock.now_ms())

    def forget(self, room: Room) -> None:
        room.close()
        self.rooms.pop(room.id, None)


def _count_dropped(batch: Batch, meter: Meter) -> None:
    for rank in batch.expired:
        meter.dropped(int(rank), "expired", 1)
    for rank, shed in Counter(batch.shed).items():
        meter.dropped(int(rank), "overload", shed)
    if batch.comments_dropped:
        meter.dropped(int(Rank.CHATTER), "overload", batch.comments_dropped)
    if batch.pulses_replaced:
        meter.dropped(int(Rank.CHATTER), "replaced", batch.pulses_replaced)


def _about_size(numbered: Numbered) -> int:
    """About the bytes a frame takes in the log."""
    frame = numbered.frame
    if isinstance(frame, Moment):
        return len(frame.body.msgpack) + len(frame.body.json) + 64
    value = getattr(frame, "value", None)
    return 64 if value is None else len(value.msgpack) + len(value.json) + 64
