"""What facts change in a gate under its lock. Pure."""

from __future__ import annotations

from dataclasses import replace

from server.domain.facts import PermitExpired, PermitGiven, PermitVerified
from server.domain.gates import GateStand


def stand_after(stand: GateStand, fact: PermitGiven | PermitVerified | PermitExpired) -> GateStand:
    """Return the gate once a permit was given, used or ran out."""
    early = int(fact.permit.early)
    stand = replace(stand, version=fact.version)
    match fact:
        case PermitGiven():
            return replace(stand, held=stand.held + 1, held_early=stand.held_early + early)
        case PermitVerified():
            return replace(
                stand,
                verified=stand.verified + 1,
                verified_early=stand.verified_early + early,
                held=max(0, stand.held - 1),
                held_early=max(0, stand.held_early - early),
            )
        case PermitExpired():
            return stand  # one that ran out was not counted among those held
