"""The leaderboard of a show as a room is shown it, and as managers ask for it (L8, PROTOCOL §1.2 `pulse leaderboard`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from broadcaster.frames import Pulse
from server.domain.room import Json
from server.domain.rulebook import Rulebook
from server.domain.standings import MOST, SPARE, Place, Score, places
from server.domain.state import Member
from server.ids import MemberId, RoomId, ShowId
from server.views import encoded

KEY = "leaderboard"


class Scores(Protocol):
    """The part of `server.ledger.show_figures.ShowFigures` that is read here. Raises `LedgerUnavailable`."""

    async def scores(self, show: ShowId, most: int) -> Sequence[Score]: ...


class Members(Protocol):
    """The part of `server.ledger.ports.QueriesPort` that is read here. Raises `LedgerUnavailable`."""

    async def members(self, ids: Sequence[MemberId], now_ms: int) -> Mapping[MemberId, Member]: ...


@dataclass(frozen=True, slots=True)
class Leaderboard:
    scores: Scores
    members: Members
    rulebook_at: Callable[[int], Rulebook]

    async def of(self, show: ShowId, room: RoomId, now_ms: int, most: int = MOST) -> tuple[Place, ...]:
        """Return the first places of a show as they stand in the ledger now. Raises `LedgerUnavailable`."""
        scores = await self.scores.scores(show, most + SPARE)
        members = await self.members.members([one.member for one in scores], now_ms)
        return places(scores, members, room, self.rulebook_at(now_ms), now_ms, most)


def place_json(place: Place) -> dict[str, Json]:
    """Return one line; who is not to be named has an empty name and no `author`."""
    line: dict[str, Json] = {"name": place.name, "tier": place.tier, "score": place.score}
    if place.author is not None:
        line["author"] = place.author
    return line


def pulse_of(show: ShowId, top: Sequence[Place], as_of_ms: int) -> Pulse:
    """Return the whole leaderboard, read at `as_of_ms`; told late, it never takes back a newer one."""
    value: Json = {"show": show, "top": [place_json(place) for place in top]}
    return Pulse(KEY, encoded(value), rev=as_of_ms)
