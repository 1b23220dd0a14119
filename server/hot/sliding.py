"""Sliding windows in this process: what paces while Redis is away, and in the in-memory twin. Rules HOT1, HOT6."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence

from server.hot.errors import HotUnavailable
from server.hot.ports import Ask, Granted, Pacer

MAX_KEYS = 50_000
"""Windows kept; the least recently used one gives way. Some 10 MB at worst."""


class SlidingWindows:
    """Many keys' moments, oldest first. Pure: the time is an argument."""

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        self._moments: OrderedDict[str, deque[int]] = OrderedDict()

    def take(self, ask: Ask, now_ms: int) -> Granted:
        moments = self._moments.setdefault(ask.key, deque())
        self._moments.move_to_end(ask.key)
        while moments and not now_ms - ask.window_ms < moments[0] <= now_ms + ask.window_ms:
            moments.popleft()
        granted = max(0, min(ask.want, ask.limit - len(moments)))
        moments.extend([now_ms] * granted)
        if granted == ask.want:
            wait = 0
        elif ask.limit <= 0:
            wait = ask.window_ms
        else:
            wait = max(1, moments[len(moments) - ask.limit] + ask.window_ms - now_ms)
        if not moments:
            del self._moments[ask.key]
        elif len(self._moments) > self._max_keys:
            self._moments.popitem(last=False)
        return Granted(granted, wait)


class SteadyPacer:
    """`Pacer` that never raises: while the shared one is away each node counts for itself (HOT6)."""

    def __init__(self, shared: Pacer) -> None:
        self._shared = shared
        self._own = SlidingWindows()

    async def take(self, asks: Sequence[Ask], now_ms: int) -> Sequence[Granted]:
        try:
            return await self._shared.take(asks, now_ms)
        except HotUnavailable:
            return [self._own.take(ask, now_ms) for ask in asks]
