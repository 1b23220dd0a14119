"""What a host is told of the picture (L2): an overlay that is gone, hidden, or paints nothing."""

import pytest

from server.announcing.shout_log import Shown
from server.announcing.shout_queue import STALE_MS, UNPAINTED_MS, OverlaySeen, alarm_of

NOW = 1_000_000


def sent(ago_ms: int, *, rank: int = 1, gone: bool = False) -> Shown:
    return Shown(f"mo_{ago_ms}", "level_up", rank, None, NOW - ago_ms, False, {}, gone)


def overlay(*, connected: int = 600_000, rendered: int | None = 0, visible: bool = True) -> OverlaySeen:
    return OverlaySeen("w1", NOW - connected, None if rendered is None else NOW - rendered, visible)


def alarm(
    overlays: list[OverlaySeen],
    shown: list[Shown],
    on_air: bool = True,
    expected: bool = True,
    paused: bool = False,
) -> str | None:
    return alarm_of(overlays, shown, on_air=on_air, expected=expected, paused=paused, now_ms=NOW)


def test_L2_an_overlay_that_is_missing_is_an_alarm_only_where_one_is_meant_and_on_air() -> None:
    assert alarm([], []) == "no_overlay"
    assert alarm([], [], expected=False) is None
    assert alarm([], [], on_air=False) is None
    assert alarm([overlay(visible=False)], []) == "hidden"
    assert alarm([overlay(visible=False), overlay()], []) is None


def test_L2_an_overlay_that_paints_nothing_of_what_went_out_is_an_alarm() -> None:
    late = [overlay(rendered=60_000)]
    assert alarm(late, [sent(UNPAINTED_MS)]) == "not_rendering"
    assert alarm([overlay(rendered=None)], [sent(UNPAINTED_MS)]) == "not_rendering"
    assert alarm([overlay(), *late], [sent(UNPAINTED_MS)]) == "not_rendering"
    assert alarm([overlay(rendered=UNPAINTED_MS)], [sent(UNPAINTED_MS)]) is None


@pytest.mark.parametrize(
    "shown",
    [
        [],
        [sent(UNPAINTED_MS - 1)],
        [sent(STALE_MS + 1)],
        [sent(UNPAINTED_MS, gone=True)],
        [sent(UNPAINTED_MS, rank=3)],
    ],
    ids=["nothing went out", "just now", "long ago", "taken back", "an entrance"],
)
def test_L2_no_alarm_without_a_reason(shown: list[Shown]) -> None:
    assert alarm([overlay(rendered=None)], shown) is None


def test_L2_no_alarm_while_paused_nor_for_what_went_out_before_it_came() -> None:
    assert alarm([overlay(rendered=None)], [sent(UNPAINTED_MS)], paused=True) is None
    assert alarm([overlay(connected=1_000, rendered=None)], [sent(UNPAINTED_MS)]) is None
