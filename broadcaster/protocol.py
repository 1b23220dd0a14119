"""One live connection: uvicorn's WebSocket class on websockets' sans-I/O core. No task, no queue, no timer of its own.

`live_protocol(node)` gives the class for ``uvicorn.Config(ws=…)``. Bytes come in here and become messages for the
`Session`; what the session wants done is done by the node. The transport's buffer is the only queue.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from broadcaster.actions import Action, Actions
from broadcaster.audience import Welcoming
from broadcaster.client_messages import MAX_MESSAGE_BYTES, read_message
from broadcaster.close_codes import INVALID_TEXT, UNSUPPORTED_DATA, CloseCode
from broadcaster.codec import encode, seal
from broadcaster.errors import BadMessage
from broadcaster.frames import Bye, Card, PersonalFrame
from broadcaster.handshake import Opening, Request, open_live, read_request, refusal, upgrade_of
from broadcaster.ports import Clock, Denied, Identity, Meter, Upgrade
from broadcaster.session import Session
from broadcaster.wheel import Wheel
from broadcaster.whole_frame import BINARY, TEXT, whole_message
from broadcaster.wire import JSON, MSGPACK, Wire

SEND_BUFFER = 32 * 1024
"""SO_SNDBUF (the kernel doubles it): without it a viewer that stops reading swallows 4 MB before we notice."""
LAGGING_BYTES = 64 * 1024
SLOW_BYTES = 256 * 1024
SLOW_AFTER_MS = 10_000
"""DESIGN §4, Slow viewers."""
_READ_BYTES = 4 * 1024
"""What the WebSocket layer is given at once: of the smallest frames some 700, a few milliseconds."""
_FAREWELL_BYTES = 1_024
"""Who has been told bye says a close frame and perhaps a few messages; more at once is not looked at any more."""
_MAX_REASON_BYTES = 123
"""Of the 125 bytes of a close frame two are the code (RFC 6455, section 5.5)."""
_log = logging.getLogger(__name__)


class ConnectionNode(Protocol):
    """The node, as its connections see it."""

    @property
    def clock(self) -> Clock: ...
    @property
    def meter(self) -> Meter: ...
    @property
    def wheel(self) -> Wheel[LiveConnection]:
        """Where a connection is filed whenever its next deadline may have become earlier."""
        ...

    @property
    def ws_logger(self) -> logging.Logger: ...
    def spread_ms(self) -> int:
        """A random part of the time within which those who are sent away come back."""
        ...

    def admit(self, upgrade: Upgrade) -> Denied | None: ...
    def opened(self, connection: LiveConnection) -> None: ...
    def perform(self, connection: LiveConnection, action: Action) -> None:
        """Do one thing a session wants done."""
        ...

    def nonces(self, room: str) -> Sequence[str]:
        """Of the room's current and previous beacon."""
        ...

    def lags(self, connection: LiveConnection) -> None: ...
    def drained(self, connection: LiveConnection) -> None: ...
    def welcome_anew(self, connection: LiveConnection, room: Welcoming) -> None: ...
    def leave(self, connection: LiveConnection) -> None:
        """Take a viewer out of its room; called again it does nothing."""
        ...

    def gone(self, connection: LiveConnection, code: int) -> None:
        """The socket is no more."""
        ...


