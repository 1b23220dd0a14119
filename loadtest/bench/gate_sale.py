"""What a gate's opening came to: who asked when, what each was answered, what the mall could use. Pure. BEN14."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from loadtest.errors import ContractBroken
from loadtest.swarm import Answer, Said
from loadtest.wire import Frame, integer, read_frames, submap, text

TRY_LATER = "try_later"
PERMIT_MS = 60_000
"""How long a permit is good: `expires_ms` less this is when the server gave it (PROTOCOL §2)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One viewer's question and what came back; times are CLOCK_MONOTONIC."""

    number: int
    said_ns: int
    heard_ns: int
    code: str
    """``done``, or that of the refusal."""
    permit: str = ""
    given_ms: int = 0
    """Of a permit: when the server decided, by its own clock."""

    @property
    def waited_ms(self) -> float:
        return (self.heard_ns - self.said_ns) / 1e6


@dataclass(frozen=True, slots=True)
class Sale:
    """A gate, everybody's questions, and what the mall was told."""

    stock: int
    may_go: int
    """Pieces that may go in this opening: the early share, or the whole stock."""
    opens_ms: Mapping[int, int]
    """When the gate opens to each viewer, by number."""
    sent: int
    asked: tuple[Asked, ...]
    verified: int
    """Permits that the mall could use …"""
    used_twice: int
    """… and those it could use a second time."""
    sold: int
    """Pieces that the gate says are sold."""

    @property
    def permits(self) -> tuple[str, ...]:
        return tuple(sorted({one.permit for one in self.asked if one.permit}))

    @property
    def too_early(self) -> int:
        """Permits decided before the gate was open to that viewer."""
        return sum(one.given_ms < self.opens_ms[one.number] for one in self.asked if one.permit)

    def faults(self) -> list[str]:
        """Return all that is not exact to the piece, in words; empty = all is."""
        given = len(self.permits)
        wrong = []
        if given != self.may_go:
            wrong.append(f"{given} permits were given of {self.may_go} pieces")
        if self.verified != given or self.sold != given:
            wrong.append(
                f"of {given} permits {self.verified} were used, and the gate says {self.sold} are sold"
            )
        if self.used_twice:
            wrong.append(f"{self.used_twice} permits were used twice")
        if self.too_early:
            wrong.append(f"{self.too_early} permits were given before the gate was open to their member")
        if self.sold > self.stock:
            wrong.append(f"{self.sold} pieces were sold of {self.stock}")
        if len(self.asked) < self.sent:
            wrong.append(f"{self.sent - len(self.asked)} of {self.sent} viewers were not answered")
        return wrong

    def codes(self) -> dict[str, int]:
        return dict(Counter(one.code for one in self.asked).most_common())


def asked_of(said: Said, ref: str) -> tuple[Asked, ...]:
    """Read the answers to an act with this `ref`. Raises `ContractBroken`."""
    return tuple(_asked(answer, ref) for answer in said.answers)


def asked_again(before: Iterable[Asked], now: Iterable[Asked]) -> tuple[Asked, ...]:
    """Return the answers once everybody has asked again with the same ref, as who was told `try_later` has to.

    Who had an answer must get it again (CRD7, R2): another one is a `ContractBroken`. They waited from the first time.
    """
    again = {one.number: one for one in now}
    merged = []
    for one in before:
        second = again.get(one.number)
        if one.code != TRY_LATER or second is None:
            if second is not None and (second.code, second.permit) != (one.code, one.permit):
                raise ContractBroken(f"viewer {one.number} was answered {one.code}, then {second.code}")
            merged.append(one)
        else:
            merged.append(replace(second, said_ns=one.said_ns))
    return tuple(merged)


def clock_errors_ms(exchanges: Iterable[Sequence[Answer]], true_offset_ns: int) -> dict[int, float]:
    """Return by how much each viewer's idea of the server's clock is wrong (ms), from its exchange of least round trip.

    `true_offset_ns` is the server's clock less CLOCK_MONOTONIC, which one machine can know. Raises `ContractBroken`.
    """
    best: dict[int, tuple[int, float]] = {}
    for answers in exchanges:
        for one in answers:
            trip_ns = one.heard_ns - one.said_ns
            if one.number in best and best[one.number][0] <= trip_ns:
                continue
            frame = next(frame for frame in read_frames(one.message) if frame.get("type") == "time")
            middle_ns = (integer(frame, "t1") + integer(frame, "t2")) * 500_000
            offset_ns = middle_ns - (one.said_ns + one.heard_ns) // 2
            best[one.number] = trip_ns, (offset_ns - true_offset_ns) / 1e6
    return {number: error for number, (_, error) in best.items()}


def quantile(values: Iterable[float], q: float) -> float:
    """Return the smallest value that a share of `q` does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(q * len(ordered) * 1_000) // 1_000) - 1)] if ordered else 0.0


def _asked(answer: Answer, ref: str) -> Asked:
    frame = _answer_to(ref, read_frames(answer.message))
    if frame.get("type") != "done":
        return Asked(answer.number, answer.said_ns, answer.heard_ns, text(frame, "code"))
    result = submap(frame, "result")
    return Asked(
        answer.number,
        answer.said_ns,
        answer.heard_ns,
        "done",
        text(result, "permit"),
        integer(result, "expires_ms") - PERMIT_MS,
    )


def _answer_to(ref: str, frames: Iterable[Frame]) -> Frame:
    for frame in frames:
        if frame.get("ref") == ref and frame.get("type") in ("done", "refused"):
            return frame
    raise ContractBroken(f"a message with {ref!r} in it and no answer to it")
