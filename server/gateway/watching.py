"""Who watches what, for how long: beats in, milestones out. Rules E1, V2; DESIGN §4, Watching.

Between two beacon rounds beats only extend spans in this node's memory. Each round folds them into the progress
that stands in the hot store and keeps it there, so that neither a reconnect nor this server's death costs more than
one round; reached milestones become commands whose number makes them happen once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from broadcaster.frames import Beat
from broadcaster.ports import Connection
from server.credentials.access import subject_of
from server.domain.commands import CompleteInvite, Origin, RecordWatched, Subject
from server.domain.rulebook import Rulebook
from server.errors import InternalFault, Overloaded
from server.gateway.accrual import Span, accrued, beaten, due, number, reported, watched_ms
from server.gateway.ports import Submits, Truth
from server.gateway.rooms import Rooms
from server.hot.errors import HotUnavailable
from server.hot.ports import UNKNOWN, Park, Parked, Progress, Watches
from server.ids import MemberId, RoomId, ShowId
from server.ledger.errors import LedgerUnavailable

MAX_REPORTS = 256
"""Milestones in one submission: as many as one commit takes."""

MAX_KEEPS = 100
"""Seats folded between two turns of the loop: some 2 ms."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Viewing:
    """One connection's own proof."""

    running: bool = False
    spans: tuple[Span, ...] = ()


@dataclass(slots=True, eq=False)
class _Seat:
    """One member in one room on this node, over all their connections here."""

    member: MemberId
    room: RoomId
    show: ShowId
    subject: Subject
    """What the token says: whoever has done nothing but watch is made known, identity and all, by a milestone (X1)."""
    viewings: dict[Connection, _Viewing] = field(default_factory=dict)
    left: list[Span] = field(default_factory=list)
    """Proven by connections that have gone since the last round."""
    standing: Progress | None = None
    """What was last seen in the hot store; None = not looked yet."""
    invite_told: bool = False
    """Whether the ledger has answered for this member's invitation in this show (E4)."""
    round_ms: int = 0
    """When the last round came by; much later than a beat's time means that this node was late."""

    def spans(self) -> list[Span]:
        own = [span for viewing in self.viewings.values() for span in viewing.spans]
        if not self.left and len(own) < 2:
            return own  # of nearly everybody
        return sorted([*self.left, *own], key=lambda span: span.to_ms)

    def turn_to(self, show: ShowId) -> None:
        """Another show starts with nothing watched."""
        self.show = show
        self.standing = None
        self.invite_told = False
        self.forget()

    def forget(self) -> None:
        """Keep of every connection only where its proof ends."""
        self.left.clear()
        for viewing in self.viewings.values():
            viewing.spans = tuple(replace(span, from_ms=span.to_ms) for span in viewing.spans[-1:])

    def settle(self, standing: Progress) -> None:
        """`standing` has been kept. What beats have proven meanwhile stays; what is proven twice counts once."""
        self.standing = standing
        self.left = [span for span in self.left if span.to_ms > standing.last_ms]
        for viewing in self.viewings.values():
            viewing.spans = viewing.spans[-1:]


