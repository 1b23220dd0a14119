"""What a countdown task would cost, before the host presses (L3), and what it is called. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from server.domain.decide.redemptions import worth
from server.domain.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class PastTask:
    """How one earlier task went."""

    done: int
    """Members rewarded."""
    audience: int
    """Viewers in the room when it began; 0 = not known."""


@dataclass(frozen=True, slots=True)
class Preview:
    audience: int
    max_points: int
    max_cost: int
    """Minor units, at the rate in force."""
    expected_members: int
    expected_points: int


def preview(
    reward: int, budget: int, audience: int, earlier: Sequence[PastTask], rulebook: Rulebook
) -> Preview:
    """Return the most a task can cost, and what it will by the share of viewers who reached earlier ones.

    Nobody who is not there now is counted, so a room that fills up costs more, the budget at most. Without
    earlier tasks everybody is expected: rather too much than a surprise.
    """
    most = min(audience, budget // reward)
    known = [past for past in earlier if past.audience > 0]
    expected = most
    if known:
        done, there = sum(past.done for past in known), sum(past.audience for past in known)
        expected = min(most, -(-audience * done // there))
    return Preview(audience, most * reward, worth(most * reward, rulebook), expected, expected * reward)


_TITLES: Final = {
    "share": "分享直播间{times}",
    "like": "点赞{target}下",
    "watch": "观看{target}分钟",
    "order": "下单{times}",
    "vote": "参与投票{times}",
    "invite": "邀请{target}位好友",
}


def default_title(kind: str, target: int, reward: int, password: str | None) -> str:
    """Return what a task is called when the host did not say: 分享直播间得100积分."""
    if kind == "password":
        said = password or ""
        what = f"发弹幕「{said[:20]}{'…' if len(said) > 20 else ''}」"
        what += f"{target}次" if target > 1 else ""
    else:
        what = _TITLES[kind].format(target=target, times=f"{target}次" if target > 1 else "")
    return f"{what}得{reward}积分"
