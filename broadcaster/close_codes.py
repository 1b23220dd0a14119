"""Why a connection ends (PROTOCOL §1.5). The range is the rule: 4000–4499 come back, 4500–4999 do not."""

from __future__ import annotations

from enum import IntEnum


class CloseCode(IntEnum):
    GOING_AWAY = 4000
    SLOW = 4001
    NO_PONG = 4002
    RESYNC = 4003
    OVERLOADED = 4004
    TOKEN_EXPIRED = 4005

    BAD_MESSAGE = 4500
    NOT_AUTHORISED = 4501
    NOT_ALLOWED_IN = 4502
    SUBPROTOCOL_RETIRED = 4503
    BANNED = 4504
    REPLACED = 4505


PROTOCOL_ERROR = 1002
UNSUPPORTED_DATA = 1003
INVALID_TEXT = 1007
MESSAGE_TOO_BIG = 1009


def comes_back(code: int) -> bool:
    """Whether a client that got `code` connects again (after `retry_after_ms`, then with back-off)."""
    return 4000 <= code <= 4499
