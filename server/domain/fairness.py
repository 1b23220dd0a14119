"""Chance that anyone can recompute: commitment, list hash, winners (P3). Pure; decision 0043.

Commit–reveal: SHA-256 of (seed ‖ name of the draw) is published before the first entry, so the seed cannot be
chosen afterwards; the closed list's SHA-256 is published before the seed, so the list cannot be either.
Numbers are 32-bit words of HMAC-SHA256(seed, ``message:block``), block 0, 1, …; a word at or above the
greatest multiple of n is thrown away, so that no outcome is likelier by the remainder (no modulo bias).
Winners are the first places of a Fisher–Yates shuffle. All of it is what a browser's WebCrypto can do: the
page's `overlay_web/src/draws/fairness.ts` is held to the same vectors (`tests/golden/fairness.json`).

What this does not show: that entries are different people, and that no seed was withheld (decision 0043).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

ALGORITHM: Final = "liveroom-draw-1"
BOX_ALGORITHM: Final = "liveroom-box-1"
SEED_BYTES: Final = 32
_WORDS: Final = 2**32


def commitment_of(seed: bytes, name: str) -> str:
    """Return the promise of `seed` for one draw or one series of boxes, lower-case hex.

    ValueError unless the seed has `SEED_BYTES`: with a fixed length no other pair gives the same bytes.
    """
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed has {SEED_BYTES} bytes")
    return sha256(seed + name.encode()).hexdigest()


def entry_list(draw: str, commitment: str, prizes: Sequence[tuple[str, int]], tickets: Iterable[str]) -> str:
    """Return the closed list as text: what is drawn for and who is in it, one line each, every line ended.

    `prizes` are (name, count) in the order they are drawn; `tickets` the opaque tags in the order they came,
    numbered from 1. Names hold no line breaks (titles are cleaned at the door).
    """
    lines = [ALGORITHM, draw, commitment, f"prizes {len(prizes)}"]
    lines += [f"{count} {name}" for name, count in prizes]
    lines += [f"{n} {tag}" for n, tag in enumerate(tickets, 1)]
    return "\n".join(lines) + "\n"


def list_hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def words(seed: bytes, message: str) -> Iterator[int]:
    """Yield the stream of `seed` and `message`: big-endian 32-bit words, without end."""
    block = 0
    while True:
        digest = hmac.digest(seed, f"{message}:{block}".encode(), "sha256")
        for at in range(0, len(digest), 4):
            yield int.from_bytes(digest[at : at + 4], "big")
        block += 1


def below(n: int, stream: Iterator[int]) -> int:
    """Return a number from 0 to n − 1, each as likely as the others; 1 ≤ n ≤ 2³²."""
    if not 1 <= n <= _WORDS:
        raise ValueError("a choice is among 1 to 2^32")
    limit = _WORDS - _WORDS % n
    while (word := next(stream)) >= limit:
        pass
    return word % n


def winning(seed: bytes, list_hash: str, entries: int, prizes: int) -> tuple[int, ...]:
    """Return the numbers (from 1) of the tickets that win, in the order of the prizes; no ticket wins twice.

    With fewer entries than prizes everybody wins and the last prizes stay.
    """
    stream = words(seed, list_hash)
    moved: dict[int, int] = {}  # a shuffle of `entries` numbers that only writes down what was swapped
    drawn: list[int] = []
    for place in range(min(entries, prizes)):
        other = place + below(entries - place, stream)
        drawn.append(moved.get(other, other) + 1)
        moved[other] = moved.get(place, place)
    return tuple(drawn)


def box_of(seed: bytes, client_seed: str, nonce: int, weights: Sequence[int]) -> int:
    """Return which of the contents one opened box holds; `weights` are whole and > 0.

    `client_seed` is the opener's own word, given after `seed` was committed to; `nonce` counts their openings.
    """
    left = below(sum(weights), words(seed, f"{client_seed}:{nonce}"))
    for index, weight in enumerate(weights):
        if left < weight:
            return index
        left -= weight
    raise AssertionError("a number below the sum lies in one of the parts")
