"""A gate opens in a full room and everybody asks at once: skew, answers, exactness to the piece. BEN14.

Two openings, one after the other, of the same room: first to black members alone, when the early share may go, then of
another gate to everybody, when the whole stock may. Every ninth viewer knocks before it is time. Then the mall uses
every permit, twice at the same time, and the ledger is recomputed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import msgpack

from loadtest.bench.cores import Cores, Meter, meter
from loadtest.bench.gate_sale import TRY_LATER, Asked, Sale, asked_again, asked_of, clock_errors_ms, quantile
from loadtest.bench.ledger_databases import KINDS, Open
from loadtest.bench.ours_room import OursRoom
from loadtest.bench.rows import Goal, Outcome, Row, judged, unmeasured
from loadtest.errors import ChildFailed, NotInstalled
from loadtest.swarm import SATURATED, Said, Swarm, between, marker

VIEWERS = 5_000
SECONDS = 1.0
STOCK_SHARE = 0.3
"""Pieces for each viewer: enough that both openings end sold out."""
EARLY_MS = 300_000
"""Before the public, black members may (B2, default rulebook)."""
LEAD_S = 8.0
"""From announcing a gate to its opening: the clocks are read meanwhile."""
EXCHANGES = 4
PATIENCE_S = 90.0
CLOCKS_A_SECOND = 5_000
AGAIN = 5
"""Times that everybody asks again with the same ref, where somebody was told `try_later`."""
RETRY_NS = 1_500_000_000
KNOCK_MS = 400
"""So long before the opening every ninth viewer asks already."""
SKEW = Goal(50.0)
WAIT = Goal(1_000.0)
WITHIN_MS = 1_000


@dataclass(frozen=True, slots=True)
class Opening:
    """One gate, as the room lived through it."""

    name: str
    sale: Sale
    everybody: tuple[Asked, ...]
    """The questions at the opening; those who knocked before are only in `sale`."""
    asked_s: float
    """From the first to the last question …"""
    late_ms: float
    """… and how late the generator was with the first."""
    first_decided_ms: int
    """From the gate's own time to the first permit after it, by the server's clock."""
    within: int
    """Answered within `WITHIN_MS` of the opening."""
    errors_ms: tuple[float, ...]
    """Of the viewers' clocks."""
    told: int
    """Viewers who had the gate on their screen before it opened."""
    cpu_us: float
    """Of the server, an ask."""
    load: float
    """Of the server's core, until the last answer."""
    swarm_load: float

    @property
    def waits_ms(self) -> tuple[float, ...]:
        return tuple(one.waited_ms for one in self.everybody)


def run(
    cores: Cores,
    *,
    viewers: int = VIEWERS,
    seconds: float = SECONDS,
    lead_s: float = LEAD_S,
    kinds: Mapping[str, Open] = KINDS,
) -> list[Row]:
    """Open the gates on SQLite, then on PostgreSQL where it is installed; `seconds` in which everybody asks.

    `lead_s`: from announcing a gate to its opening.
    """
    rows: list[Row] = []
    for kind, database in kinds.items():
        try:
            rows += _measured(kind, database, cores, viewers, seconds, lead_s)
        except NotInstalled as missing:
            rows.append(unmeasured(f"permits_{kind}", "ours", "permits", str(missing)))
    return rows


def rows_of(kind: str, openings: Sequence[Opening], closing: str, *, apart: bool) -> list[Row]:
    """Return the rows of one database: skew and waits judged, and exact or failed."""
    rows = []
    for one in openings:
        who = f"ours, {one.name}"
        rows += [
            judged(Row(f"gate_skew_{kind}", who, _skew(one), "ms", goals=(SKEW,), note=_skew_note(one)), {}),
            judged(
                Row(
                    f"permit_p99_{kind}",
                    who,
                    quantile(one.waits_ms, 0.99),
                    "ms",
                    goals=(WAIT,),
                    note=_wait_note(one),
                ),
                {},
                doubt(one, apart=apart),
            ),
            _exact(Row(f"permits_{kind}", who, len(one.sale.permits), "permits", note=closing), one.sale),
        ]
    return rows


def doubt(one: Opening, *, apart: bool) -> str:
    """Return why this opening's waits may not be judged; empty when they may."""
    if not apart:
        return "server and generator share one core"
    if one.swarm_load > SATURATED:
        return f"the generator was {one.swarm_load:.0%} loaded: it read late (generator-bound)"
    return ""


def _exact(row: Row, sale: Sale) -> Row:
    faults = sale.faults()
    exact = f"{sale.may_go} of {sale.stock} pieces might go; each used once by the mall, asked twice at once"
    if faults:
        return replace(row, outcome=Outcome.FAILED, note="; ".join(faults))
    return replace(row, outcome=Outcome.MET, note=f"{exact}; {row.note}")


