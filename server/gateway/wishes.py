"""What a viewer's act asks for, read strictly (PROTOCOL §1.4). Pure.

`act.data` may hold the keys of its act and no others; what is wrong is named, with what was expected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from server.ids import DrawId, RewardId, is_foreign_id, is_our_id
from server.text.comments import CleanComment, clean_comment, too_long

MAX_LIKES: Final = 50
MAX_CHANNEL: Final = 64
MAX_GIFT: Final = 1_000_000
"""Points; what a member may really give in a day says the rulebook."""


@dataclass(frozen=True, slots=True)
class Say:
    comment: CleanComment


@dataclass(frozen=True, slots=True)
class LikeIt:
    count: int


@dataclass(frozen=True, slots=True)
class ShareIt:
    channel: str


@dataclass(frozen=True, slots=True)
class FollowHost:
    pass


@dataclass(frozen=True, slots=True)
class CheckMeIn:
    pass


@dataclass(frozen=True, slots=True)
class TakeTicket:
    draw: DrawId


@dataclass(frozen=True, slots=True)
class CastVote:
    poll: str
    option: str


@dataclass(frozen=True, slots=True)
class AskForPermit:
    gate: str


@dataclass(frozen=True, slots=True)
class RedeemIt:
    reward: RewardId


@dataclass(frozen=True, slots=True)
class OpenMyBox:
    pass


@dataclass(frozen=True, slots=True)
class GiveIt:
    to: str | None
    """Author tag or member id; None = whoever brings the link."""
    points: int


@dataclass(frozen=True, slots=True)
class ClaimIt:
    code: str


@dataclass(frozen=True, slots=True)
class BoostMe:
    tier: str


@dataclass(frozen=True, slots=True)
class OptOut:
    on: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """An act whose object is not there: no such poll, draw, reward, gate; or nothing of the kind runs at all."""

    code: str
    """``not_found`` or ``closed``."""
    message: str


@dataclass(frozen=True, slots=True)
class Unread:
    """The act breaks the contract: `refused bad_request`."""

    field: str
    expected: str

    @property
    def message(self) -> str:
        return f"{self.field} must be {self.expected}"


Wish = (
    Say
    | LikeIt
    | ShareIt
    | FollowHost
    | CheckMeIn
    | TakeTicket
    | AskForPermit
    | CastVote
    | RedeemIt
    | OpenMyBox
    | GiveIt
    | ClaimIt
    | BoostMe
    | OptOut
)
Data = Mapping[str, object]


def read_act(name: str, data: Data) -> Wish | Unread:
    """Return what the act asks for, or what is wrong with it."""
    act = _ACTS.get(name)
    if act is None:
        return Unread("name", f"one of {', '.join(_ACTS)}")
    keys, read = act
    for key in data:
        if key not in keys:
            return Unread(f"data.{_shown(key)}", f"left out: {name} takes {', '.join(keys) or 'nothing'}")
    for key in keys:
        if key not in data:
            return Unread(f"data.{key}", "given")
    return read(data)


def _say(data: Data) -> Wish | Unread:
    text = data["text"]
    if not isinstance(text, str) or too_long(text):
        return Unread("data.text", "text of at most 200 characters")
    comment = clean_comment(text)
    return Unread("data.text", "text that can be seen") if comment is None else Say(comment)


def _like(data: Data) -> Wish | Unread:
    count = data["count"]
    # bool is an int in Python, on the wire it is none.
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MAX_LIKES:
        return Unread("data.count", f"a whole number from 1 to {MAX_LIKES}")
    return LikeIt(count)


def _share(data: Data) -> Wish | Unread:
    channel = data["channel"]
    if not isinstance(channel, str) or not is_foreign_id(channel) or len(channel) > MAX_CHANNEL:
        return Unread("data.channel", f"1 to {MAX_CHANNEL} printable characters")
    return ShareIt(channel)


def _redeem(data: Data) -> Wish | Unread:
    reward = data["reward"]
    if not isinstance(reward, str) or not is_our_id(reward):
        return Unread("data.reward", "a reward's id")
    return RedeemIt(RewardId(reward))


def _opt_out(data: Data) -> Wish | Unread:
    on = data["on"]
    return OptOut(on) if isinstance(on, bool) else Unread("data.on", "true or false")


def _take_ticket(data: Data) -> Wish | Unread:
    draw = data["draw"]
    if not isinstance(draw, str) or not is_our_id(draw):
        return Unread("data.draw", "an id")
    return TakeTicket(DrawId(draw))


def _give(data: Data) -> Wish | Unread:
    to, points = data["to"], data["points"]
    if to is not None and (not isinstance(to, str) or not is_foreign_id(to)):
        return Unread("data.to", "an author tag, a member id, or null for a link")
    if not isinstance(points, int) or isinstance(points, bool) or not 1 <= points <= MAX_GIFT:
        return Unread("data.points", f"a whole number from 1 to {MAX_GIFT}")
    return GiveIt(to, points)


def _vote(data: Data) -> Wish | Unread:
    poll, option = data["poll"], data["option"]
    if not isinstance(poll, str) or not is_our_id(poll):
        return Unread("data.poll", "a poll's id")
    if not isinstance(option, str) or not is_our_id(option):
        return Unread("data.option", "an option's id")
    return CastVote(poll, option)


def _permit(data: Data) -> Wish | Unread:
    gate = data["gate"]
    return (
        AskForPermit(gate)
        if isinstance(gate, str) and is_our_id(gate)
        else Unread("data.gate", "a gate's id")
    )


def _claim(data: Data) -> Wish | Unread:
    code = data["code"]
    if not isinstance(code, str) or not is_our_id(code):
        return Unread("data.code", "the code of a gift's link")
    return ClaimIt(code)


def _boost(data: Data) -> Wish | Unread:
    tier = data["tier"]
    if not isinstance(tier, str) or not is_our_id(tier):
        return Unread("data.tier", "the id of a tier")
    return BoostMe(tier)


_ACTS: Final[Mapping[str, tuple[tuple[str, ...], Callable[[Data], Wish | Unread]]]] = {
    "comment": (("text",), _say),
    "like": (("count",), _like),
    "share": (("channel",), _share),
    "follow": ((), lambda _: FollowHost()),
    "check_in": ((), lambda _: CheckMeIn()),
    "vote": (("poll", "option"), _vote),
    "enter_draw": (("draw",), _take_ticket),
    "redeem": (("reward",), _redeem),
    "open_box": ((), lambda _: OpenMyBox()),
    "give": (("to", "points"), _give),
    "claim_gift": (("code",), _claim),
    "boost": (("tier",), _boost),
    "permit": (("gate",), _permit),
    "announce_optout": (("on",), _opt_out),
}
ACTS: Final = tuple(_ACTS)
"""The names of all acts (PROTOCOL §1.4)."""


def _shown(key: object) -> str:
    """Return a key for a message: a client may have sent anything as one."""
    text = str(key)[:32]
    return text if text.isprintable() else "?"
