"""Plain data as compact JSON text."""

from __future__ import annotations

import json

# One for all: `json.dumps` with arguments of its own builds an encoder for every call.
_PACKING = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def packed(value: object) -> str:
    """Return plain data as compact JSON text."""
    return _PACKING.encode(value)
