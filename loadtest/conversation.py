"""One viewer's side of the live socket: frames in, messages to send and things seen out. Pure. CRD1-CRD5, CRD7, CRD8.

It follows PROTOCOL §1 as a careful client would, and counts where the server does not. Sockets, clocks and chance
belong to whoever drives it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from loadtest.errors import ContractBroken
from loadtest.wire import Frame, Json, flag, integer, submap, text

RESEND_AFTER_MS = 5_000  # PROTOCOL §1.1, act
BEHIND_FOR_MS = 2_000  # PROTOCOL §1.2: a beacon ahead of us for this long
HELLO_APART_MS = 2_000  # PROTOCOL §1.1: at most one hello per 2 s
CLOCK_SAMPLES = 8


# --- what a driver may want to know ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Welcomed:
    recovered: bool
    offset: int


@dataclass(frozen=True, slots=True)
class MomentSeen:
    id: str
    kind: str
    offset: int
    params: Frame


@dataclass(frozen=True, slots=True)
class CommentSeen:
    id: str
    age_ms: float | None
    """Time since the server's `at_ms`; None until the clocks have been compared."""


@dataclass(frozen=True, slots=True)
class CardSeen:
    """A newer card than the one held."""

    card: Frame


@dataclass(frozen=True, slots=True)
class Answered:
    ref: str
    name: str
    refused: str | None
    """The code of a refusal; None = done."""
    took_ms: float


@dataclass(frozen=True, slots=True)
class Farewell:
    code: int
    retry_after_ms: int


@dataclass(frozen=True, slots=True)
class Fault:
    """The server did what the contract does not allow (CRD8)."""

    what: str


Seen = Welcomed | MomentSeen | CommentSeen | CardSeen | Answered | Farewell | Fault


