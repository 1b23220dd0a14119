"""Early-access gates: opened by the host, passed by permit, one piece each (L5). The server alone decides, at its own time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from server.domain.commands import AskPermit, CancelGate, ExpirePermit, OpenGate, VerifyPermit
from server.domain.decide.membership import arrival
from server.domain.decide.rooms import known_room
from server.domain.decision import Applied, Conflict, Decision, Refusal
from server.domain.facts import Fact, GateChanged, GateOpened, PermitExpired, PermitGiven, PermitVerified
from server.domain.gates import (
    CANCELLED,
    EXPIRED,
    MOST_PER_MEMBER,
    MOST_SHOWN,
    MOST_STOCK,
    OPEN,
    PERMIT_MS,
    SOLD_OUT,
    VERIFIED,
    Gate,
    Permit,
    holds,
)
from server.domain.ladder import settled_tier
from server.domain.money import MAX_AMOUNT
from server.domain.pricing import COBRAND_EARLY_ACCESS, EARLY_ACCESS, opens_ms
from server.domain.state import Room
from server.domain.world import World
from server.ids import MemberId, PermitId, derived

_UNCHANGED: Final = Decision(Applied())
LONGEST_MS: Final = 7 * 86_400_000
"""A gate opens to the public within a week of being made."""


def open_gate(command: OpenGate, world: World, now_ms: int) -> Decision:
    """Announce a gate of the live show: when it opens to whom follows from the benefits in force (B2)."""
    room = known_room(command.origin.room, world)
    if isinstance(room, Refusal):
        return Decision(room)
    if command.gate in world.gates:
        return Decision(Conflict())
    if world.on_air(room.id) is None:
        return _refused("off_air", "room: no show is live; start one, then the gate")
    if len([gate for gate in room.gates if gate.state != CANCELLED]) >= MOST_SHOWN:
        return _refused("limit_reached", f"gates: {MOST_SHOWN} are there already; cancel one first")
    if wrong := _wrong(command, now_ms):
        return _refused("bad_request", wrong)
    kind = COBRAND_EARLY_ACCESS if command.cobrand else EARLY_ACCESS
    gate = Gate(
        id=command.gate,
        room=room.id,
        sku=command.sku,
        title=command.title,
        price=command.price,
        public_ms=command.public_ms,
        opens=tuple(
            (tier.id, opens_ms(command.public_ms, tier.id, world.rulebook, kind))
            for tier in world.rulebook.ladder
        ),
        stock=command.stock,
        early=command.stock * command.early_percent // 100,
    )
    return Decision(Applied(), (GateOpened(gate, command.link, now_ms, command.per_member),))


def cancel_gate(command: CancelGate, world: World, now_ms: int) -> Decision:
    """Give no more permits. Those given stay good: who holds one was promised a piece."""
    stand = world.gates.get(command.gate)
    if stand is None or stand.gate.room != command.origin.room:
        return _refused("not_found", f"gate: room {command.origin.room} has no gate {command.gate}")
    if stand.gate.state == CANCELLED:
        return _UNCHANGED
    return Decision(Applied(), (GateChanged(replace(stand.gate, state=CANCELLED), now_ms),))


def cancelled_with_show(room: Room, now_ms: int) -> tuple[GateChanged, ...]:
    """Return the end of every gate of a room whose show ends (L12)."""
    return tuple(
        GateChanged(replace(gate, state=CANCELLED), now_ms) for gate in room.gates if gate.state != CANCELLED
    )


def ask_permit(command: AskPermit, who: MemberId, world: World, now_ms: int) -> Decision:
    """Give the member a permit if the gate is open to them now and a piece is left; asked again, the same one.

    Early access looks at the settled tier, never at a boost (P4).
    """
    stand = world.gates.get(command.gate)
    if stand is None or stand.gate.room != command.origin.room:
        return _refused("not_found", f"gate: there is no gate {command.gate} in this room")
    member, facts = arrival(who, command.who, world, now_ms)
    gate = stand.gate
    if gate.state == CANCELLED:
        return _refused("closed", "gate: it was cancelled")
    mine = _open_permit(who, gate, world, now_ms)
    if mine is not None:
        return _given(mine, facts)
    tier = settled_tier(member, world.rulebook, now_ms)
    opens = gate.opens_to(tier)
    if now_ms < opens:
        return _not_open(opens, now_ms, f"gate: it opens to {tier} later")
    if stand.per_member is not None and _bought(who, gate, world) >= stand.per_member:
        return _refused("limit_reached", f"gate: one member may buy {stand.per_member} here")
    if stand.left <= 0:
        return _refused("sold_out", "gate: every piece is sold or held for somebody")
    early = now_ms < gate.public_ms
    if early and stand.early_left <= 0:
        return _not_open(
            gate.public_ms, now_ms, "gate: what may go early is gone; it opens to everybody later"
        )
    permit = Permit(
        id=PermitId(derived("pm", command.origin.source, command.origin.event)),
        gate=gate.id,
        room=gate.room,
        member=who,
        sku=gate.sku,
        tier=tier,
        early=early,
        given_ms=now_ms,
        expires_ms=now_ms + PERMIT_MS,
    )
    return _given(permit, (*facts, PermitGiven(permit, stand.left - 1, now_ms, stand.version + 1)))


def verify_permit(command: VerifyPermit, world: World, now_ms: int) -> Decision:
    """Let the mall use a permit, once. Fails closed: what is not surely good is refused."""
    permit = world.permits.get(command.permit)
    stand = world.gates.get(permit.gate) if permit is not None else None
    if permit is None or stand is None:
        return _refused("not_found", "permit: there is no such permit")
    if permit.state == VERIFIED:
        return _refused("permit_used", "permit: it was verified before")
    if permit.state == EXPIRED or permit.expires_ms <= now_ms:
        return _refused("permit_expired", "permit: its minute is over; the member asks for another")
    if command.sku != permit.sku:
        return _refused("permit_other_sku", f"sku: this permit is for {permit.sku}")
    if stand.verified >= stand.gate.stock:
        # By another server's clock, or while this waited, its minute was over and its piece went to somebody else.
        return _refused("permit_expired", "permit: its minute was nearly over, and its piece is sold")
    if stand.per_member is not None and _bought(permit.member, stand.gate, world) >= stand.per_member:
        # Given when the one before seemed to have run out, by another server's clock, and that one was used.
        return _refused(
            "permit_expired", f"permit: its member has bought the {stand.per_member} that one may"
        )
    used = replace(permit, state=VERIFIED)
    named = command.bearer if command.bearer != permit.member else None
    facts: tuple[Fact, ...] = (PermitVerified(used, stand.left, now_ms, stand.version + 1, named),)
    if stand.verified + 1 >= stand.gate.stock and stand.gate.state != CANCELLED:
        facts += (GateChanged(replace(stand.gate, state=SOLD_OUT), now_ms),)
    return Decision(Applied(details=(("member", permit.member),)), facts)


def expire_permit(command: ExpirePermit, world: World, now_ms: int) -> Decision:
    """Give the piece of a permit back whose minute is over; says nothing unless it is."""
    permit = world.permits.get(command.permit)
    stand = world.gates.get(permit.gate) if permit is not None else None
    if permit is None or stand is None or permit.state != OPEN or permit.expires_ms > now_ms:
        return _UNCHANGED
    over = PermitExpired(replace(permit, state=EXPIRED), stand.left, now_ms, stand.version + 1)
    return Decision(Applied(), (over,))


def _open_permit(who: MemberId, gate: Gate, world: World, now_ms: int) -> Permit | None:
    return next((one for one in _permits_of(who, gate, world) if holds(one, now_ms)), None)


def _bought(who: MemberId, gate: Gate, world: World) -> int:
    return sum(permit.state == VERIFIED for permit in _permits_of(who, gate, world))


def _permits_of(who: MemberId, gate: Gate, world: World) -> Iterator[Permit]:
    return (world.permits[permit] for permit in world.permits_of.get((gate.id, who), ()))


def _given(permit: Permit, facts: tuple[Fact, ...]) -> Decision:
    details = (("permit", permit.id), ("gate", permit.gate), ("expires_ms", permit.expires_ms))
    return Decision(Applied(details=details), facts)


def _not_open(opens: int, now_ms: int, message: str) -> Decision:
    return Decision(Refusal("not_open", message, (("opens_ms", opens),), retry_after_ms=opens - now_ms))


def _wrong(command: OpenGate, now_ms: int) -> str | None:
    if not 0 <= command.price <= MAX_AMOUNT:
        return f"price: 0 to {MAX_AMOUNT} minor units"
    if not 0 < command.stock <= MOST_STOCK:
        return f"stock: 1 to {MOST_STOCK}"
    if not 0 <= command.early_percent <= 30:
        return "early_share: at most 0.3 of the stock may go early"
    if command.per_member is not None and not 0 < command.per_member <= MOST_PER_MEMBER:
        return f"per_member: 1 to {MOST_PER_MEMBER}, or null for no end"
    if not now_ms <= command.public_ms <= now_ms + LONGEST_MS:
        return "public_ms: from now on, and within a week"
    return None


def _refused(code: str, message: str) -> Decision:
    return Decision(Refusal(code, message))