def _measured(
    kind: str, database: Open, cores: Cores, viewers: int, seconds: float, lead_s: float
) -> list[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-room-")))
        url = stack.enter_context(database(cores)).ours
        ours = OursRoom(folder, viewers, cores, stack, url)
        swarm = stack.enter_context(Swarm(ours.door, at_most=viewers))
        opened = swarm.open(viewers, timeout_s=PATIENCE_S)
        if opened.joined < viewers:
            raise ChildFailed("room", f"{opened.failed} of {viewers} did not get in: {opened.last_error}")
        cpu = meter(ours.pids)
        openings = [_live_through(name, ours, swarm, cpu, seconds, lead_s) for name in ("early", "public")]
        return rows_of(kind, openings, ours.verify_ledger(), apart=cores.apart)


def _live_through(
    name: str, ours: OursRoom, swarm: Swarm, cpu: Meter, seconds: float, lead_s: float
) -> Opening:
    stock = max(10, int(ours.viewers * STOCK_SHARE))
    before = swarm.mark()
    opens_at_ms = time.time_ns() // 1_000_000 + int(lead_s * 1_000)
    public_ms = opens_at_ms + (EARLY_MS if name == "early" else 0)
    # The title carries a marker: the swarm counts who has the gate on the screen.
    title = marker(time.monotonic_ns(), 1 if name == "early" else 2).decode()
    gate, opens, early = ours.open_gate(title, public_ms, stock)
    offset_ns = time.time_ns() - time.monotonic_ns()
    opens_ns = opens_at_ms * 1_000_000 - offset_ns
    exchanges = [_clocks(swarm, number, ours.viewers) for number in range(EXCHANGES)]
    told = swarm.mark()
    knock, knocked = _ask(swarm, f"knock-{name}", gate, opens_ns - KNOCK_MS * 1_000_000, 0.1, every=9)
    started, used = swarm.mark(), cpu.cpu_ns()
    everybody, asked = _ask(swarm, f"ask-{name}", gate, opens_ns, seconds)
    load, used = between(started, swarm.mark()).load, cpu.cpu_ns() - used
    permits = tuple(sorted({one.permit for one in (*knocked, *asked) if one.permit}))
    verified, used_twice = ours.use(permits, f"sku-{public_ms}")
    sale = Sale(
        stock=stock,
        may_go=early if name == "early" else stock,
        opens_ms={n: opens["black" if ours.is_black(n) else "basic"] for n in range(ours.viewers)},
        sent=knock.sent + everybody.sent,
        asked=(*knocked, *asked),
        verified=verified,
        used_twice=used_twice,
        sold=ours.sold(gate),
    )
    decided = [one.given_ms for one in asked if one.given_ms >= opens_at_ms]
    return Opening(
        name=name,
        sale=sale,
        everybody=asked,
        asked_s=(everybody.last_ns - everybody.first_ns) / 1e9,
        late_ms=(everybody.first_ns - opens_ns) / 1e6,
        first_decided_ms=min(decided, default=opens_at_ms) - opens_at_ms,
        within=sum(one.heard_ns <= opens_ns + WITHIN_MS * 1_000_000 for one in asked),
        errors_ms=tuple(clock_errors_ms((one.answers for one in exchanges), offset_ns).values()),
        told=told.markers - before.markers,
        cpu_us=used / 1e3 / max(1, len(asked)),
        load=used / 1e9 / max(1e-9, _span_s(asked)),
        swarm_load=load,
    )


def _ask(
    swarm: Swarm, ref: str, gate: str, at_ns: int, within_s: float, every: int = 1
) -> tuple[Said, tuple[Asked, ...]]:
    act = msgpack.packb({"type": "act", "ref": ref, "name": "permit", "data": {"gate": gate}})

    def say(at_ns: int) -> Said:
        return swarm.say(
            act, ref.encode(), at_ns=at_ns, within_s=within_s, every=every, patience_s=PATIENCE_S
        )

    said = say(at_ns)
    asked = asked_of(said, ref)
    for _ in range(AGAIN):
        if all(one.code != TRY_LATER for one in asked):
            break
        asked = asked_again(asked, asked_of(say(time.monotonic_ns() + RETRY_NS), ref))
    return said, asked


def _clocks(swarm: Swarm, number: int, viewers: int) -> Said:
    """Let everybody ask for the time once, a few thousand a second."""
    t0 = time.monotonic_ns() + number
    return swarm.say(
        msgpack.packb({"type": "time", "t0": t0}),
        msgpack.packb(t0),
        at_ns=time.monotonic_ns(),
        within_s=viewers / CLOCKS_A_SECOND,
        patience_s=LEAD_S,
    )


def _span_s(asked: Sequence[Asked]) -> float:
    return (
        max((one.heard_ns for one in asked), default=0) - min((one.said_ns for one in asked), default=0)
    ) / 1e9


def _skew(one: Opening) -> float:
    return max(one.errors_ms) - min(one.errors_ms)


def _skew_note(one: Opening) -> str:
    first, last = -max(one.errors_ms), -min(one.errors_ms)
    return (
        f"first viewer {first:+.1f} ms, last {last:+.1f} ms from the server's own opening, p99 of the clocks "
        f"{quantile(map(abs, one.errors_ms), 0.99):.1f} ms off; {one.told} viewers had the gate before; no frame at "
        f"the opening; first permit decided {one.first_decided_ms} ms after it"
    )


def _wait_note(one: Opening) -> str:
    codes = ", ".join(f"{count} {code}" for code, count in one.sale.codes().items())
    span_s = _span_s(one.everybody)
    return (
        f"{len(one.everybody)} asked in {one.asked_s:.2f} s, the first {one.late_ms:.1f} ms after the opening; {one.within} "
        f"answered within {WITHIN_MS} ms of it, all after {span_s:.2f} s ({len(one.everybody) / span_s:.0f}/s); p50 "
        f"{quantile(one.waits_ms, 0.5):.0f} ms, p99 {quantile(one.waits_ms, 0.99):.0f} ms; {codes}; {one.cpu_us:.0f} µs "
        f"CPU an ask, core {one.load:.0%} loaded, generator {one.swarm_load:.0%}"
    )