class Watching:
    """All seats of this node."""

    def __init__(
        self,
        hot: Watches,
        intake: Submits,
        truth: Truth,
        rooms: Rooms,
        rulebook_at: Callable[[int], Rulebook],
        inviter_of: Callable[[MemberId], MemberId | None],
    ) -> None:
        """`inviter_of` says whose invitation waits for a member to watch (E4); None = nobody's."""
        self._hot = hot
        self._intake = intake
        self._truth = truth
        self._rooms = rooms
        self._rulebook_at = rulebook_at
        self._inviter_of = inviter_of
        self._seats: dict[tuple[MemberId, RoomId], _Seat] = {}
        self._leaving: dict[tuple[MemberId, RoomId], _Seat] = {}
        self._draining = False

    def draining(self) -> None:
        """From now on who leaves was sent away by us, which breaks nobody's 15 minutes (E1)."""
        self._draining = True

    def beat(self, connection: Connection, beat: Beat, now_ms: int) -> None:
        """Count a beat whose nonce was right. Only playing, visible and while the show is live proves watching."""
        member = connection.identity.member
        if member is None:
            return
        key = (MemberId(member), RoomId(connection.room))
        show = self._rooms.on_air(connection.room)
        seat = self._seats.get(key)
        if show is None or not (beat.playing and beat.visible):
            if seat is not None and (viewing := seat.viewings.get(connection)) is not None:
                viewing.running = False
            return
        if seat is None:
            # Whoever comes back before the round that would have said goodbye has never left.
            back = self._leaving.pop(key) if key in self._leaving else None
            seat = self._seats[key] = back or _Seat(
                *key, show.id, subject_of(connection.identity.sub or member), round_ms=now_ms
            )
        if seat.show != show.id:
            seat.turn_to(show.id)
        viewing = seat.viewings.setdefault(connection, _Viewing())
        gap_ms = self._rulebook_at(now_ms).watch_gap_ms
        late = now_ms - seat.round_ms > gap_ms // 2
        viewing.spans = beaten(viewing.spans, now_ms, gap_ms, running=viewing.running, late=late)
        viewing.running = True

    def counts_in(self, member: MemberId, room: RoomId) -> bool:
        """Whether the member's watching counts in this room, as the last round found: in one at a time (E1)."""
        seat = self._seats.get((member, room))
        return seat is not None and seat.standing is not None

    def left(self, connection: Connection) -> None:
        """The connection has gone; what it proved is kept in the next round."""
        member = connection.identity.member
        if member is None:
            return
        key = (MemberId(member), RoomId(connection.room))
        seat = self._seats.get(key)
        viewing = seat.viewings.pop(connection, None) if seat is not None else None
        if seat is None or viewing is None:
            return
        seat.left += viewing.spans
        if not seat.viewings:
            del self._seats[key]
            if not self._draining:
                self._leaving[key] = seat

    async def round(self, connections: Iterable[Connection], now_ms: int) -> None:
        """Keep the progress of these connections' seats and of those who have left; report milestones.

        Never raises for a store that is away: beats wait here and count when it is back.
        """
        going = list(self._leaving.values())
        self._leaving.clear()
        seats = list(dict.fromkeys(seat for one in connections if (seat := self._seat_of(one)) is not None))
        try:
            await self._keep([seat for seat in seats + going if self._has_news(seat)], now_ms)
            await self._hot.release([(seat.member, seat.room) for seat in going if not self._is_back(seat)])
            standing = [seat for seat in seats if seat.standing is not None]
            await self._report(standing, now_ms)
            await self._complete_invites(standing, now_ms)
        except HotUnavailable as away:
            _log.info("watching.unparked", seats=len(seats), why=away.why)
        finally:
            for seat in seats:
                seat.round_ms = now_ms

    def _seat_of(self, connection: Connection) -> _Seat | None:
        member = connection.identity.member
        return None if member is None else self._seats.get((MemberId(member), RoomId(connection.room)))

    def _is_back(self, seat: _Seat) -> bool:
        return (seat.member, seat.room) in self._seats

    def _has_news(self, seat: _Seat) -> bool:
        if seat.standing is None:
            return True
        spans = seat.spans()
        return not seat.viewings or bool(spans and spans[-1].to_ms > seat.standing.last_ms)

    async def _keep(self, seats: Sequence[_Seat], now_ms: int) -> None:
        """Fold each seat's spans into what stands and keep that; once more for those who had not seen the last."""
        for start in range(0, len(seats), MAX_KEEPS):
            again = await self._keep_once(seats[start : start + MAX_KEEPS], now_ms)
            await self._keep_once(again, now_ms)

    async def _keep_once(self, seats: Sequence[_Seat], now_ms: int) -> list[_Seat]:
        if not seats:
            return []
        parks = [Park(seat.member, seat.room, seat.show, self._folded(seat, now_ms)) for seat in seats]
        again: list[_Seat] = []
        for seat, park, parked in zip(seats, parks, await self._hot.park(parks), strict=True):
            if seat.show != park.show:
                continue  # the next show has begun while we asked
            if not parked.held:
                seat.standing = None
                seat.forget()
            elif parked.kept and parked.progress is not None:
                seat.settle(parked.progress)
            else:
                seat.standing = _stands(seat, parked)
                again.append(seat)
        return again

    def _folded(self, seat: _Seat, now_ms: int) -> Progress | None:
        if seat.standing is None:
            return None
        gap_ms = self._rulebook_at(now_ms).watch_gap_ms
        progress = seat.standing
        for span in seat.spans():
            progress = accrued(progress, span, gap_ms)
        return Progress(
            progress.toward15_ms,
            progress.toward10_ms,
            progress.n15,
            progress.n10,
            progress.last_ms,
            bool(seat.viewings),
            seat.standing.seq + 1,
        )

    async def _report(self, seats: Sequence[_Seat], now_ms: int) -> None:
        reached = [seat for seat in seats if seat.standing is not None and due(seat.standing)]
        for start in range(0, len(reached), MAX_REPORTS // 2):
            await self._report_some(reached[start : start + MAX_REPORTS // 2], now_ms)

    async def _report_some(self, seats: Sequence[_Seat], now_ms: int) -> None:
        """Tell the ledger of the milestones reached; what it does not answer now is due again next round."""
        try:
            told = [
                (seat, seat.show, minutes)
                for seat in await self._numbered(seats)
                for minutes in due(_known(seat))
            ]
            await self._intake.submit_many(
                [
                    _milestone(seat, minutes, number(_known(seat), minutes), now_ms)
                    for seat, _, minutes in told
                ]
            )
        except (LedgerUnavailable, Overloaded, InternalFault) as away:
            _log.info("watching.unreported", seats=len(seats), why=str(away))
            return
        after: dict[_Seat, Progress] = {}
        for seat, show, minutes in told:
            if seat.show == show and seat.standing is not None:
                after[seat] = reported(after.get(seat, seat.standing), minutes)
        # Not kept = another node went on from the same progress: it reports the same number, which is a repeat.
        await self._put(after)

    async def _complete_invites(self, seats: Sequence[_Seat], now_ms: int) -> None:
        """Tell the ledger of invited newcomers who have watched long enough; once a show, or until it answers."""
        needed_ms = self._rulebook_at(now_ms).invite.watch_ms
        wishes: dict[_Seat, CompleteInvite] = {}
        for seat in seats:
            inviter = None if seat.invite_told else self._inviter_of(seat.member)
            if inviter is not None and seat.standing is not None and watched_ms(seat.standing) >= needed_ms:
                wishes[seat] = _invite(seat, inviter, now_ms)
        if not wishes:
            return
        try:
            await self._intake.submit_many(list(wishes.values()))
        except (LedgerUnavailable, Overloaded, InternalFault) as away:
            _log.info("watching.invites_untold", seats=len(wishes), why=str(away))
            return
        for seat, wish in wishes.items():
            seat.invite_told = seat.show == wish.show

    async def _numbered(self, seats: Sequence[_Seat]) -> list[_Seat]:
        """Return the seats whose next milestones have their numbers, and have them *kept*.

        Kept before anything is reported: were this server to die in between, the next one must report the same
        number, and not ask the ledger for one after it.
        """
        unknown = [seat for seat in seats if UNKNOWN in (_known(seat).n15, _known(seat).n10)]
        counts = await asyncio.gather(*(self._truth.watch_counts(seat.member, seat.show) for seat in unknown))
        wanted = {
            seat: replace(seat.standing, n15=n15, n10=n10)
            for seat, (n15, n10) in zip(unknown, counts, strict=True)
            if seat.standing is not None
        }
        kept = await self._put(wanted)
        return [seat for seat in seats if seat not in wanted or seat in kept]

    async def _put(self, wanted: Mapping[_Seat, Progress]) -> set[_Seat]:
        """Keep progress that no beat has changed; return the seats where it was kept. The others learn what stands."""
        if not wanted:
            return set()
        parks = [
            Park(seat.member, seat.room, seat.show, replace(progress, seq=progress.seq + 1))
            for seat, progress in wanted.items()
        ]
        kept = set()
        for seat, park, parked in zip(wanted, parks, await self._hot.park(parks), strict=True):
            if seat.show != park.show:
                continue  # the next show has begun while we asked
            seat.standing = parked.progress
            if parked.kept:
                kept.add(seat)
        return kept


def _stands(seat: _Seat, parked: Parked) -> Progress:
    """Return what to go on from: what stands, else (a flushed store) what this node last kept, else nothing."""
    if parked.progress is not None:
        return parked.progress
    return replace(seat.standing, seq=0) if seat.standing is not None else Progress()


def _known(seat: _Seat) -> Progress:
    if seat.standing is None:
        raise AssertionError("only seats with progress reach milestones")
    return seat.standing


def _milestone(seat: _Seat, minutes: int, n: int, now_ms: int) -> RecordWatched:
    return RecordWatched(
        origin=Origin(
            source="watch",
            event=f"watch{minutes}:{seat.show}:{seat.member}:{n}",
            content=f"{minutes}",
            received_ms=now_ms,
            room=seat.room,
            actor=seat.member,
        ),
        who=seat.subject,
        show=seat.show,
        minutes=minutes,
        n=n,
    )


def _invite(seat: _Seat, inviter: MemberId, now_ms: int) -> CompleteInvite:
    return CompleteInvite(
        origin=Origin(
            source="watch",
            # Another show is another chance: a show that ended before the answer has decided nothing.
            event=f"invite:{seat.show}:{seat.member}",
            content="invite",
            received_ms=now_ms,
            room=seat.room,
            actor=seat.member,
        ),
        who=seat.subject,
        show=seat.show,
        inviter=inviter,
    )
