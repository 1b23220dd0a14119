"""When a room's frames go out, and what of them. Pure (DESIGN §4, Windows).

An idle room's first frame goes at once; after that frames are gathered for as long as the audience is
large, so that one write carries many. A rank 0 frame closes the window at once. Kept frames are only ever
concatenated; `void` stands for what must not be shown any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from broadcaster.frames import Comment, Moment, Numbered, PassingFrame, Pulse, Rank, Retract, Void
from broadcaster.overload import Level, sheds, window_factor
from broadcaster.roomstate import retracts

MAX_COMMENTS = 60
"""Comments shown of one window; nobody reads more in a quarter of a second. The newest stay."""

MAX_MOMENTS = 100
"""Moments of rank > 0 in one message, two and a half seconds of a room's budget (DESIGN §4): a node that is late must not
write ever longer messages, or rank 0 waits behind them (decision 0079). The most important stay, of equals the newest."""

LARGEST_MS = 200.0
"""In a room of over 10 000. Nobody waits for the fan-out besides: what comes meanwhile goes to who is still to be written
to (decision 0070)."""

Entry = tuple[int, Numbered | PassingFrame]
"""A frame with its place in the order in which this node received the room's frames."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes out when a window closes."""

    kept: tuple[Numbered | Void, ...]
    passing: tuple[PassingFrame, ...]
    expired: tuple[Rank, ...] = ()
    """Ranks of the moments that became void."""
    comments_dropped: int = 0
    pulses_replaced: int = 0
    shed: tuple[Rank, ...] = ()
    """Ranks of what the overload ladder left out; pulses and comments count as chatter."""


def window_ms(audience: int, last_fanout_ms: float = 0, level: Level = Level.NORMAL) -> int:
    """Return how long frames are gathered for this many local viewers, longer under overload.

    Never shorter than twice the last fan-out: otherwise a slow node would do nothing but fan out. Under overload not
    shorter than three or five times.
    """
    factor = window_factor(level)
    if audience <= 1_000:
        gathered = 50.0 * factor
    elif audience <= 10_000:
        gathered = 100.0 * factor
    else:
        gathered = LARGEST_MS * factor
    return int(max(gathered, (1 + factor) * last_fanout_ms))


def closes_at(last_closed_ms: int | None, length_ms: int, urgent: bool, now_ms: int) -> int:
    """Return when the present window closes; at or before `now_ms` = at once.

    `last_closed_ms` None = nothing ever went out. `urgent` = a rank 0 frame waits.
    """
    if urgent or last_closed_ms is None:
        return now_ms
    return max(now_ms, last_closed_ms + length_ms)


def is_urgent(frame: Numbered) -> bool:
    """Whether a frame may wait for no window: rank 0, that is room items, retracts and draw results."""
    return frame.frame.rank is Rank.STATE if isinstance(frame.frame, Moment) else True


def batch_of(
    entries: Iterable[Entry],
    now_ms: int,
    after: int = 0,
    level: Level = Level.NORMAL,
    moments: int | None = MAX_MOMENTS,
) -> Batch:
    """Return what of the gathered entries goes out to viewers who have all up to entry `after` already.

    At most `moments` of rank > 0; None = all of them.
    """
    kept: list[Numbered | Void] = []
    pulses: dict[str, Pulse] = {}
    comments: list[Comment] = []
    expired: list[Rank] = []
    shed: list[Rank] = []
    replaced = 0
    for place, frame in entries:
        if place <= after:
            continue
        match frame:
            case Numbered():
                rank = expired_rank(frame, now_ms)
                if isinstance(frame.frame, Retract):
                    # Kept frames go out before passing ones: what is taken back must not follow its retract.
                    retract = frame.frame
                    comments = [one for one in comments if not retracts(retract, one)]
                if rank is not None:
                    expired.append(rank)
                    _add_void(kept, frame.offset)
                elif isinstance(frame.frame, Moment) and sheds(level, frame.frame):
                    shed.append(frame.frame.rank)
                    _add_void(kept, frame.offset)
                else:
                    kept.append(frame)
            case Pulse() | Comment() if sheds(level, frame):
                shed.append(Rank.CHATTER)
            case Pulse():
                replaced += pulses.pop(frame.key, None) is not None  # the latest goes last
                pulses[frame.key] = frame
            case Comment():
                comments.append(frame)
    dropped = max(0, len(comments) - MAX_COMMENTS)
    if moments is not None:
        kept, too_many = _at_most(moments, kept)
        shed += too_many
    passing: tuple[PassingFrame, ...] = (*pulses.values(), *comments[dropped:])
    return Batch(tuple(kept), passing, tuple(expired), dropped, replaced, tuple(shed))


def caught_up(
    missed: Sequence[Numbered], now_ms: int, level: Level = Level.NORMAL
) -> tuple[Numbered | Void, ...]:
    """Return missed kept frames as they are shown to a viewer who comes back: through the filter of live ones.

    All that are fresh: it is one viewer, to whom they go in several messages.
    """
    return batch_of(enumerate(missed, start=1), now_ms, level=level, moments=None).kept


def expired_rank(numbered: Numbered, now_ms: int) -> Rank | None:
    """Return the rank of a moment that is shown no more; None = show it."""
    frame = numbered.frame
    return frame.rank if isinstance(frame, Moment) and frame.expires_ms <= now_ms else None


def _at_most(most: int, kept: list[Numbered | Void]) -> tuple[list[Numbered | Void], list[Rank]]:
    """Return kept frames with at most that many moments of rank > 0, and the ranks of those that became void."""
    ranks: dict[int, Rank] = {}
    if len(kept) > most:
        for one in kept:
            if (
                isinstance(one, Numbered)
                and isinstance(one.frame, Moment)
                and one.frame.rank is not Rank.STATE
            ):
                ranks[one.offset] = one.frame.rank
    if len(ranks) <= most:
        return kept, []
    left_out = set(sorted(ranks, key=lambda offset: (-ranks[offset], offset))[: len(ranks) - most])
    fewer: list[Numbered | Void] = []
    for one in kept:
        if isinstance(one, Void) or one.offset in left_out:
            _add_void(fewer, one.offset)
        else:
            fewer.append(one)
    return fewer, [ranks[offset] for offset in left_out]


def _add_void(kept: list[Numbered | Void], offset: int) -> None:
    if kept and isinstance(kept[-1], Void):
        kept[-1] = Void(offset)
    else:
        kept.append(Void(offset))
