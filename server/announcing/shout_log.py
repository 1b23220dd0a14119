"""What rooms were shown of late, on a shelf of the hot store: for a host to see, take back, or show again (L2). Pure.

A line is a moment as it went out, or the ids of moments that were taken back. Losing it costs the view and the taking
back of what is on screens at that moment, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from broadcaster.frames import Moment, Rank
from server.announcing.framing import FRESH_MS
from server.domain.room import Json
from server.domain.shoutouts import Shout
from server.views import encoded

MOST_LINES: Final = 120
LINES_FOR_MS: Final = 600_000
WAITING_FOR_MS: Final = 90_000
"""A node that died takes its waiting shout-outs along; so long its note stays."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One moment that went out."""

    id: str
    kind: str
    rank: int
    author: str | None
    at_ms: int
    is_test: bool
    body: Mapping[str, Json]
    gone: bool = False
    """Whether it was taken back."""

    @property
    def name(self) -> str:
        params = self.body.get("params")
        name = params.get("name") if isinstance(params, dict) else None
        return name if isinstance(name, str) else ""

    @property
    def text(self) -> Mapping[str, str]:
        text = self.body.get("text")
        return {key: str(said) for key, said in text.items()} if isinstance(text, dict) else {}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A level-up, or several of one tier, that has no place in the room's minute yet, or is held by a pause."""

    name: str
    tier: str
    count: int
    at_ms: int
    is_test: bool


def shelf_of(room: str) -> str:
    return f"shouts:{room}"


def waiting_board_of(room: str) -> str:
    return f"waiting:{room}"


def line_of(moment: Moment, now_ms: int) -> bytes:
    return b'{"at_ms":%d,"body":%b}' % (now_ms, moment.body.json)


def gone_line(ids: Iterable[str]) -> bytes:
    return json.dumps({"gone": list(ids)}).encode()


def shown_of(lines: Sequence[bytes]) -> list[Shown]:
    """Return the moments of a shelf, newest first; a line that is shown again stands once."""
    shown: dict[str, Shown] = {}
    gone: set[str] = set()
    for line in lines:
        said = json.loads(line)
        if "gone" in said:
            gone.update(said["gone"])
            continue
        body = said["body"]
        shown[body["id"]] = Shown(
            body["id"],
            body["kind"],
            body["rank"],
            body.get("author"),
            said["at_ms"],
            body["is_test"],
            body,
        )
    return [
        Shown(one.id, one.kind, one.rank, one.author, one.at_ms, one.is_test, one.body, one.id in gone)
        for one in reversed(shown.values())
    ]


def again(shown: Shown, moment_id: str, now_ms: int) -> Moment:
    """Return the same moment as if it were new, under an id of its own."""
    expires_ms = now_ms + FRESH_MS
    body: dict[str, Json] = {**shown.body, "id": moment_id, "expires_ms": expires_ms}
    return Moment(moment_id, shown.kind, Rank(shown.rank), expires_ms, encoded(body), shown.author)


def waiting_note(some: Sequence[Shout]) -> bytes:
    return json.dumps(
        [[one.name, one.tier, one.count, one.at_ms, one.is_test] for one in some], ensure_ascii=False
    ).encode()


def waiting_of(notes: Iterable[bytes]) -> list[Waiting]:
    """Return what waits on all nodes, the longest waiting first."""
    some = [Waiting(*one) for note in notes for one in json.loads(note)]
    return sorted(some, key=lambda one: one.at_ms)
