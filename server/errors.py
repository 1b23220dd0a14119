"""What can go wrong, as one tree. Errors carry data and build their sentence at the end.

LiveroomError
├─ SettingWrong        an option or variable cannot be used: exit 2, one line
├─ Unavailable         a dependency of ours is away: 503 + Retry-After, nothing happened
│  └─ Overloaded       a queue of ours is full
├─ InternalFault       a bug of ours, met by one caller: 500
└─ AccessRefused       the sender's proof does not hold: 401 on HTTP, 4501 or 4005 on the socket
   ├─ TokenInvalid
   ├─ TokenExpired
   ├─ KeyInvalid
   └─ SignatureInvalid
"""

from __future__ import annotations


class LiveroomError(Exception):
    """Anything of ours."""


class SettingWrong(LiveroomError):
    """`option` cannot be used as given; `remedy` says what can."""

    def __init__(self, option: str, problem: str, remedy: str = "") -> None:
        super().__init__(option, problem, remedy)
        self.option = option
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.option}: {self.problem}" + (f" ({self.remedy})" if self.remedy else "")


class Unavailable(LiveroomError):
    """`what` cannot be reached now; trying again after `retry_after_ms` may work."""

    def __init__(self, what: str, retry_after_ms: int = 1_000) -> None:
        super().__init__(what, retry_after_ms)
        self.what = what
        self.retry_after_ms = retry_after_ms

    def __str__(self) -> str:
        return f"{self.what} is not available now; try again in {self.retry_after_ms} ms"


class Overloaded(Unavailable):
    """A queue of ours is full; nothing of the request was taken."""


class InternalFault(LiveroomError):
    """A command met a bug of ours. Nothing of it happened; the cause is in the log under `command`."""

    def __init__(self, command: str) -> None:
        super().__init__(command)
        self.command = command

    def __str__(self) -> str:
        return f"{self.command} met a fault of ours"


class AccessRefused(LiveroomError):
    """The proof of who somebody is does not hold. `reason` never repeats the proof itself."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class TokenInvalid(AccessRefused):
    """Not a token of ours, or not one for this audience or issuer."""


class TokenExpired(AccessRefused):
    """A token of ours whose time is over: a new one helps."""


class KeyInvalid(AccessRefused):
    """No such API key, or it has been revoked."""


class SignatureInvalid(AccessRefused):
    """The signature, its time or its key do not fit the body."""