@dataclass(slots=True)
class Step:
    """What to send, in order, and what was seen."""

    send: list[dict[str, Json]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OpenAct:
    message: dict[str, Json]
    asked_ms: float
    sent_ms: float
    times: int = 1
    """How often it was sent: so many answers may come."""

    def again(self, now_ms: float) -> OpenAct:
        return replace(self, sent_ms=now_ms, times=self.times + 1)


@dataclass(frozen=True, slots=True)
class Behind:
    """A beacon was ahead of us; what it named may still be on its way."""

    since_ms: float
    epoch: str
    offset: int


class Conversation:
    """A viewer from its first hello on; lives through reconnects (call `hello` on each new connection).

    `now_ms` is any clock of ours in ms, always the same one. `chance` gives a number in [0, 1).
    """

    def __init__(self, room: str, token: str | None, chance: Callable[[], float]) -> None:
        self.room = room
        self.token = token
        self.epoch: str | None = None
        self.offset = 0
        self.first_offset: int | None = None
        """Where counting began: the offset of the last welcome that did not recover."""
        self.received_kept = 0
        self.missing = 0
        self.repeated = 0
        self.card: Frame | None = None
        self.live = False
        self._chance = chance
        self._welcome_due = False
        self._hello_at_ms: float | None = None
        self._last_hello_ms = float("-inf")
        self._behind: Behind | None = None
        self._acts: dict[str, OpenAct] = {}
        self._answers_left: dict[str, int] = {}
        self._clock: list[tuple[float, float]] = []

    # --- what we say ---

    def hello(self, now_ms: float) -> dict[str, Json]:
        """Return the first hello of a new connection, with the position held."""
        self.live = False
        return self._greeting(now_ms)

    def _greeting(self, now_ms: float) -> dict[str, Json]:
        self._welcome_due = True
        self._hello_at_ms = self._behind = None
        self._last_hello_ms = now_ms
        message: dict[str, Json] = {
            "type": "hello",
            "room": self.room,
            "surface": "viewer",
            "token": self.token,
        }
        if self.epoch is not None:
            message["position"] = {"epoch": self.epoch, "offset": self.offset}
        return message

    def act(self, ref: str, name: str, data: dict[str, Json], now_ms: float) -> dict[str, Json]:
        """Return an act to send; it is repeated by `due` until it is answered (CRD7)."""
        message: dict[str, Json] = {"type": "act", "ref": ref, "name": name, "data": data}
        self._acts[ref] = OpenAct(message, now_ms, now_ms)
        return message

    def due(self, now_ms: float) -> list[dict[str, Json]]:
        """Return what has become due: a hello after a gap, acts not answered for 5 s. Call about once a second."""
        if self._behind is not None and now_ms - self._behind.since_ms >= BEHIND_FOR_MS:
            if self._behind.epoch == self.epoch:
                self.missing += self._behind.offset - self.offset
            self._behind = None
            self._hello_soon(now_ms)
        if self._hello_at_ms is not None and now_ms >= self._hello_at_ms:
            return [self._greeting(now_ms)]
        if not self.live:
            return []
        messages = []
        for ref, act in self._acts.items():
            if now_ms - act.sent_ms >= RESEND_AFTER_MS:
                self._acts[ref] = act.again(now_ms)
                messages.append(act.message)
        return messages

    def asked_ms(self) -> list[float]:
        """Return when each act was first asked that is still without an answer."""
        return [act.asked_ms for act in self._acts.values()]

    @property
    def clock_offset_ms(self) -> float | None:
        """What to add to our clock to get the server's (CRD5); None until it was asked."""
        return min(self._clock)[1] if self._clock else None

    # --- what we hear ---

    def received(self, frames: list[Frame], now_ms: float) -> Step:
        """Take one server message, whole."""
        step = Step()
        for frame in frames:
            try:
                self._take(frame, now_ms, step)
            except ContractBroken as broken:
                step.seen.append(Fault(str(broken)))
        return step

    def _take(self, frame: Frame, now_ms: float, step: Step) -> None:
        match frame.get("type"):
            case "welcome":
                self._welcomed(frame, now_ms, step)
            case "room" | "moment" | "retract" | "void":
                if self._in_step(integer(frame, "offset"), now_ms, step) and frame["type"] == "moment":
                    step.seen.append(
                        MomentSeen(
                            text(frame, "id"),
                            text(frame, "kind"),
                            integer(frame, "offset"),
                            submap(frame, "params"),
                        )
                    )
            case "beacon":
                self._beacon(frame, now_ms, step)
            case "comment":
                offset = self.clock_offset_ms
                age = None if offset is None else now_ms + offset - integer(frame, "at_ms")
                step.seen.append(CommentSeen(text(frame, "id"), age))
            case "card":
                if frame.get("card") is not None:
                    self._card(submap(frame, "card"), step)
            case "done" | "refused":
                self._answer(frame, now_ms, step)
            case "time":
                self._time(frame, now_ms)
            case "bye":
                self.live = False
                step.seen.append(Farewell(integer(frame, "code"), integer(frame, "retry_after_ms")))
            case "pulse" | "notice":
                text(frame, "key" if frame["type"] == "pulse" else "id")
            case unknown:
                raise ContractBroken(f"unknown frame type {unknown!r}")

    def _welcomed(self, frame: Frame, now_ms: float, step: Step) -> None:
        epoch, offset, recovered = text(frame, "epoch"), integer(frame, "offset"), flag(frame, "recovered")
        if recovered and (epoch, offset) != (self.epoch, self.offset):
            step.seen.append(Fault(f"recovered at {epoch}/{offset}, we are at {self.epoch}/{self.offset}"))
        if not recovered:
            submap(frame, "room")
            self.epoch, self.offset, self.first_offset = epoch, offset, offset
        self.live = True
        self._welcome_due = False
        self._hello_at_ms = self._behind = None
        if frame.get("card") is not None:
            self._card(submap(frame, "card"), step)
        step.send.append({"type": "time", "t0": now_ms})
        for ref, act in self._acts.items():  # asked before the link broke: the same ref again
            self._acts[ref] = act.again(now_ms)
            step.send.append(act.message)
        step.seen.append(Welcomed(recovered, offset))

    def _in_step(self, offset: int, now_ms: float, step: Step) -> bool:
        """Return whether this kept frame is the next one; count what is missing before it, once."""
        if not self.live:
            step.seen.append(Fault("a kept frame before the welcome"))
            return False
        if self._welcome_due:
            return False  # we have asked from our position on: everything after it comes again behind the welcome
        if offset <= self.offset:
            self.repeated += 1  # harmless (PROTOCOL §1.2), but worth knowing
            return False
        if offset > self.offset + 1:
            if self._hello_at_ms is None:
                self.missing += offset - self.offset - 1
                self._hello_soon(now_ms)
            return False  # it comes again, in its place, after the hello
        self.offset = offset
        self.received_kept += 1
        if self._behind is not None and self._behind.epoch == self.epoch and offset >= self._behind.offset:
            self._behind = None
        return True

    def _beacon(self, frame: Frame, now_ms: float, step: Step) -> None:
        integer(frame, "server_time_ms")
        step.send.append(
            {
                "type": "beat",
                "nonce": text(frame, "nonce"),
                "playing": True,
                "visible": True,
                "card_version": integer(self.card, "version") if self.card else 0,
            }
        )
        step.send.append({"type": "time", "t0": now_ms})
        epoch, offset = text(frame, "epoch"), integer(frame, "offset")
        if epoch == self.epoch and offset <= self.offset:
            self._behind = None
        elif self._behind is None and self._hello_at_ms is None:
            self._behind = Behind(now_ms, epoch, offset)

    def _hello_soon(self, now_ms: float) -> None:
        """Say hello again after a random 0-2 s, and not sooner than 2 s after the last one."""
        self._hello_at_ms = max(now_ms + self._chance() * 2_000, self._last_hello_ms + HELLO_APART_MS)

    def _card(self, card: Frame, step: Step) -> None:
        held = self.card
        rank = integer(card, "version"), integer(card, "as_of_ms")
        if held is None or rank > (integer(held, "version"), integer(held, "as_of_ms")):
            self.card = card
            step.seen.append(CardSeen(card))

    def _answer(self, frame: Frame, now_ms: float, step: Step) -> None:
        if frame.get("ref") is None and frame["type"] == "refused":
            step.seen.append(Fault(f"refused without ref: {frame.get('code')}"))
            return
        ref = text(frame, "ref")
        act = self._acts.pop(ref, None)
        if act is None:
            left = self._answers_left.get(ref, 0)
            if left < 1:
                raise ContractBroken(f"an answer too many to {ref!r}")
            self._answers_left[ref] = left - 1
            return
        self._answers_left[ref] = act.times - 1
        code = text(frame, "code") if frame["type"] == "refused" else None
        if code is None:
            submap(frame, "result")
        step.seen.append(Answered(ref, str(act.message["name"]), code, now_ms - act.asked_ms))

    def _time(self, frame: Frame, now_ms: float) -> None:
        t0 = frame.get("t0")
        if not isinstance(t0, int | float):
            raise ContractBroken(f"time.t0 must be our number, got {t0!r}")
        t1, t2 = integer(frame, "t1"), integer(frame, "t2")
        round_trip = now_ms - t0 - (t2 - t1)
        self._clock = [*self._clock[-(CLOCK_SAMPLES - 1) :], (round_trip, ((t1 - t0) + (t2 - now_ms)) / 2)]
