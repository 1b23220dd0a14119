"""The one kind of frame that clients nearly always send: a whole message, alone in the bytes that came. Pure.

RFC 6455 §5.2. Anything else – fragments, control frames, several frames at once, half a frame, whatever is wrong –
is left to the WebSocket layer, which a connection that only sends such messages never needs.
"""

from __future__ import annotations

from typing import Final

from websockets.frames import Opcode

try:  # as websockets does it itself: the compiled one, where there is a wheel
    from websockets.speedups import apply_mask
except ImportError:  # pragma: no cover
    from websockets.utils import apply_mask

_FIN: Final = 0x80
TEXT: Final = _FIN | Opcode.TEXT
BINARY: Final = _FIN | Opcode.BINARY
"""First bytes of a whole message: last of its fragments, no reserved bit."""
_MASKED: Final = 0x80
_SHORT: Final = 125
_TWO_BYTES: Final = 126


def whole_message(data: bytes, first: int) -> bytes | None:
    """Return the payload of the frame that `data` is, when that begins with `first` and is all there is; else None.

    A payload of 64 KiB or more is never returned, so the limit of a message is kept.
    """
    if len(data) < 6 or data[0] != first:
        return None
    size = data[1] - _MASKED
    if 0 <= size <= _SHORT:
        start = 6
    elif size == _TWO_BYTES and len(data) >= 8:
        size = data[2] << 8 | data[3]
        start = 8
    else:
        return None
    if len(data) - start != size:
        return None
    return apply_mask(data[start:], data[start - 4 : start])
