"""Leaving a way to be reached, and withdrawing it (X8)."""

from __future__ import annotations

from server.domain.contacts import MOST_CHANNELS, Contact, ContactChanged, PutContact, WithdrawContact
from server.domain.decide.membership import arrival
from server.domain.decision import Applied, Decision, Refusal
from server.domain.world import World
from server.ids import MemberId


def put_contact(command: PutContact, who: MemberId, world: World, now_ms: int) -> Decision:
    """Keep address and purposes as said now; the same again changes nothing, and no other channel is touched."""
    _, facts = arrival(who, command.who, world, now_ms)
    known = world.contacts.get((who, command.channel))
    purposes = tuple(sorted(set(command.purposes)))
    if known is None or not known.purposes:
        channels = sum(one.member == who and bool(one.purposes) for one in world.contacts.values())
        if channels >= MOST_CHANNELS:
            says = f"channel: at most {MOST_CHANNELS}; withdraw one first"
            return Decision(Refusal("limit_reached", says, (("max", MOST_CHANNELS),)))
    elif (known.address, known.purposes) == (command.address, purposes):
        return Decision(Applied(), facts)
    contact = Contact(who, command.channel, command.address, purposes, now_ms)
    return Decision(Applied(), (*facts, ContactChanged(contact, now_ms)))


def withdraw_contact(command: WithdrawContact, who: MemberId, world: World, now_ms: int) -> Decision:
    """Forget the address; withdrawn twice, or never given, it is withdrawn."""
    if who not in world.members:
        return Decision(Refusal("not_found", "there is no such member"))
    known = world.contacts.get((who, command.channel))
    if known is None or not known.purposes:
        return Decision(Applied())
    gone = Contact(who, command.channel, "", (), now_ms)
    return Decision(Applied(), (ContactChanged(gone, now_ms),))
