from server.clock import ManualClock
from server.hot.ports import Ask, Granted
from server.hot.sliding import SlidingWindows, SteadyPacer
from server.hot.testing import MemoryHot


def test_HOT1_the_least_recently_used_window_gives_way() -> None:
    windows = SlidingWindows(max_keys=2)
    for key in ("a", "b", "a", "c"):
        windows.take(Ask(key, 5, 1_000), 0)
    # b was dropped, so it counts anew; a is still there.
    assert windows.take(Ask("a", 2, 1_000), 0) == Granted(0, 1_000)
    assert windows.take(Ask("b", 1, 1_000), 0) == Granted(1, 0)


def test_HOT1_an_empty_window_is_not_kept() -> None:
    windows = SlidingWindows(max_keys=1)
    windows.take(Ask("a", 1, 1_000), 0)
    windows.take(Ask("b", 0, 1_000), 0)
    assert windows.take(Ask("a", 1, 1_000), 0) == Granted(0, 1_000)


async def test_HOT6_while_the_shared_store_is_away_each_node_counts_for_itself() -> None:
    hot = MemoryHot(ManualClock(0))
    pacer = SteadyPacer(hot)
    ask = Ask("k", 1, 1_000)
    assert await pacer.take([ask], 0) == [Granted(1, 0)]
    hot.away = True
    assert await pacer.take([ask], 0) == [Granted(1, 0)]
    assert await pacer.take([ask], 0) == [Granted(0, 1_000)]
    hot.away = False
    assert await pacer.take([ask], 0) == [Granted(0, 1_000)]
