"""How a viewer gets into its room: judge → room in step → position → welcome → what was missed → live."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from broadcaster.audience import Welcoming
from broadcaster.close_codes import CloseCode
from broadcaster.codec import encode, fresh_welcome, same_for_all, seal, welcome_of
from broadcaster.errors import BusUnavailable
from broadcaster.frames import NULL, Card, Hello, Numbered, Position, Welcome
from broadcaster.hub import Hub, Room
from broadcaster.judging import JUDGE_WITHIN_S, Judging
from broadcaster.ports import Application, Identity, Joined, Rejected
from broadcaster.protocol import ConnectionNode, LiveConnection
from broadcaster.roomlog import Verdict, judge
from broadcaster.rooms import NoSuchRoom, Rooms
from broadcaster.session import State
from broadcaster.settings import NodeSettings
from broadcaster.window import caught_up

_log = logging.getLogger(__name__)
_FRAMES_PER_MESSAGE = 100


class JoiningNode(ConnectionNode, Protocol):
    """The node, as whoever is let in sees it."""

    @property
    def settings(self) -> NodeSettings: ...
    @property
    def application(self) -> Application: ...
    @property
    def rooms(self) -> Rooms: ...
    @property
    def hub(self) -> Hub: ...
    @property
    def judging(self) -> Judging: ...
    def entered(self, connection: LiveConnection, before: Identity | None) -> None:
        """A viewer is live (again); `before` = who it was until now."""
        ...

    def answer_card(self, connection: LiveConnection, card: Card | None) -> None: ...


async def join(
    node: JoiningNode, connection: LiveConnection, hello: Hello, identity: Identity | None
) -> None:
    """Answer a hello, the first or a repeated one. Never raises: whatever fails closes this connection only."""
    try:
        await _join(node, connection, hello, identity)
    except BusUnavailable:
        node.meter.join("unavailable")
        connection.bye(CloseCode.OVERLOADED, "the room's state is away", node.spread_ms())
    except NoSuchRoom:
        node.meter.join("rejected")
        connection.bye(CloseCode.NOT_ALLOWED_IN, "no such room")
    except asyncio.CancelledError:
        if not node.judging.gave_up():
            raise
        _no_answer(node, connection)
    except TimeoutError:
        _no_answer(node, connection)
    except Exception:
        _log.exception("a hello could not be answered")
        node.meter.join("unavailable")
        connection.bye(CloseCode.RESYNC, "our fault", node.spread_ms())


def _no_answer(node: JoiningNode, connection: LiveConnection) -> None:
    node.meter.join("unavailable")
    connection.bye(CloseCode.OVERLOADED, "no answer in time", node.spread_ms())


async def _join(
    node: JoiningNode, connection: LiveConnection, hello: Hello, identity: Identity | None
) -> None:
    session = connection.session_state
    first = identity is None
    verdict = await node.application.join(hello, identity, session.id)
    if isinstance(verdict, Rejected):
        node.meter.join("rejected")
        connection.perform(session.joined(verdict, node.clock.now_ms()))
        return
    room = await node.rooms.get(hello.room)
    missed = await _missed(node.rooms, room, hello.position, node) if hello.position else None
    if session.state is State.CLOSING:
        return
    before = session.identity
    now_ms = node.clock.now_ms()
    connection.perform(session.joined(verdict, now_ms))
    if not session.is_live:
        node.meter.join("rejected")
        return
    # From here to `enter` nothing may wait: what the welcome says and what follows it must fit together.
    if missed is not None and not _follows(missed, hello.position, room):
        missed = None
    _write_welcome(node, connection, room, verdict.card, missed, hello.position, now_ms)
    room.enter(connection, new=first)
    node.meter.join("joined" if missed is None else "recovered")
    node.entered(connection, before if not first else None)


async def _missed(
    rooms: Rooms, room: Room, position: Position | None, node: JoiningNode
) -> Sequence[Numbered] | None:
    """Return what a viewer at `position` has missed; None = it needs the whole room."""
    if position is None:
        return None
    now_ms = node.clock.now_ms()
    ours, log = room.position, room.log
    verdict = judge(position, ours, log.first, log.sent_ms(position.offset + 1), now_ms)
    missed: Sequence[Numbered] | None = log.after(position.offset) if verdict.recovered else None
    if verdict in (Verdict.TOO_MANY, Verdict.EMPTY):
        # Our log begins where this node came in; the stored one may reach farther back.
        try:
            missed = await rooms.since(room, position)
        except BusUnavailable:
            missed = None
        if missed is not None:
            verdict = Verdict.SOME_MISSED
    node.meter.recovery(str(verdict))
    return missed


def _follows(missed: Sequence[Numbered], position: Position | None, room: Room) -> bool:
    """Whether `missed` still leads from the viewer's position to the room's, which may have moved meanwhile."""
    if position is None or position.epoch != room.position.epoch:
        return False
    return position.offset + len(missed) == room.position.offset


def _write_welcome(
    node: JoiningNode,
    connection: LiveConnection,
    room: Room,
    card: Card | None,
    missed: Sequence[Numbered] | None,
    position: Position | None,
    now_ms: int,
) -> None:
    wire = connection.wire
    connection.card = None if card is None else wire.pick(card.body)
    if missed is None or position is None:
        connection.write(seal(wire, [welcome_bytes(node, connection, room, now_ms)]))
        return
    welcome = Welcome(
        session=connection.session,
        server_time_ms=now_ms,
        position=position,
        recovered=True,
        snapshot=None,
        card=card,
        beat_s=node.settings.beat_s,
        reconnect_spread_ms=node.settings.reconnect_spread_ms,
        features=node.application.features,
    )
    frames = [welcome_of(welcome, wire, latest=room.snapshot())]
    frames += [encode(frame, wire) for frame in caught_up(missed, now_ms, node.hub.level)]
    for start in range(0, len(frames), _FRAMES_PER_MESSAGE):
        connection.write(seal(wire, frames[start : start + _FRAMES_PER_MESSAGE]))


def welcome_bytes(node: JoiningNode, connection: LiveConnection, room: Welcoming, now_ms: int) -> bytes:
    """Return a fresh welcome's map: the shared part of the room, and the card as last sent."""
    wire = connection.wire
    settings = node.settings
    frame = same_for_all(wire, node.application.features, settings.beat_s, settings.reconnect_spread_ms)
    card = wire.pick(NULL) if connection.card is None else connection.card
    return fresh_welcome(connection.session, now_ms, wire, frame, room.welcome_part(wire), card)


async def refresh(node: JoiningNode, connection: LiveConnection, token: str) -> None:
    """Answer a refreshed token: with the card, or bye 4501. Never raises."""
    session = connection.session_state
    try:
        async with asyncio.timeout(JUDGE_WITHIN_S):
            verdict: Joined | Rejected = await node.application.token(connection, token)
    except Exception:
        _log.exception("a token could not be judged")
        connection.bye(CloseCode.OVERLOADED, "no answer in time", node.spread_ms())
        return
    before = session.identity
    connection.perform(session.refreshed(verdict, node.clock.now_ms()))
    if isinstance(verdict, Rejected) or not session.is_live:
        return
    node.answer_card(connection, verdict.card)
    node.entered(connection, before)
