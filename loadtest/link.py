"""A viewer's socket in a greenlet: connects, reads, says what is due, comes back for ever. CRD6, CRD8.

All protocol is in `conversation`; here are only the socket, the clock and the counting. Runs under gevent.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import cast

import gevent
from websocket import ABNF, WebSocket, WebSocketBadStatusException, WebSocketException, create_connection

from loadtest.conversation import (
    Answered,
    CardSeen,
    CommentSeen,
    Conversation,
    Farewell,
    Fault,
    MomentSeen,
    Seen,
    Welcomed,
)
from loadtest.crowd import Crowd, now_ms
from loadtest.errors import ContractBroken
from loadtest.reconnect import wait_ms
from loadtest.wire import MSGPACK, Frame, Json, read_frames, write_message

PATIENCE_S = 10.0
"""For connecting and for a write; reading waits as long as it takes, beacons come every 15 s."""
DUE_EVERY_S = 0.5


class Link:
    """One viewer. `on_card` hears of newer cards; `live` tells whether it is in the room now."""

    def __init__(
        self, url: str, crowd: Crowd, token: Callable[[], str], on_card: Callable[[Frame], None] | None = None
    ) -> None:
        self._url = url
        self._crowd = crowd
        self._token = token
        self._on_card = on_card
        self.conversation = Conversation(crowd.room, None, crowd.random.random)
        self._socket: WebSocket | None = None
        self._farewell: Farewell | None = None
        self._connecting_ms = 0.0
        self._been_in = False
        self._greenlets: list[gevent.Greenlet] = []
        self.stopped = False

    @property
    def live(self) -> bool:
        return self.conversation.live and self._socket is not None

    def start(self) -> None:
        self._greenlets = [gevent.spawn(self._stay), gevent.spawn(self._keep_time)]

    def act(self, name: str, data: dict[str, Json]) -> None:
        """Ask for something, if the viewer is in the room; the answer is counted when it comes."""
        if self.live:
            ref = f"{self._crowd.run}-{self._crowd.number()}"
            self._send(self.conversation.act(ref, name, data, now_ms()))

    def stop(self) -> None:
        """Leave the room and settle what this viewer should have got. Safe to call twice."""
        if self.stopped:
            return
        self.stopped = True
        gevent.killall(self._greenlets, block=False)
        self._settle()
        if self._socket is not None:
            _cut(self._socket)

    # --- the life of a link ---

    def _stay(self) -> None:
        attempt = 0
        while not self.stopped:
            code, was_in = self._connect_and_read()
            attempt = 0 if was_in else attempt + 1
            retry_ms = self._farewell.retry_after_ms if self._farewell else 0
            wait = wait_ms(code, retry_ms, attempt, self._crowd.random.random())
            if wait is None or self.stopped:
                return
            self._crowd.figures.reconnects += 1
            gevent.sleep(wait / 1_000)

    def _connect_and_read(self) -> tuple[int | None, bool]:
        """Connect once and read until the end. Returns the close code (None = none) and whether a welcome came."""
        figures = self._crowd.figures
        self._farewell = None
        try:
            self.conversation.token = self._token()
        except ContractBroken as broken:
            figures.faults[str(broken)] += 1
            return None, False
        self._connecting_ms = now_ms()
        try:
            self._socket = create_connection(
                self._url,
                timeout=PATIENCE_S,
                subprotocols=[MSGPACK],
                suppress_origin=True,
                enable_multithread=True,
                sockopt=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
            )
        except WebSocketBadStatusException as refused:
            figures.upgrades_refused += 1
            figures.faults[f"upgrade answered {refused.status_code}"] += 1
            return None, False
        except (OSError, WebSocketException) as broken:
            figures.upgrades_refused += 1
            figures.faults[f"cannot connect: {type(broken).__name__}"] += 1
            return None, False
        code: int | None = None
        try:
            self._send(self.conversation.hello(now_ms()))
            self._socket.settimeout(None)
            code = self._read(self._socket)
        except (OSError, WebSocketException):
            code = None  # cut without a close frame: counted below like any other end
        was_in, self.conversation.live = self.conversation.live, False
        if not self.stopped:
            figures.closes[str(code) if code is not None else "no code"] += 1
        _cut(self._socket)
        self._socket = None
        return code, was_in or self._farewell is not None

    def _read(self, connection: WebSocket) -> int | None:
        while True:
            opcode, data = connection.recv_data()
            if opcode == ABNF.OPCODE_CLOSE:
                return int.from_bytes(data[:2]) if len(data) >= 2 else None
            now = now_ms()
            try:
                frames = read_frames(cast(bytes, data) if opcode == ABNF.OPCODE_BINARY else data.decode())
            except ContractBroken as broken:
                self._saw(Fault(str(broken)), now)
                continue
            step = self.conversation.received(frames, now)
            for message in step.send:
                self._send(message)
            for seen in step.seen:
                self._saw(seen, now)
            if self.conversation.epoch is not None:
                self._crowd.newest.saw(self.conversation.epoch, self.conversation.offset, now)

    def _keep_time(self) -> None:
        while True:
            gevent.sleep(DUE_EVERY_S)
            if self._socket is not None:
                for message in self.conversation.due(now_ms()):
                    self._send(message)

    def _send(self, message: dict[str, Json]) -> None:
        connection = self._socket
        if connection is None:
            return
        try:
            connection.send(write_message(message, MSGPACK), ABNF.OPCODE_BINARY)
        except (OSError, WebSocketException):
            _cut(connection)  # the reader notices, counts the close and comes back

    # --- counting ---

    def _saw(self, seen: Seen, now: float) -> None:
        figures = self._crowd.figures
        match seen:
            case Welcomed():
                figures.join_us.add(int((now - self._connecting_ms) * 1_000))
                if not self._been_in:
                    self._been_in = True
                    figures.viewers += 1
            case MomentSeen(kind="level_up", params=params):
                if params.get("count", 1) == 1:
                    self._crowd.shouted(str(params.get("name")), now)
            case MomentSeen():
                pass  # its offset is counted by the conversation
            case CommentSeen(age_ms=age):
                if age is not None:
                    figures.comment_us.add(int(age * 1_000))
            case CardSeen(card=card):
                if self._on_card is not None:
                    self._on_card(card)
            case Answered(refused=code, took_ms=took):
                figures.act_us.add(int(took * 1_000))
                if code is not None:
                    figures.refusals[code] += 1
            case Farewell():
                self._farewell = seen
            case Fault(what=what):
                figures.faults[what] += 1

    def _settle(self) -> None:
        talk, figures = self.conversation, self._crowd.figures
        figures.missing += talk.missing
        figures.repeated += talk.repeated
        figures.unanswered += sum(1 for asked in talk.asked_ms() if now_ms() - asked > PATIENCE_S * 1_000)
        if talk.epoch is None or talk.first_offset is None:
            return
        newest = self._crowd.newest.settled(talk.epoch, now_ms())
        if newest is not None and newest > talk.first_offset:
            figures.kept_expected += newest - talk.first_offset
            figures.kept_received += min(talk.offset, newest) - talk.first_offset


def _cut(connection: WebSocket) -> None:
    connection.shutdown()  # type: ignore[no-untyped-call]
