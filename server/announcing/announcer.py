"""Telling the world what is durable: records, then frames, then mail (DESIGN §3, steps 7–9). Rules L2, R4, R9, X2.

Receipts are out already, so nothing here can fail a sender and nothing here holds up the next commit: commits are
merged into one bounded `Backlog` and told by a single task, so order per room and per member is kept. With Redis away
the backlog waits and merges; moments and notices a minute old go, counted; state stays to the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import structlog

from broadcaster.errors import BusUnavailable
from broadcaster.frames import MailFrame, Moment, Pulse, Retract, RoomFrame
from broadcaster.ports import RoomPublisher
from member_cache.errors import CacheUnavailable
from member_cache.ports import Cache
from server.announcing.backlog import Backlog
from server.announcing.conducting import Conducting
from server.announcing.framing import (
    FRESH_MS,
    Framed,
    comment_frame,
    framed,
    redeemed_frame,
    task_done_frame,
)
from server.announcing.place_pacing import paced_places
from server.announcing.redeemed_pacing import RedeemedPacing
from server.announcing.shout_controls import ShoutControls
from server.announcing.shout_pacing import ShoutPacing
from server.clock import Clock
from server.domain.facts import CommentPosted
from server.domain.rulebook import Rulebook
from server.domain.state import Member
from server.hot.errors import HotUnavailable
from server.hot.ports import Ask, Boards, Granted, Likes, Pacer, Shelves
from server.hot.sliding import SteadyPacer
from server.ids import MemberId, RoomId
from server.ledger.ports import Committed
from server.views import encoded, record_frame, record_of

VISIBLE_PER_S = 40
"""Frames a room can show in a second (DESIGN §4); state (rank 0) does not count."""
CHATTER_PER_S = 30
"""Of these, what comments may take: a chatty room must not eat the place of a level-up."""
MAX_ROOMS = 10_000
"""Rooms of which the last pulse is remembered."""
DONES_PER_S = 2
"""Moments of countdown tasks in a room and second; who comes meanwhile is folded into the next."""
LIKES_EVERY_MS = 100
"""Reactions of so long share one pulse; nodes show only the latest of a window anyway."""
RETRY_FIRST_MS = 250
RETRY_LONGEST_MS = 2_000
"""Promise R4 gives rooms ten seconds after Redis is back."""

_log = structlog.get_logger(__name__)


class AnnounceMeter(Protocol):
    """The part of `server.metrics` that is counted here. Must neither block nor raise."""

    def dropped(self, rank: int, reason: str, n: int) -> None: ...
    def announce_fault(self) -> None: ...


class Mail(Protocol):
    """The part of `broadcaster.ports.Mailboxes` that sends."""

    async def send(self, mail: Sequence[tuple[str, MailFrame]]) -> None: ...


class Timer(Protocol):
    def cancel(self) -> None: ...


Later = Callable[[float, Callable[[], None]], Timer]
"""Calls back after so many seconds."""


class HotCounters(Pacer, Likes, Boards, Shelves, Protocol):
    """The part of the hot store that paces, counts and remembers what was shown."""


class Announcer:
    """`after_commit` of intake. `start` it before the first commit, `stop` it after the last."""

    def __init__(
        self,
        *,
        cache: Cache,
        publisher: RoomPublisher,
        mail: Mail,
        hot: HotCounters,
        controls: ShoutControls,
        rulebook_at: Callable[[int], Rulebook],
        clock: Clock,
        meter: AnnounceMeter,
        items_changed: Callable[[RoomId], None] | None = None,
        later: Later | None = None,
        node: str = "",
    ) -> None:
        """`items_changed` is told of every room whose items a commit here has changed; None = nobody.

        `later` sets the timers for what waits; None = the running loop's. `node` names this process among all that
        announce: each shows hosts what waits here.
        """
        self._cache = cache
        self._publisher = publisher
        self._mail = mail
        self._pacer = SteadyPacer(hot)
        self._likes = hot
        self._controls = controls
        self._conducting = Conducting(hot, node)
        self._rulebook_at = rulebook_at
        self._clock = clock
        self._meter = meter
        self._items_changed = items_changed
        self._later = later
        self._backlog = Backlog(meter.dropped)
        self._shouts = ShoutPacing(self._take_places, meter.dropped, VISIBLE_PER_S)
        self._likes_told: dict[RoomId, int] = {}
        self._redeemed = RedeemedPacing(
            self._take_places, meter.dropped, visible_per_s=VISIBLE_PER_S, fresh_ms=FRESH_MS
        )
        self._away = False
        self._retry_ms = RETRY_FIRST_MS
        self._wake = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._timer: Timer | None = None
        self._task: asyncio.Task[None] | None = None

    # --- what comes in ----------------------------------------------------------------------------

    async def after_commit(self, committed: Committed) -> None:
        """Take a commit over. Returns at once; never raises for a store that is away."""
        now_ms = self._clock.now_ms()
        self._take(framed(committed, self._rulebook_at(now_ms), now_ms))

    def comment(self, comment: CommentPosted) -> None:
        """Show a comment that was not in the ledger, because it could not earn."""
        self._backlog.add_comment(comment.room, comment_frame(comment))
        self._rouse()

    def likes(self, room: RoomId, count: int) -> None:
        """Count reactions that were not in the ledger, because they could not earn."""
        self._backlog.room(room).likes += count
        self._rouse()

    def moment(self, room: RoomId, moment: Moment) -> None:
        """Show a moment that follows from no commit, and that its sender has paced."""
        self._backlog.room(room).moments.append(moment)
        self._rouse()

    def _take(self, news: Framed) -> None:
        backlog = self._backlog
        backlog.add_records(news.members)
        backlog.add_cards(news.members)
        for room, item in news.items:
            backlog.room(room).add_item(item)
            if self._items_changed is not None:
                self._items_changed(room)
        for room, shout in news.shouts:
            backlog.add_shout(room, shout)
        for room, place in news.places:
            backlog.add_place(room, place)
        for room, pulse in news.counters:
            backlog.room(room).add_counter(pulse)
        for room, moment in news.moments:
            backlog.room(room).moments.append(moment)
        for one in news.redeemed:
            backlog.room(one.room).add_redeemed(one)
        for room, comment in news.comments:
            backlog.add_comment(room, comment)
        for room, retract in news.retracts:  # after what they may take back
            backlog.room(room).add_retract(retract)
        for press in news.presses:
            self._controls.put(press.room, press.control)
            self._shouts.hurry(press.room)
            backlog.room(press.room).presses.append(press)
        for done in news.dones:
            backlog.room(done.task.room).add_done(done)
        for room in news.restarted:
            backlog.room(room).restarted = True
        for room, count in news.likes.items():
            backlog.room(room).likes += count
        for to, notice in news.notices:
            backlog.add_notices(to, (notice,))
        self._rouse()

    # --- the telling ------------------------------------------------------------------------------

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="announcer")

    async def settle(self) -> None:
        """Return when all that was taken is told, or waits for a place in a room's minute or for Redis."""
        await self._quiet.wait()

    async def stop(self, patience_s: float = 2.0) -> None:
        """Tell what is left, as far as Redis lets us within `patience_s`; then rest."""
        try:
            await asyncio.wait_for(self.settle(), patience_s)
        except TimeoutError:
            _log.warning(
                "announce.left_untold", members=len(self._backlog.records), rooms=len(self._backlog.rooms)
            )
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _rouse(self) -> None:
        self._quiet.clear()
        if not self._away:  # else the timer of the next trial rouses
            self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._away = False
            backlog, self._backlog = self._backlog, Backlog(self._meter.dropped)
            try:
                await self._tell(backlog)
            except Exception as fault:
                self._blame(fault)
            if not self._wake.is_set():
                self._rest()

    async def _tell(self, backlog: Backlog) -> None:
        now_ms = self._clock.now_ms()
        await self._put_records(backlog.records)
        await self._carry_out(backlog, now_ms)
        frames = await self._room_frames(backlog, now_ms)
        outcomes = await asyncio.gather(
            self._send_mail(backlog, now_ms),
            *(self._publish(room, sequence, now_ms) for room, sequence in frames.items() if sequence),
            return_exceptions=True,
        )
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                self._blame(outcome)
        if not self._away:
            self._retry_ms = RETRY_FIRST_MS

    def _blame(self, fault: Exception) -> None:
        """A bug of ours: what it was about is lost here and heals by version and rev in the nodes' rounds."""
        self._meter.announce_fault()
        _log.error("announce.fault", exc_info=fault)

    async def _put_records(self, members: Mapping[MemberId, Member]) -> None:
        """Before any frame: whoever rejoins at the shout must not be handed an older tier."""
        if not members:
            return
        try:
            await self._cache.put_if_newer([record_of(member) for member in members.values()])
        except CacheUnavailable as away:
            self._wait_for_redis(str(away))
            self._backlog.add_records(members.values())

    async def _send_mail(self, backlog: Backlog, now_ms: int) -> None:
        mail: list[tuple[str, MailFrame]] = []
        for member in {**backlog.cards, **backlog.notices}:
            if member in backlog.cards:
                mail.append((member, record_frame(backlog.cards[member])))
            for notice in backlog.notices.get(member, ()):
                if notice.expires_ms > now_ms:
                    mail.append((member, notice))
                else:
                    self._meter.dropped(1, "expired", 1)
        if not mail:
            return
        try:
            await self._mail.send(mail)
        except BusUnavailable as away:
            self._wait_for_redis(str(away))
            self._backlog.add_cards(backlog.cards.values())
            for to, notices in backlog.notices.items():
                self._backlog.add_notices(to, notices, first=True)

    async def _publish(self, room: RoomId, frames: Sequence[RoomFrame], now_ms: int) -> None:
        try:
            await self._publisher.publish(room, frames, now_ms)
        except BusUnavailable as away:
            # It may have been published all the same; a second time is harmless by rev and id.
            self._wait_for_redis(str(away))
            self._backlog.put_back(room, frames)

    def _wait_for_redis(self, why: str) -> None:
        if not self._away:
            self._away = True
            _log.warning("announce.waiting", why=why, retry_ms=self._retry_ms)
            self._retry_ms = min(self._retry_ms * 2, RETRY_LONGEST_MS)

    # --- pacing -----------------------------------------------------------------------------------

    async def _room_frames(self, backlog: Backlog, now_ms: int) -> dict[RoomId, list[RoomFrame]]:
        """Return what each room is shown now; what has to wait stays behind in `_paced` or the new backlog."""
        frames: dict[RoomId, list[RoomFrame]] = {
            room: [*waiting.retracts, *waiting.items.values()] for room, waiting in backlog.rooms.items()
        }
        for room, moments in (await self._moments(backlog, now_ms)).items():
            frames.setdefault(room, []).extend(moments)
        places = {room: waiting.places for room, waiting in backlog.rooms.items() if waiting.places}
        paced = await paced_places(places, self._take_places, VISIBLE_PER_S, now_ms)
        for room, some_places in paced.items():
            frames[room].extend(some_places)
            if len(some_places) < len(places[room]):
                self._meter.dropped(1, "room_budget", len(places[room]) - len(some_places))
        for room, waiting in backlog.rooms.items():
            frames[room].extend(waiting.counters.values())
        for room, done in await self._task_moments(backlog, now_ms):
            frames[room].append(done)
        redeemed = {room: waiting.redeemed for room, waiting in backlog.rooms.items() if waiting.redeemed}
        for one in await self._redeemed.now(redeemed, now_ms):
            frames.setdefault(one.room, []).append(redeemed_frame(one, now_ms))
            self._folded(2, one.count)
        comments = {room: waiting.comments for room, waiting in backlog.rooms.items() if waiting.comments}
        asks = [Ask(f"seen:{room}", CHATTER_PER_S, 1_000, len(some)) for room, some in comments.items()]
        for (room, some), granted in zip(
            comments.items(), await self._take_places(asks, now_ms), strict=True
        ):
            frames[room].extend(list(some)[: granted.n])
            if granted.n < len(some):
                self._meter.dropped(3, "room_budget", len(some) - granted.n)
        for room, pulse in await self._pulses(backlog, now_ms):
            frames[room].append(pulse)
        await self._let_through(frames, now_ms)
        return frames

    def _folded(self, rank: int, count: int) -> None:
        """Count what one moment stands for besides itself."""
        if count > 1:
            self._meter.dropped(rank, "folded", count - 1)

    async def _moments(self, backlog: Backlog, now_ms: int) -> dict[RoomId, list[Moment]]:
        """Return the moments that have a place in their room's minute and second; fold and keep the others."""
        fresh = {room: waiting.shouts for room, waiting in backlog.rooms.items() if waiting.shouts}
        rooms = list(dict.fromkeys((*fresh, *self._shouts.due(now_ms))))
        shown: dict[RoomId, list[Moment]] = {}
        if rooms:
            controls = await self._controls.of(rooms)
            paced = await self._shouts.now(fresh, controls, self._rulebook_at(now_ms), now_ms)
            shown.update({room: list(moments) for room, moments in paced.items()})
            for room in rooms:
                await self._conducting.note_waiting(room, self._shouts.waiting(room), now_ms)
        for room, waiting in backlog.rooms.items():
            late = [moment for moment in waiting.moments if moment.expires_ms <= now_ms]
            if late:
                self._meter.dropped(1, "expired", len(late))
            kept = [moment for moment in waiting.moments if moment.expires_ms > now_ms]
            shown[room] = kept + shown.get(room, [])
        return shown

    async def _carry_out(self, backlog: Backlog, now_ms: int) -> None:
        """Do what hosts have pressed, before anything else goes out; with Redis away it waits for it."""
        for room, waiting in list(backlog.rooms.items()):
            while waiting.presses:
                try:
                    done = await self._conducting.carry_out(waiting.presses[0], now_ms)
                except HotUnavailable as away:
                    self._wait_for_redis(str(away))
                    again = self._backlog.room(room)
                    again.presses = [*waiting.presses, *again.presses]
                    break
                del waiting.presses[0]
                if done.retract is not None:
                    waiting.add_retract(done.retract)
                if done.moment is not None:
                    waiting.moments.append(done.moment)
                if done.test is not None:
                    backlog.add_shout(room, done.test)

    async def _let_through(self, frames: dict[RoomId, list[RoomFrame]], now_ms: int) -> None:
        """Leave out the moments of members whom the host has muted, and note the others: they may be taken back."""
        named = [
            room for room, some in frames.items() if any(isinstance(one, Moment | Retract) for one in some)
        ]
        if not named:
            return
        controls = await self._controls.of(named)
        for room in named:
            muted = controls[room]
            some = [
                one for one in frames[room] if not (isinstance(one, Moment) and muted.is_muted(one.author))
            ]
            if len(some) < len(frames[room]):
                self._meter.dropped(1, "muted", len(frames[room]) - len(some))
            frames[room] = some
        await asyncio.gather(*(self._conducting.note_shown(room, frames[room], now_ms) for room in named))

    async def _task_moments(self, backlog: Backlog, now_ms: int) -> list[tuple[RoomId, Moment]]:
        """Return the tasks' moments that have a place in their room's second; the others go on being folded."""
        waiting = {room: some.dones for room, some in backlog.rooms.items() if some.dones}
        asks = [
            ask
            for room, dones in waiting.items()
            for ask in (
                Ask(f"task_done:{room}", DONES_PER_S, 1_000, len(dones)),
                Ask(f"seen:{room}", VISIBLE_PER_S, 1_000, min(len(dones), DONES_PER_S)),
            )
        ]
        granted = await self._take_places(asks, now_ms)
        shown: list[tuple[RoomId, Moment]] = []
        for n, (room, dones) in enumerate(waiting.items()):
            places = min(granted[2 * n].n, granted[2 * n + 1].n)
            shown += [(room, task_done_frame(done, now_ms)) for done in dones[:places]]
            for done in dones[:places]:
                self._folded(2, done.count)
            for done in dones[places:]:
                if done.at_ms > now_ms - FRESH_MS:
                    self._backlog.room(room).add_done(done)
                else:
                    self._meter.dropped(2, "expired", done.count)
        return shown

    async def _pulses(self, backlog: Backlog, now_ms: int) -> list[tuple[RoomId, Pulse]]:
        """Return the new totals of reactions; those told less than a moment ago wait for the next time."""
        totals: dict[RoomId, int] = {}
        counts: dict[RoomId, int] = {}
        try:
            for room, waiting in backlog.rooms.items():
                if waiting.restarted:
                    await self._likes.reset_likes(room)
                    totals[room] = 0
                elif waiting.likes and now_ms - self._likes_told.get(room, 0) < LIKES_EVERY_MS:
                    self._backlog.room(room).likes += waiting.likes
                    continue
                if waiting.likes:
                    counts[room] = waiting.likes
            totals.update(await self._likes.add_likes(counts))
        except HotUnavailable:
            return []  # reactions are decoration: they stand still while Redis is away
        for room in counts:
            self._likes_told[room] = now_ms
        if len(self._likes_told) > MAX_ROOMS:
            self._likes_told.clear()
        return [(room, Pulse("likes", encoded(total))) for room, total in totals.items()]

    async def _take_places(self, asks: Sequence[Ask], now_ms: int) -> Sequence[Granted]:
        return await self._pacer.take(asks, now_ms) if asks else ()

    # --- when to go on ----------------------------------------------------------------------------

    def _rest(self) -> None:
        """Nothing more to do at once: set the timer for what waits."""
        waits = [self._retry_ms] if self._away else []
        if not self._away:
            now_ms = self._clock.now_ms()
            waits += [max(1, due_ms - now_ms) for due_ms in self._shouts.due_ms()]
            waits += [max(1, due_ms - now_ms) for due_ms in self._redeemed.due_ms()]
            if self._backlog:
                waits.append(LIKES_EVERY_MS)
        if not self._backlog or self._away:
            self._quiet.set()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if waits:
            later = self._later or asyncio.get_running_loop().call_later
            self._timer = later(min(waits) / 1_000, self._wake.set)
