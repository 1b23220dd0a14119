"""What a session wants done; the node does it. Pure data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from broadcaster.close_codes import CloseCode
from broadcaster.frames import Act, Beat, Hello, PersonalFrame, Seen
from broadcaster.ports import Identity


@dataclass(frozen=True, slots=True)
class Send:
    frame: PersonalFrame


@dataclass(frozen=True, slots=True)
class Judge:
    """Ask the application about a hello, then call `joined`."""

    hello: Hello
    identity: Identity | None


@dataclass(frozen=True, slots=True)
class Perform:
    """Do the act, then call `answered`."""

    act: Act


@dataclass(frozen=True, slots=True)
class Refresh:
    """Judge the token, then call `refreshed`."""

    token: str


@dataclass(frozen=True, slots=True)
class Count:
    beat: Beat


@dataclass(frozen=True, slots=True)
class Show:
    """The viewer has become visible or hidden."""

    visible: bool


@dataclass(frozen=True, slots=True)
class Report:
    seen: Seen


@dataclass(frozen=True, slots=True)
class Ping:
    pass


@dataclass(frozen=True, slots=True)
class Close:
    """Say bye with this code, then close; cut after `FAREWELL_MS`."""

    code: CloseCode
    reason: str
    retry_after_ms: int = 0
    details: Mapping[str, str | int] | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """The farewell took too long: abort the connection."""


Action = Send | Judge | Perform | Refresh | Count | Show | Report | Ping | Close | Cut
Actions = Sequence[Action]
NOTHING: Actions = ()
