"""What is on a room's stage – tasks, gates, polls, the pinned line – as rows and JSON text. Pure; see `rows`."""

from __future__ import annotations

import json

from server.domain.gates import Gate
from server.domain.polls import Pinned, Poll
from server.domain.shout_control import AS_RULED, MutedAuthor, ShoutControl
from server.domain.state import Room, Task
from server.ids import AuthorTag, GateId, PollId, RoomId, ShowId, TaskId, TierId
from server.ledger.bulk import Found, Row
from server.ledger.packing import packed

TASK = (
    "id",
    "room",
    "show",
    "kind",
    "title",
    "reward",
    "target",
    "budget",
    "password",
    "starts_ms",
    "ends_ms",
    "state",
    "rev",
    "remaining_ms",
    "grace_ms",
    "place",
    "audience",
    "shown",
)


def stage_text(room: Room) -> str | None:
    """What is pinned and asked; most rooms have neither."""
    if room.pinned is None and not room.polls and room.shouts == AS_RULED:
        return None
    polls = [
        [poll.id, poll.question, poll.options, poll.ends_ms, poll.state, poll.order] for poll in room.polls
    ]
    pinned = None if room.pinned is None else [room.pinned.id, room.pinned.text]
    return packed({"pinned": pinned, "polls": polls, "shouts": _shouts(room.shouts)})


def _shouts(control: ShoutControl) -> list[object] | None:
    if control == AS_RULED:
        return None
    muted = [[one.author, one.name] for one in control.muted]
    return [
        control.paused,
        control.from_tier,
        control.per_minute,
        muted,
        control.cleared_ms,
        control.rev,
    ]


def shouts_of(stage: str | None) -> ShoutControl:
    """Return what a host has set; a room of before there was such a thing has nothing set."""
    known = None if stage is None else json.loads(stage).get("shouts")
    if known is None:
        return AS_RULED
    paused, from_tier, per_minute, muted, cleared_ms, rev = known
    authors = tuple(MutedAuthor(AuthorTag(author), name) for author, name in muted)
    tier = None if from_tier is None else TierId(from_tier)
    return ShoutControl(paused, tier, per_minute, authors, cleared_ms, rev)


def pinned_of(stage: str | None) -> Pinned | None:
    pinned = None if stage is None else json.loads(stage)["pinned"]
    return None if pinned is None else Pinned(*pinned)


def polls_of(stage: str | None, room: RoomId) -> tuple[Poll, ...]:
    if stage is None:
        return ()
    return tuple(
        Poll(PollId(id_), room, question, tuple((option, text) for option, text in options), *more)
        for id_, question, options, *more in json.loads(stage)["polls"]
    )


def gate_row(gate: Gate) -> Row:
    return (
        gate.id,
        gate.room,
        gate.sku,
        gate.title,
        gate.price,
        gate.public_ms,
        packed(gate.opens),
        gate.stock,
        gate.early,
        gate.state,
    )


def gate_of(row: Found) -> Gate:
    return Gate(
        id=GateId(row[0]),
        room=RoomId(row[1]),
        sku=row[2],
        title=row[3],
        price=row[4],
        public_ms=row[5],
        opens=tuple((TierId(tier), at_ms) for tier, at_ms in json.loads(row[6])),
        stock=row[7],
        early=row[8],
        state=row[9],
    )


def task_row(task: Task, shown: bool) -> Row:
    return (
        task.id,
        task.room,
        task.show,
        task.kind,
        task.title,
        task.reward,
        task.target,
        task.budget,
        task.password,
        task.starts_ms,
        task.ends_ms,
        task.state,
        task.rev,
        task.remaining_ms,
        task.grace_ms,
        task.order,
        task.audience,
        shown,
    )


def task_of(row: Found) -> Task:
    return Task(
        TaskId(row[0]),
        RoomId(row[1]),
        ShowId(row[2]),
        *row[3:17],
    )
