"""How a member may be reached, and for what (X8): wishes, what is known, and what happened. Pure data.

Consent is given per purpose and withdrawn at any time. An address is personal: it is in no audit line, no record
and no frame, and goes with the last purpose.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from server.domain.origin import Origin, Subject
from server.ids import MemberId

MOST_CHANNELS = 10
MOST_PURPOSES = 10


@dataclass(frozen=True, slots=True)
class PutContact:
    """Leave an address for these purposes and no others; what the channel had before is replaced."""

    origin: Origin
    who: Subject
    channel: str
    address: str = field(repr=False)
    purposes: tuple[str, ...]
    """At least one, each once."""


@dataclass(frozen=True, slots=True)
class WithdrawContact:
    """Withdraw the consent to every purpose of a channel."""

    origin: Origin
    who: Subject
    channel: str


ContactCommand = PutContact | WithdrawContact


@dataclass(frozen=True, slots=True)
class Contact:
    member: MemberId
    channel: str
    """``wechat``, ``sms`` … in the shop's words."""
    address: str = field(repr=False)
    purposes: tuple[str, ...]
    """Sorted; none = withdrawn, and the address is empty."""
    since_ms: int
    """When it was last said."""


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """Consent was given anew, or withdrawn (no purposes)."""

    contact: Contact
    """As it stands after this."""
    at_ms: int
