"""The conversation with one viewer: greeting → joining → live → closing. SANS-I/O (PROTOCOL §1.1, §1.5).

Fed with messages, answers and the time; returns what is to be done. Knows no socket, no room and no application.

What a message means in which state (the table `_MOVES`; everything is over in *closing*):

|           | greeting | joining          | live / rejoining                          |
|-----------|----------|------------------|-------------------------------------------|
| `hello`   | join     | too often        | join anew: same room, at most one per 2 s |
| `time`    | answer   | answer           | answer                                    |
| `act`     | 4500     | refuse (1)       | do once per ref                           |
| `beat`    | 4500     | ignore           | count once per nonce                      |
| `visible` | 4500     | note             | show or hide                              |
| `token`   | 4500     | refuse try_later | judge                                     |
| `seen`    | 4500     | ignore           | pass on, at most one per second           |

(1) `sign_in` after a hello without a token: no welcome will change that; else `try_later`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from broadcaster.actions import (
    NOTHING,
    Actions,
    Close,
    Count,
    Cut,
    Judge,
    Perform,
    Ping,
    Refresh,
    Report,
    Send,
    Show,
)
from broadcaster.close_codes import CloseCode
from broadcaster.frames import (
    Act,
    Beat,
    ClientMessage,
    Done,
    Hello,
    Refused,
    Seen,
    TimeAsk,
    TimeReply,
    Token,
    Visible,
)
from broadcaster.ports import Identity, Joined, Rejected

HELLO_WITHIN_MS = 5_000
HELLO_AGAIN_MS = 2_000
SEEN_AGAIN_MS = 1_000
RATE_PER_S = 20
BURST = 60
TOO_FAST_MS = 5_000
MOST_REFUSED = 6_000
TOKEN_GRACE_MS = 60_000
"""All seven: PROTOCOL §1.1 and §1.5."""
PIECES_PER_S = 20
MOST_PIECES = 1_024
"""Frames that end no message – fragments, pings, pongs: one of 64 KiB in fragments of 64 bytes, and then as messages."""
SPELL_ENDS_MS = 2_000
"""So long without a refusal, and being too fast is forgiven."""
QUIET_MS = 40_000
"""A live client beats every 15 s; after more than two beats' silence we ask for a sign of life."""
PONG_WITHIN_MS = 20_000
FAREWELL_MS = 1_000
"""How long a bye may take until the connection is cut (DESIGN §4, Slow viewers)."""
MAX_IN_FLIGHT = 64
"""Unanswered acts of one connection: a full burst may wait, more would be a queue without limit."""
TOO_FAST_RETRY_MS = 5_000


class State(Enum):
    GREETING = "greeting"
    JOINING = "joining"
    LIVE = "live"
    REJOINING = "rejoining"
    CLOSING = "closing"


ANONYMOUS = Identity(None, "anonymous")


