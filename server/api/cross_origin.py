"""Lets the pages of `--origins` read the few routes meant for them (CORS). Our own host needs no leave."""

from __future__ import annotations

from collections.abc import Collection, Mapping

_METHODS = "GET, POST, OPTIONS"
_HEADERS = "content-type, if-none-match"
_MAX_AGE_S = 600


def leave(origin: str | None, origins: Collection[str]) -> Mapping[str, str]:
    """Return the headers that let a page of `origin` read the answer; none for a foreign one."""
    if origin is None:
        return {}
    if origin not in origins:
        return {"vary": "origin"}
    return {
        "vary": "origin",
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "etag, retry-after",
    }


def preflight(origin: str | None, origins: Collection[str]) -> Mapping[str, str]:
    """Return the headers that answer a preflight."""
    granted = leave(origin, origins)
    if "access-control-allow-origin" not in granted:
        return granted
    return {
        **granted,
        "access-control-allow-methods": _METHODS,
        "access-control-allow-headers": _HEADERS,
        "access-control-max-age": str(_MAX_AGE_S),
    }
