"""What a room is told when a draw is drawn (P3). Pure; no language in here."""

from __future__ import annotations

from typing import Final

from server.domain.draw import Draw
from server.domain.phrases import Hint

NAMED: Final = 3
"""So many winners are in the sentence; all are in the room's view."""


def says(draw: Draw) -> Hint:
    """Return the sentence of a result: the first winners by name, and how many there are."""
    winners = draw.winners
    if not winners:
        return Hint("draw.nobody", (("title", draw.title),))
    first = Hint("draw.winner", (("name", winners[0].name),))
    for winner in winners[1:NAMED]:
        first = Hint("draw.and", (("before", first), ("name", winner.name)))
    if len(winners) <= NAMED:
        return Hint("draw.result", (("title", draw.title), ("names", first)))
    return Hint("draw.result_many", (("title", draw.title), ("names", first), ("count", len(winners))))