class LiveConnection(asyncio.Protocol):
    """A viewer's connection; to its room a `Viewer`, to the application a `Connection`."""

    __slots__ = (
        "_fragments",
        "_is_json",
        "_is_open",
        "_is_plain",
        "_transport",
        "_uvicorn",
        "_ws",
        "card",
        "code",
        "counts",
        "fast",
        "fd",
        "filed_ms",
        "has_entered",
        "is_lost",
        "lagging_ms",
        "place",
        "session_state",
    )
    node: ConnectionNode

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, object], _loop: object = None
    ) -> None:
        self._uvicorn = server_state.connections
        self._ws: ServerProtocol | None = None  # None until something comes that is no whole message
        self._is_open = False  # the handshake is answered
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._fragments: bytearray | None = None
        self._is_json = True
        self._is_plain = False
        self.session_state: Session = cast(Session, None)
        self.card: bytes | None = None
        self.code = 0
        self.fd = -1
        self.fast = False
        self.has_entered = False  # the application and the mailboxes know it
        self.counts = False  # it is one of the room's audience that everybody is told the size of
        self.is_lost = False
        self.lagging_ms = 0
        self.place = 0
        self.filed_ms = 0

    # --- what others see --------------------------------------------------------------------------

    @property
    def session(self) -> str:
        return self.session_state.id

    @property
    def room(self) -> str:
        return self.session_state.room

    @property
    def surface(self) -> str:
        return self.session_state.surface

    @property
    def identity(self) -> Identity:
        return self.session_state.identity

    @property
    def shown(self) -> bool:
        return self.session_state.visible

    @property
    def wire(self) -> Wire:
        return JSON if self._is_json else MSGPACK

    @property
    def due_ms(self) -> int:
        return self.session_state.due_ms

    def send(self, *frames: PersonalFrame) -> None:
        if self.is_lost or not self.session_state.is_live:
            return
        wire = self.wire
        for frame in frames:
            if isinstance(frame, Card):
                self.card = wire.pick(frame.body)
        self.write(seal(wire, [encode(frame, wire) for frame in frames]))
        self.node.meter.delivered("personal", len(frames))

    def answer(self, frame: PersonalFrame) -> None:
        """Send one frame in any state but closing."""
        if not self.is_lost:
            self.write(seal(self.wire, [encode(frame, self.wire)]))
            self.node.meter.delivered("personal", 1)

    # --- from the transport -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._uvicorn.add(self)  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        if not self._is_open:
            self._open(data)
            return
        if self.is_lost:
            return
        self.session_state.heard(self.node.clock.now_ms())
        if self._ws is None:
            message = whole_message(data, TEXT if self._is_json else BINARY)
            if message is not None:
                self._message(message)
                return
        if self.code and len(data) > _FAREWELL_BYTES:
            return
        for start in range(0, len(data), _READ_BYTES):
            self._read(data[start : start + _READ_BYTES])
            if self.code or self.is_lost:
                return

    def _read(self, data: bytes) -> None:
        """Take bytes that are no whole message: fragments, control frames, several or half of one."""
        ws = self._layer()
        ws.receive_data(data)
        pieces = 0
        for event in ws.events_received():
            if not isinstance(event, Frame):
                continue
            opcode = event.opcode
            pieces += opcode >= Opcode.CLOSE or not event.fin
            if opcode is Opcode.TEXT or opcode is Opcode.BINARY:
                if ws.state is not State.OPEN:
                    continue
                if (opcode is Opcode.TEXT) is not self._is_json:
                    ws.fail(UNSUPPORTED_DATA, "this subprotocol uses the other kind of message")
                    break
                if event.fin:
                    self._message(cast(bytes, event.data))
                else:
                    self._fragments = bytearray(event.data)
            elif opcode is Opcode.CONT and self._fragments is not None:
                self._fragments += event.data
                if event.fin:
                    whole, self._fragments = bytes(self._fragments), None
                    self._message(whole)
        self._flush()
        if pieces and (actions := self.session_state.pieces(pieces, self.node.clock.now_ms())):
            self.perform(actions)

    def eof_received(self) -> bool | None:
        return None  # the transport closes itself

    def pause_writing(self) -> None:
        self.fast = False

    def resume_writing(self) -> None:
        """All has been written (the marks are zero)."""
        self.fast = self._is_plain and not self.is_lost
        if self.lagging_ms:
            self.lagging_ms = 0
            self.node.drained(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.fast = False
        self.fd = -1
        self.is_lost = True
        self._uvicorn.discard(self)
        if self._is_open:
            # A hello may still be under way: it must not bring a dead connection into a room.
            self.session_state.farewell(self.node.clock.now_ms())
            self.node.gone(self, self.code or self._closed_by())

    def _closed_by(self) -> int:
        """Return the code of the close frame that was sent or received; 1006 = there was none."""
        ws = self._ws
        close = None if ws is None else ws.close_sent or ws.close_rcvd
        return 1006 if close is None else int(close.code)

    def shutdown(self) -> None:
        """uvicorn ends: whoever has not been drained is told to come back."""
        if not self._is_open:
            self._transport.close()
        else:
            self.bye(CloseCode.GOING_AWAY, "going away", self.node.spread_ms())

    # --- opening ----------------------------------------------------------------------------------

    def _open(self, data: bytes) -> None:
        try:
            request = read_request(data)
        except ValueError:
            self._refuse(Denied(400, "not a WebSocket handshake"), "GET")
        else:
            self.take_request(request)

    def take_request(self, request: Request) -> None:
        """Answer the opening request: for an HTTP server that has it parsed and need not write it anew for us."""
        answer = open_live(request)
        if isinstance(answer, Denied):
            self._refuse(answer, request.method)
        else:
            self.take_opening(upgrade_of(request), answer)

    def take_opening(self, upgrade: Upgrade, opening: Opening) -> None:
        """Answer a valid request with its 101, if the node and the application let it in."""
        denied = self.node.admit(upgrade)
        if denied is None:
            self._accept(opening)
        else:
            self._refuse(denied, "GET")

    def _refuse(self, denied: Denied, method: str) -> None:
        self._transport.write(refusal(denied, method))
        self._transport.close()

    def _accept(self, answer: Opening) -> None:
        now_ms = self.node.clock.now_ms()
        self._is_json = answer.wire is JSON
        self.session_state = Session(os.urandom(8).hex(), now_ms)
        self._is_open = True
        self._tune()
        self.write(answer.response)
        self.node.opened(self)

    def _layer(self) -> ServerProtocol:
        """Return the WebSocket layer, made now if there is none: it reads and says all that is no whole message."""
        if self._ws is None:
            self._ws = ServerProtocol(
                state=State.OPEN, max_size=MAX_MESSAGE_BYTES, logger=self.node.ws_logger
            )
        return self._ws

    def _tune(self) -> None:
        # Both marks zero: `pause_writing` means "something waits", `resume_writing` "nothing waits any more".
        self._transport.set_write_buffer_limits(high=0, low=0)
        sock = self._transport.get_extra_info("socket")
        if sock is None:
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)  # TCP_NODELAY is set by the loop
        if self._transport.get_extra_info("sslcontext") is None:
            self.fd = sock.fileno()
            self._is_plain = True
            self.fast = self._transport.get_write_buffer_size() == 0

    # --- messages ---------------------------------------------------------------------------------

    def _message(self, payload: bytes) -> None:
        session = self.session_state
        node = self.node
        now_ms = node.clock.now_ms()
        try:
            message = read_message(payload, self.wire)
        except BadMessage as error:
            if error.code == INVALID_TEXT:
                self._layer().fail(INVALID_TEXT, str(error))
                self._flush()
                return
            self.perform(session.bad_message(str(error)))
            return
        try:
            self.perform(session.receive(message, now_ms, node.nonces(session.room)))
        except Exception:
            _log.exception("a message could not be handled")
            self.bye(CloseCode.RESYNC, "our fault", node.spread_ms())

    def perform(self, actions: Actions) -> None:
        """Do what the session wants done."""
        for action in actions:
            self.node.perform(self, action)
        self.node.wheel.file(self)

    def tick(self, now_ms: int) -> None:
        self.perform(self.session_state.tick(now_ms))

    def ping(self) -> None:
        if self._is_open and self._layer().state is State.OPEN:
            self._layer().send_ping(b"")
            self._flush()

    def _flush(self) -> None:
        """Write what the WebSocket layer has to say."""
        if self._ws is None:
            return
        for data in self._ws.data_to_send():
            if data:
                self.write(data)
            elif not self.is_lost:
                self._end()

    def _end(self) -> None:
        """Nothing more is said. The peer's bytes are swallowed until it closes too, or is cut: closing with
        unread bytes would reset the connection and lose the close frame on its way."""
        self.session_state.farewell(self.node.clock.now_ms())
        self.node.leave(self)
        self.node.wheel.file(self)
        self.fast = False
        self.is_lost = True
        if self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()
        else:
            self._transport.close()

    # --- writing ----------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Write bytes for this viewer alone, at once."""
        if self.fast:
            try:
                written = os.write(self.fd, data)
            except BlockingIOError:
                written = 0
            except OSError:
                self.write_failed()
                return
            if written == len(data):
                return
            data = data[written:]
        if self.is_lost:
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > SLOW_BYTES:
            self.too_slow()

    def write_slow(self, data: bytes) -> None:
        if self.is_lost or self.lagging_ms or not self.session_state.is_live:
            return
        if self._transport.get_write_buffer_size() + len(data) > LAGGING_BYTES:
            self.lagging_ms = self.node.clock.now_ms()
            self.node.lags(self)
            return
        self._transport.write(data)

    def write_rest(self, data: bytes, written: int) -> None:
        self._transport.write(data[written:] if written else data)

    def write_failed(self) -> None:
        self.fast = False
        self._transport.abort()

    # --- endings ----------------------------------------------------------------------------------

    def bye(
        self,
        code: CloseCode,
        reason: str,
        retry_after_ms: int = 0,
        details: Mapping[str, str | int] | None = None,
    ) -> None:
        """Say why, close, and cut after a second."""
        if not self._is_open or self.is_lost or self.code:
            return
        ws = self._layer()
        self.code = int(code)
        self.session_state.farewell(self.node.clock.now_ms())
        self.node.leave(self)
        self.node.wheel.file(self)
        if ws.state is State.OPEN:
            bye = Bye(int(code), reason, retry_after_ms, details or {})
            self.write(seal(self.wire, [encode(bye, self.wire)]))
            ws.send_close(int(code), _shortened(reason))
            self._flush()

    def too_slow(self) -> None:
        self.bye(CloseCode.SLOW, "too slow", self.node.spread_ms())

    def cut(self) -> None:
        self.fast = False
        self._transport.abort()

    def welcome_anew(self, room: Welcoming) -> None:
        self.node.welcome_anew(self, room)


def _shortened(reason: str) -> str:
    """Return as much of a reason as a close frame takes; it may quote what a client sent, in any script."""
    return reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")


def live_protocol(node: ConnectionNode) -> type[LiveConnection]:
    """Return the connection class of this node, for ``uvicorn.Config(ws=live_protocol(node))``."""
    return type("LiveProtocol", (LiveConnection,), {"node": node, "__slots__": ()})
