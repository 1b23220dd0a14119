"""What a host sees of a room's shout-outs and of the overlays that paint them (L2). Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from broadcaster.frames import Rank
from server.announcing.shout_log import Shown

UNPAINTED_MS: Final = 15_000
"""So long after something went out an overlay must have painted something, or the host is told."""
STALE_MS: Final = 75_000
"""What is older is no sign of anything: screens drop what has waited a minute."""

Alarm = Literal["no_overlay", "hidden", "not_rendering"]


@dataclass(frozen=True, slots=True)
class OverlaySeen:
    """A broadcast overlay that is connected now."""

    widget: str
    connected_ms: int
    rendered_ms: int | None
    """When it last said that it painted something; None = not yet."""
    visible: bool


def overlays_board_of(room: str) -> str:
    return f"overlays:{room}"


def overlays_of(notes: Iterable[bytes]) -> list[OverlaySeen]:
    """Return the overlays on a room's board, the one that came first first."""
    said = [json.loads(note) for note in notes]
    some = [
        OverlaySeen(one["widget"], one["connected_ms"], one["rendered_ms"], one["visible"]) for one in said
    ]
    return sorted(some, key=lambda one: (one.connected_ms, one.widget))


def alarm_of(
    overlays: Sequence[OverlaySeen],
    shown: Sequence[Shown],
    *,
    on_air: bool,
    expected: bool,
    paused: bool,
    now_ms: int,
) -> Alarm | None:
    """Return what is wrong with the picture; None = nothing, as far as can be known.

    `expected`: the room has a widget, so somebody means to broadcast. An entrance is no sign: screens that are busy
    leave it out.
    """
    if not on_air:
        return None
    if not overlays:
        return "no_overlay" if expected else None
    visible = [one for one in overlays if one.visible]
    if not visible:
        return "hidden"
    if paused:
        return None
    sent = [
        one.at_ms
        for one in shown
        if not one.gone and one.rank < Rank.CHATTER and UNPAINTED_MS <= now_ms - one.at_ms <= STALE_MS
    ]
    newest = max(sent, default=0)
    late = [one for one in visible if one.connected_ms <= newest and (one.rendered_ms or 0) < newest]
    return "not_rendering" if late else None
