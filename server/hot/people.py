"""Who of a node's viewers gives the host something to say, as bytes under the time they were told. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgpack

from server.domain.attending import Here
from server.ids import AuthorTag, TierId


def written(people: Iterable[Here], at_ms: int) -> bytes:
    rows = [(one.author, one.tier, one.lacks, one.raised, one.raised_ms, one.born_today) for one in people]
    packed: bytes = msgpack.packb((at_ms, rows))
    return packed


def read(body: bytes) -> tuple[int, list[Here]] | None:
    """Return when it was told, and who; None when an older or newer program wrote it otherwise."""
    try:
        at_ms, rows = msgpack.unpackb(body)
        people = [
            Here(AuthorTag(author), TierId(tier), lacks, None if up is None else TierId(up), up_ms, born)
            for author, tier, lacks, up, up_ms, born in rows
        ]
    except (ValueError, TypeError, msgpack.UnpackException):
        return None
    return (at_ms, people) if isinstance(at_ms, int) else None
