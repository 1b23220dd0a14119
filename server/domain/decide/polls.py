"""Polls, pinned lines and notices: what a host asks and says (L8, L12)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from server.domain.commands import ClosePoll, OpenPoll, Pin, PostNotice, RemovePoll
from server.domain.decide.rooms import known_room
from server.domain.decision import Applied, Decision, Refusal
from server.domain.facts import BudgetSpent, NoticePosted, PollClosed, PollOpened, PollRemoved, RoomPinned
from server.domain.polls import (
    CLOSED,
    LONGEST_S,
    MINUTE_MS,
    MOST_OPTIONS,
    MOST_SHOWN,
    NOTICES_A_MINUTE,
    OPEN,
    Poll,
    counter,
    notices_budget,
)
from server.domain.state import Room
from server.domain.world import World
from server.ids import PollId, RoomId, derived

_UNCHANGED: Final = Decision(Applied())


def open_poll(command: OpenPoll, world: World, now_ms: int) -> Decision:
    """Ask the room a question while its show is live."""
    room = known_room(command.origin.room, world)
    if isinstance(room, Refusal):
        return Decision(room)
    if command.poll in {poll.id for poll in room.polls}:
        return _UNCHANGED
    if world.on_air(room.id) is None:
        return _refused("off_air", "room: no show is live; start one, then the poll")
    if len(room.polls) >= MOST_SHOWN:
        return _refused("limit_reached", f"polls: {MOST_SHOWN} are shown already; remove one first")
    if not 2 <= len(command.options) <= MOST_OPTIONS:
        return _refused("bad_request", f"options: 2 to {MOST_OPTIONS}")
    if len(set(command.options)) < len(command.options):
        return _refused("bad_request", "options: each is another")
    if not 0 < command.seconds <= LONGEST_S:
        return _refused("bad_request", f"seconds: 1 to {LONGEST_S}")
    poll = Poll(
        id=command.poll,
        room=room.id,
        question=command.question,
        options=tuple((chr(ord("a") + at), text) for at, text in enumerate(command.options)),
        ends_ms=now_ms + command.seconds * 1_000,
        order=1 + max((poll.order for poll in room.polls), default=0),
    )
    return Decision(Applied(), (PollOpened(poll, now_ms),))


def close_poll(command: ClosePoll, world: World, now_ms: int) -> Decision:
    """Take no more votes: at once for the host, when its time is over for due work. The result stays on the screen."""
    poll = shown_poll(command.origin.room, command.poll, world)
    if poll is None:
        if command.overdue:
            return _UNCHANGED
        return _refused("not_found", f"poll: room {command.origin.room} shows no poll {command.poll}")
    if poll.state == CLOSED or (command.overdue and now_ms < poll.ends_ms):
        return _UNCHANGED
    return Decision(Applied(), (PollClosed(replace(poll, state=CLOSED), tally(poll, world), now_ms),))


def remove_poll(command: RemovePoll, world: World, now_ms: int) -> Decision:
    """Take the poll off the screen; votes that were cast stay cast."""
    poll = shown_poll(command.origin.room, command.poll, world)
    if poll is None:
        return _UNCHANGED
    closed: tuple[PollClosed, ...] = ()
    if poll.state == OPEN:
        closed = (PollClosed(replace(poll, state=CLOSED), tally(poll, world), now_ms),)
    return Decision(Applied(), (*closed, PollRemoved(replace(poll, state=CLOSED), now_ms)))


def closed_with_show(room: Room, world: World, now_ms: int) -> tuple[PollClosed, ...]:
    """Return the end of every poll still open when the show ends (L12)."""
    return tuple(
        PollClosed(replace(poll, state=CLOSED), tally(poll, world), now_ms)
        for poll in room.polls
        if poll.state == OPEN
    )


def pin(command: Pin, world: World, now_ms: int) -> Decision:
    """Pin a line, in place of the one before; None takes it away."""
    room = known_room(command.origin.room, world)
    if isinstance(room, Refusal):
        return Decision(room)
    before = room.pinned.text if room.pinned is not None else None
    if before == command.text:
        return _UNCHANGED
    pinned_id = derived("pin", command.origin.source, command.origin.event)
    return Decision(Applied(), (RoomPinned(room.id, pinned_id, command.text, now_ms),))


def post_notice(command: PostNotice, world: World, now_ms: int) -> Decision:
    """Say something to everybody in the room once; so many a minute, whoever says it through whichever server."""
    room = known_room(command.origin.room, world)
    if isinstance(room, Refusal):
        return Decision(room)
    name = notices_budget(room.id, now_ms)
    if not world.affords(name, 1, NOTICES_A_MINUTE):
        wait_ms = MINUTE_MS - now_ms % MINUTE_MS
        return Decision(
            Refusal("rate_limited", f"notices: {NOTICES_A_MINUTE} a minute in a room", retry_after_ms=wait_ms)
        )
    notice_id = derived("mo", command.origin.source, command.origin.event)
    spent = BudgetSpent(name, 1, NOTICES_A_MINUTE)
    return Decision(
        Applied(),
        (
            spent,
            NoticePosted(room.id, notice_id, command.text, command.rank, now_ms),
        ),
    )


def shown_poll(room_id: RoomId | None, poll_id: str, world: World) -> Poll | None:
    """Return the poll of the room's screen; None when it shows none of that name."""
    room = world.rooms.get(room_id) if room_id is not None else None
    return next((poll for poll in room.polls if poll.id == poll_id), None) if room is not None else None


def tally(poll: Poll, world: World, more: str | None = None) -> tuple[tuple[str, int], ...]:
    """Return the votes of every option as this world knows them, with one `more`."""
    return tuple(
        (option, world.budgets.get(counter(PollId(poll.id), option), 0) + (option == more))
        for option, _ in poll.options
    )


def _refused(code: str, message: str) -> Decision:
    return Decision(Refusal(code, message))
