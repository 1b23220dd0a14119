"""What can go wrong on the way to a receiver.

::

    AddressRefused      the address is none we send to; `why` is the code that people see
    NameNotFound        the name of the host has no address
"""

from __future__ import annotations


class AddressRefused(Exception):
    """Sending there would reach into our own network, or go in the clear."""

    def __init__(self, why: str, detail: str) -> None:
        super().__init__(why, detail)
        self.why = why
        self.detail = detail


class NameNotFound(Exception):
    """The host's name leads nowhere, or nobody could say where in time."""
