"""Watching progress as text: ``seq:toward15:toward10:n15:n10:last:present``. Pure."""

from __future__ import annotations

from server.hot.ports import Progress


def written(progress: Progress) -> bytes:
    return b"%d:%d:%d:%d:%d:%d:%d" % (
        progress.seq,
        progress.toward15_ms,
        progress.toward10_ms,
        progress.n15,
        progress.n10,
        progress.last_ms,
        progress.present,
    )


def read(text: bytes) -> Progress | None:
    """Return the progress, or None if there is none or an older program wrote it otherwise."""
    try:
        seq, toward15, toward10, n15, n10, last, present = map(int, text.split(b":"))
    except ValueError:
        return None
    return Progress(toward15, toward10, n15, n10, last, bool(present), seq)
