"""What a node may be told. Everything else is the protocol's and not a setting."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NodeSettings:
    node: str = field(default_factory=lambda: secrets.token_hex(6))
    """Names this process in presence and mailboxes; must differ from every other process's."""
    beat_s: int = 15
    check_s: float = 5.0
    """Between two comparisons with the store; with it a flushed room is whole again within 10 s (R4)."""
    presence_s: float = 2.0
    reconnect_spread_ms: int = 5_000
    """Clients spread their return over this long; told in every welcome and bye."""
    soft_limit: int = 20_000
    """Connections from which on a viewer is let in only to be told to come back (4004)."""
    hard_limit: int = 22_000
    """Connections from which on the upgrade itself is refused (503)."""
    drain_per_s: int = 500
    max_per_member: int = 5
    """PROTOCOL §1.2; the oldest beyond it is replaced (4505)."""
