"""What can go wrong around a load test, apart from a bad result.

    LoadtestError
    ├── ChildFailed        a process we started did not do its part (its last words are in the message)
    ├── NotInstalled       a peer or tool is not on this machine; nothing is wrong
    └── ContractBroken     the server said something that PROTOCOL does not allow

A slow or lossy server is no error: it is a figure, and `verdict` says what it means.
"""

from __future__ import annotations


class LoadtestError(Exception):
    """Base of all errors of this package."""


class ChildFailed(LoadtestError):
    """A child process ended, hung or answered nonsense."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(name, what)
        self.name = name
        self.what = what

    def __str__(self) -> str:
        return f"{self.name}: {self.what}"


class NotInstalled(LoadtestError):
    """Something optional is missing; `remedy` is the command that brings it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} is not installed ({self.remedy})"


class ContractBroken(LoadtestError):
    """The server answered outside the public contract."""