class Session:
    """One conversation. `due_ms` is when `tick` is wanted next; it may move with every call."""

    __slots__ = (
        "_bucket",
        "_bucket_ms",
        "_counted",
        "_hello_ms",
        "_in_flight",
        "_limited_ms",
        "_next_hello",
        "_pieces",
        "_pieces_ms",
        "_ping_ms",
        "_refused",
        "_refused_ms",
        "_seen_ms",
        "_told_ms",
        "due_ms",
        "heard_ms",
        "id",
        "identity",
        "room",
        "state",
        "surface",
        "visible",
    )

    def __init__(self, session: str, now_ms: int) -> None:
        self.id = session
        self.state = State.GREETING
        self.identity = ANONYMOUS
        self.room = ""
        self.surface = ""
        self.visible = True
        self.heard_ms = now_ms
        self.due_ms = now_ms + HELLO_WITHIN_MS
        self._bucket = float(BURST)
        self._bucket_ms = now_ms
        self._limited_ms = 0  # when the present spell of being too fast began
        self._refused = 0  # messages, in this spell
        self._pieces = 0  # frames that ended no message, less what time has forgiven …
        self._pieces_ms = now_ms  # … up to here
        self._refused_ms = 0  # when a message was last refused for its rate
        self._told_ms = 0  # when it was last told so without a ref
        self._hello_ms = 0
        self._next_hello: Hello | None = None
        self._seen_ms = 0
        self._ping_ms = 0  # when an unanswered ping went out; 0 = none waits
        self._counted: tuple[str, ...] = ()  # the last two nonces that counted
        self._in_flight: set[str] | None = None

    # --- fed by the connection --------------------------------------------------------------------

    def heard(self, now_ms: int) -> None:
        """Anything at all has come from the client."""
        self.heard_ms = now_ms
        self._ping_ms = 0

    def receive(self, message: ClientMessage, now_ms: int, nonces: Sequence[str] = ()) -> Actions:
        """Take one message. `nonces` are those of the room's current and previous beacon."""
        if self.state is State.CLOSING:
            return NOTHING
        if not self._within_rate(now_ms):
            return self._too_fast(message, now_ms)
        if isinstance(message, Beat) and message.nonce not in nonces:
            return NOTHING
        return _MOVES[self.state][type(message)](self, message, now_ms)

    def pieces(self, frames: int, now_ms: int) -> Actions:
        """Take note of frames that ended no message: nobody needs more than a few, and each costs what a message does."""
        forgiven = max(0, now_ms - self._pieces_ms) * PIECES_PER_S // 1_000
        if forgiven:
            self._pieces = max(0, self._pieces - forgiven)
            self._pieces_ms = now_ms
        self._pieces += frames
        if self._pieces <= MOST_PIECES:
            return NOTHING
        return self.close(CloseCode.OVERLOADED, "too many frames that end no message", TOO_FAST_RETRY_MS)

    def bad_message(self, reason: str) -> Actions:
        return self.close(CloseCode.BAD_MESSAGE, reason)

    def tick(self, now_ms: int) -> Actions:
        """Do what has become due. Afterwards `due_ms` lies in the future."""
        if self.state is State.CLOSING:
            self.due_ms = 0
            return (Cut(),)
        if self.state is State.GREETING:
            if now_ms >= self.due_ms:
                return self.close(CloseCode.BAD_MESSAGE, "no hello within 5 s")
            return NOTHING
        ends_ms = self._token_ends_ms()
        if ends_ms and now_ms >= ends_ms:
            return self.close(CloseCode.TOKEN_EXPIRED, "token expired")
        actions = NOTHING
        if self._ping_ms:
            if now_ms >= self._ping_ms + PONG_WITHIN_MS:
                return self.close(CloseCode.NO_PONG, "no pong")
        elif now_ms >= self.heard_ms + QUIET_MS:
            self._ping_ms = now_ms
            actions = (Ping(),)
        self._set_due()
        return actions

    # --- fed by the application's answers ---------------------------------------------------------

    def joined(self, verdict: Joined | Rejected, now_ms: int) -> Actions:
        """Take the judgement of the last hello; afterwards `state` is live, or the connection closes."""
        hello = self._next_hello
        if self.state is State.CLOSING or hello is None:
            return NOTHING
        self._next_hello = None
        if isinstance(verdict, Rejected):
            code = CloseCode(verdict.code)
            return self.close(code, verdict.reason, verdict.retry_after_ms, verdict.details)
        if self.state is State.REJOINING and not self._may_become(verdict.identity):
            return self.close(CloseCode.NOT_AUTHORISED, "the token belongs to somebody else")
        self.identity = verdict.identity
        self.room = hello.room
        self.surface = hello.surface
        self.visible = hello.visible
        self.state = State.LIVE
        self._set_due()
        return NOTHING

    def refreshed(self, verdict: Joined | Rejected, now_ms: int) -> Actions:
        """Take the judgement of a refreshed token. The card is sent by whoever has it."""
        if self.state is State.CLOSING:
            return NOTHING
        if isinstance(verdict, Rejected):
            return self.close(CloseCode.NOT_AUTHORISED, verdict.reason)
        if not self._may_become(verdict.identity):
            return self.close(CloseCode.NOT_AUTHORISED, "the token belongs to somebody else")
        self.identity = verdict.identity
        self._set_due()
        return NOTHING

    def answered(self, answer: Done | Refused) -> Actions:
        """Take the answer to an act; the same act sent again meanwhile gets this one, too."""
        if self._in_flight is not None and answer.ref is not None:
            self._in_flight.discard(answer.ref)
            if not self._in_flight:
                self._in_flight = None
        return NOTHING if self.state is State.CLOSING else (Send(answer),)

    def close(
        self,
        code: CloseCode,
        reason: str,
        retry_after_ms: int = 0,
        details: Mapping[str, str | int] | None = None,
    ) -> Actions:
        """End the conversation; from here nothing else is said."""
        if self.state is State.CLOSING:
            return NOTHING
        self.state = State.CLOSING
        self._in_flight = None
        return (Close(code, reason, retry_after_ms, details),)

    def farewell(self, now_ms: int) -> None:
        """The bye has been written: `tick` cuts what is still there after `FAREWELL_MS`."""
        self.state = State.CLOSING
        self.due_ms = now_ms + FAREWELL_MS

    @property
    def is_live(self) -> bool:
        return self.state is State.LIVE or self.state is State.REJOINING

    # --- moves ------------------------------------------------------------------------------------

    def _on_hello(self, message: ClientMessage, now_ms: int) -> Actions:
        assert isinstance(message, Hello)  # noqa: S101 - the table maps the type to this move
        if self.is_live and message.room != self.room:
            return self.bad_message("another room needs another connection")
        if self._hello_ms and now_ms < self._hello_ms + HELLO_AGAIN_MS:
            return self._refuse_rate(None, self._hello_ms + HELLO_AGAIN_MS - now_ms)
        if self.state is State.REJOINING:
            return self._refuse_rate(None, HELLO_AGAIN_MS)
        self._hello_ms = now_ms
        self._next_hello = message
        first = self.state is State.GREETING
        self.state = State.JOINING if first else State.REJOINING
        self._set_due()
        return (Judge(message, None if first else self.identity),)

    def _on_hello_too_soon(self, message: ClientMessage, now_ms: int) -> Actions:
        return self._refuse_rate(None, max(1, self._hello_ms + HELLO_AGAIN_MS - now_ms))

    def _on_time(self, message: ClientMessage, now_ms: int) -> Actions:
        assert isinstance(message, TimeAsk)  # noqa: S101
        return (Send(TimeReply(message.t0, now_ms, now_ms)),)

    def _on_act(self, message: ClientMessage, now_ms: int) -> Actions:
        assert isinstance(message, Act)  # noqa: S101
        if self._in_flight is None:
            self._in_flight = set()
        elif message.ref in self._in_flight:
            return NOTHING  # the answer under way is the answer to this one, too
        elif len(self._in_flight) >= MAX_IN_FLIGHT:
            return self._refuse_rate(message.ref, 1_000)
        self._in_flight.add(message.ref)
        return (Perform(message),)

    def _on_beat(self, message: ClientMessage, now_ms: int) -> Actions:
        assert isinstance(message, Beat)  # noqa: S101
        if message.nonce in self._counted:
            return NOTHING
        self._counted = (*self._counted[-1:], message.nonce)
        return (Count(message),)

    def _on_visible(self, message: ClientMessage, now_ms: int) -> Actions:
        assert isinstance(message, Visible)  # noqa: S101
        self.visible = message.on
        return (Show(message.on),)

    def _note_visible(self, message: ClientMessage, now_ms: int) -> Actions:
        assert isinstance(message, Visible)  # noqa: S101
        if self._next_hello is not None:
            hello = self._next_hello
            self._next_hello = Hello(
                hello.room, hello.surface, hello.token, hello.token_given, hello.position, message.on
            )
        return NOTHING

    def _on_token(self, message: ClientMessage, now_ms: int) -> Actions:
        assert isinstance(message, Token)  # noqa: S101
        return (Refresh(message.token),)

    def _on_seen(self, message: ClientMessage, now_ms: int) -> Actions:
        assert isinstance(message, Seen)  # noqa: S101
        if self._seen_ms and now_ms < self._seen_ms + SEEN_AGAIN_MS:
            return NOTHING
        self._seen_ms = now_ms
        return (Report(message),)

    def _not_yet(self, message: ClientMessage, now_ms: int) -> Actions:
        ref = message.ref if isinstance(message, Act) else None
        if ref is not None and self._next_hello is not None and self._next_hello.token is None:
            return (Send(Refused(ref, "sign_in", "acts need a viewer's token")),)
        return (Send(Refused(ref, "try_later", "not joined yet", retry_after_ms=1_000)),)

    def _ignore(self, message: ClientMessage, now_ms: int) -> Actions:
        return NOTHING

    def _out_of_turn(self, message: ClientMessage, now_ms: int) -> Actions:
        return self.bad_message("the first message must be a hello")

    # --- limits -----------------------------------------------------------------------------------

    def _within_rate(self, now_ms: int) -> bool:
        gained = max(0, now_ms - self._bucket_ms) * RATE_PER_S / 1000
        self._bucket = min(float(BURST), self._bucket + gained)
        self._bucket_ms = max(self._bucket_ms, now_ms)
        if self._bucket < 1:
            return False
        self._bucket -= 1
        return True

    def _too_fast(self, message: ClientMessage, now_ms: int) -> Actions:
        if now_ms > self._refused_ms + SPELL_ENDS_MS:
            self._limited_ms = now_ms
            self._refused = 0
        self._refused_ms = now_ms
        self._refused += 1
        if now_ms >= self._limited_ms + TOO_FAST_MS or self._refused > MOST_REFUSED:
            return self.close(CloseCode.OVERLOADED, "too many messages", TOO_FAST_RETRY_MS)
        if isinstance(message, Act):
            return self._refuse_rate(message.ref, self._bucket_wait_ms())
        if now_ms < self._told_ms + 1_000:
            return NOTHING
        self._told_ms = now_ms
        return self._refuse_rate(None, self._bucket_wait_ms())

    def _bucket_wait_ms(self) -> int:
        return max(1, int((1 - self._bucket) * 1000 / RATE_PER_S) + 1)

    def _refuse_rate(self, ref: str | None, retry_after_ms: int) -> Actions:
        return (Send(Refused(ref, "rate_limited", "too many messages", retry_after_ms=retry_after_ms)),)

    def _may_become(self, identity: Identity) -> bool:
        """An anonymous viewer may sign in; nobody turns into somebody else, nor back into nobody."""
        return self.identity.sub is None or identity.sub == self.identity.sub

    def _token_ends_ms(self) -> int:
        expires_ms = self.identity.expires_ms
        return 0 if expires_ms is None else expires_ms + TOKEN_GRACE_MS

    def _set_due(self) -> None:
        due = self._ping_ms + PONG_WITHIN_MS if self._ping_ms else self.heard_ms + QUIET_MS
        ends_ms = self._token_ends_ms()
        self.due_ms = min(due, ends_ms) if ends_ms else due


_Move = Callable[[Session, ClientMessage, int], Actions]
_LIVE: Mapping[type[ClientMessage], _Move] = {
    Hello: Session._on_hello,
    TimeAsk: Session._on_time,
    Act: Session._on_act,
    Beat: Session._on_beat,
    Visible: Session._on_visible,
    Token: Session._on_token,
    Seen: Session._on_seen,
}
_MOVES: Mapping[State, Mapping[type[ClientMessage], _Move]] = {
    State.GREETING: {
        Hello: Session._on_hello,
        TimeAsk: Session._on_time,
        Act: Session._out_of_turn,
        Beat: Session._out_of_turn,
        Visible: Session._out_of_turn,
        Token: Session._out_of_turn,
        Seen: Session._out_of_turn,
    },
    State.JOINING: {
        Hello: Session._on_hello_too_soon,
        TimeAsk: Session._on_time,
        Act: Session._not_yet,
        Beat: Session._ignore,
        Visible: Session._note_visible,
        Token: Session._not_yet,
        Seen: Session._ignore,
    },
    State.LIVE: _LIVE,
    State.REJOINING: _LIVE,
}
