"""The only codec of content: what viewers see and what the hot record holds, as finished bytes. Pure.

The broadcaster carries what is made here (`Encoded`, record bytes) without looking inside; the browser reads it by
PROTOCOL §1.3. Nothing here decides anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, cast
from zlib import crc32

import msgpack

from broadcaster.frames import Card, CardRecord, Encoded, RoomItem
from member_cache.ports import Record
from server.domain.card import MemberCard
from server.domain.decision import Earned
from server.domain.draw import Draw
from server.domain.facts import CommentPosted, FirstNTaken
from server.domain.moderation import Restriction
from server.domain.notices import Notice
from server.domain.phrases import Hint
from server.domain.room import Json
from server.domain.shoutouts import Shout
from server.domain.state import AwardCount, Coupon, DayBucket, Member, RecentComment, TaskCount, TierHold
from server.ids import RuleId
from server.ledger.ports import ItemChange
from server.text.catalogue import render

# --- content → bytes ------------------------------------------------------------------------------


# One encoder of each kind for all: `json.dumps` would build one per call, which is half of a card's encoding.
_pack: Final[Callable[[object], bytes]] = msgpack.Packer().pack
_to_json: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def encoded(value: Json) -> Encoded:
    """Return plain data as finished msgpack and JSON."""
    return Encoded(_pack(value), _to_json(value).encode())


@dataclass(slots=True)
class Rendered:
    """Plain data that is finished in a subprotocol when somebody speaks it: for what goes to one viewer."""

    value: Json
    _msgpack: bytes | None = field(default=None, init=False, repr=False, compare=False)
    _json: bytes | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def msgpack(self) -> bytes:
        if self._msgpack is None:
            self._msgpack = _pack(self.value)
        return self._msgpack

    @property
    def json(self) -> bytes:
        if self._json is None:
            self._json = _to_json(self.value).encode()
        return self._json


def text(hint: Hint) -> dict[str, Json]:
    """Return a sentence in every language, as `text` and `hint` stand on the wire."""
    return dict(_said(hint))


@lru_cache(maxsize=2_048)
def _said(hint: Hint) -> tuple[tuple[str, str], ...]:
    """Every join renders a hint, and those of many cards are few."""
    return tuple(render(hint).items())


def item_frame(change: ItemChange) -> RoomItem:
    """Return a room item as the broadcaster keeps it; an entry of a map by id also says its `rev` (PROTOCOL §1.3)."""
    value = change.value
    if value is None:
        return RoomItem(change.key, change.rev, None)
    if "/" in change.key and isinstance(value, dict):
        value = {**value, "rev": change.rev}
    return RoomItem(change.key, change.rev, encoded(value))


def comment_body(comment: CommentPosted) -> Encoded:
    return encoded(
        {
            "id": comment.id,
            "author": comment.author,
            "name": comment.name,
            "tier": comment.tier,
            "text": comment.text,
            "at_ms": comment.at_ms,
        }
    )


def level_up_body(moment_id: str, rank: int, shout: Shout, sentence: Hint, expires_ms: int) -> Encoded:
    """Return a `level_up` moment: one member's, or a fold of several (`count` > 1)."""
    params: dict[str, Json] = {"name": shout.name, "tier": shout.tier, "count": shout.count}
    if shout.coupon is not None:
        params["offer"] = {"title": shout.coupon.title, "off": shout.coupon.off}
    body: dict[str, Json] = {
        "id": moment_id,
        "kind": "level_up",
        "rank": rank,
        "text": text(sentence),
        "params": params,
        "expires_ms": expires_ms,
        "is_test": shout.is_test,
    }
    # A tag beside “神秘用户” would name whoever asked not to be named.
    if shout.name:
        body["author"] = shout.author
    return encoded(body)


def first_n_body(moment_id: str, rank: int, taken: FirstNTaken, sentence: Hint, expires_ms: int) -> Encoded:
    """Return a `first_n` moment; whoever opted out has no name and no tag."""
    params: dict[str, Json] = {"name": taken.name, "taken": taken.place, "n": taken.campaign.n}
    return moment_body(
        moment_id, "first_n", rank, sentence, params, expires_ms, taken.author if taken.name else None
    )


def spoken_body(
    moment_id: str,
    kind: str,
    rank: int,
    said: dict[str, str],
    params: dict[str, Json],
    expires_ms: int,
    author: str | None = None,
) -> Encoded:
    """Return a moment whose words are given, in every language (PROTOCOL §1.2); `author` None = nobody is named."""
    body: dict[str, Json] = {
        "id": moment_id,
        "kind": kind,
        "rank": rank,
        "text": dict(said),
        "params": params,
        "expires_ms": expires_ms,
        "is_test": False,
    }
    if author is not None:
        body["author"] = author
    return encoded(body)


def moment_body(
    moment_id: str,
    kind: str,
    rank: int,
    sentence: Hint,
    params: dict[str, Json],
    expires_ms: int,
    author: str | None = None,
) -> Encoded:
    """Return a moment whose sentence is in the catalogue; else as `spoken_body`."""
    said = {language: str(words) for language, words in text(sentence).items()}
    return spoken_body(moment_id, kind, rank, said, params, expires_ms, author)


def drawn_body(moment_id: str, rank: int, draw: Draw, sentence: Hint, expires_ms: int) -> Encoded:
    """Return a `draw_result` moment: the names of the winners in the order of the prizes."""
    names: list[Json] = [winner.name for winner in draw.winners]
    return encoded(
        {
            "id": moment_id,
            "kind": "draw_result",
            "rank": rank,
            "text": text(sentence),
            "params": {"draw": draw.id, "winners": names},
            "expires_ms": expires_ms,
            "is_test": False,
        }
    )


def notice_body(notice_id: str, notice: Notice, expires_ms: int) -> Encoded:
    return encoded(
        {
            "id": notice_id,
            "kind": notice.kind,
            "text": text(notice.text),
            "params": dict(notice.params),
            "expires_ms": expires_ms,
        }
    )


def earned_body(
    earned: Earned, rule: RuleId | None, why_nothing: str | None, more: Sequence[tuple[str, str | int]] = ()
) -> Encoded:
    """Return `done.result` of an act that may earn or cost (PROTOCOL §1.4); `more` is what else it gave."""
    result: dict[str, Json] = {"points": earned.points, "growth": earned.growth, "rule": rule, **dict(more)}
    if why_nothing is not None:
        result["why_nothing"] = why_nothing
    return encoded(result)


# --- the member card ------------------------------------------------------------------------------


def card_frame(card: MemberCard) -> Card:
    return Card(card.version, card.as_of_ms, Rendered(card_json(card)))


def card_json(card: MemberCard) -> dict[str, Json]:
    """Return the card as PROTOCOL §1.3 has it, hints in every language."""
    view: dict[str, Json] = {
        "member": card.member,
        "author": card.author,
        "name": card.name,
        "version": card.version,
        "as_of_ms": card.as_of_ms,
        "tier": card.tier,
        "until_ms": card.until_ms,
        "boost": None if card.boost is None else {"tier": card.boost.tier, "until_ms": card.boost.until_ms},
        "growth": card.growth,
        "points": card.points,
        "held": card.held,
        "next": None,
        "today": {
            "earned": card.today.earned,
            "claimable": card.today.claimable,
            "ways": [{"rule": way.rule, "points": way.points, "left": way.left} for way in card.today.ways],
        },
        "nearest_reward": None,
        "retention": None,
        "tasks": {
            task: {"count": state.count, "target": state.target, "state": state.state}
            for task, state in card.tasks.items()
        },
        "coupons": [
            {
                "id": coupon.id,
                "title": coupon.title,
                "off": coupon.off,
                "min": coupon.min,
                "expires_ms": coupon.expires_ms,
            }
            for coupon in card.coupons
        ],
        "multiplier": card.multiplier,
        "streak": card.streak,
        "cohort": card.cohort,
    }
    if card.real_tier is not None:
        view["real_tier"] = card.real_tier
    if card.tickets:
        view["tickets"] = card.tickets
    if card.service is not None:
        service: dict[str, Json] = {"text": card.service.text}
        if card.service.link is not None:
            service["link"] = card.service.link
        view["service"] = service
    if card.member_day is not None:
        day = card.member_day
        view["member_day"] = {
            "percent": day.percent,
            "multiplier": day.multiplier,
            "until_ms": day.until_ms,
        }
    if card.next is not None:
        view["next"] = {
            "tier": card.next.tier,
            "growth_to_go": card.next.growth_to_go,
            "spend_to_go": card.next.spend_to_go,
            "hint": text(card.next.hint),
        }
    if card.nearest_reward is not None:
        reward = card.nearest_reward
        view["nearest_reward"] = {"id": reward.id, "name": reward.name, "points_to_go": reward.points_to_go}
    if card.retention is not None:
        view["retention"] = {
            "growth_to_keep": card.retention.growth_to_keep,
            "deadline_ms": card.retention.deadline_ms,
            "hint": text(card.retention.hint),
        }
    return view


# --- the hot member record ------------------------------------------------------------------------


def _names(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


_MEMBER: Final = _names(Member)
_PARTS: Final = (DayBucket, AwardCount, Coupon, TierHold, RecentComment, TaskCount, Restriction)
SCHEMA: Final = crc32(repr((1, _MEMBER, *map(_names, _PARTS))).encode())
"""Inside every record. It follows from the shapes themselves, so no change of them can be forgotten: a program of
another version finds the record unreadable and asks the ledger."""

_PARTS_OF_RECORD: Final = 1 + len(_MEMBER)
_DAYS, _AWARDS, _COUPONS, _COMMENTS, _TASKS, _RESTRICTIONS, _SHOUTED, _GIVEN, _BOOST, _GRANT = (
    1 + _MEMBER.index(name)
    for name in (
        *("days", "awards", "coupons", "comments", "tasks", "restrictions", "shouted", "given"),
        *("boost", "grant"),
    )
)
"""Where a record holds what is more than a plain value."""
_LISTS: Final[tuple[tuple[int, type], ...]] = (
    *((_DAYS, DayBucket), (_COUPONS, Coupon), (_COMMENTS, RecentComment), (_TASKS, TaskCount)),
    (_RESTRICTIONS, Restriction),
)
"""Of these several of a kind."""

_of_member = attrgetter(*_MEMBER)
_of_day = attrgetter(*_names(DayBucket))
_of_coupon = attrgetter(*_names(Coupon))
_of_hold = attrgetter(*_names(TierHold))
_of_comment = attrgetter(*_names(RecentComment))
_of_task = attrgetter(*_names(TaskCount))
_of_restriction = attrgetter(*_names(Restriction))


def record_of(member: Member) -> Record:
    """Return the hot record of a stored member. Its version is the member's, so it must have one (> 0)."""
    if member.version <= 0:
        raise ValueError("a member that was never stored has no record")
    return Record(member.id, member.version, record_body(member))


def record_frame(member: Member) -> CardRecord:
    """Return the record on its way to the member's nodes."""
    return CardRecord(member.version, record_body(member))


def record_body(member: Member) -> bytes:
    values: dict[str, object] = dict(zip(_MEMBER, _of_member(member), strict=True))
    values["days"] = [_of_day(day) for day in member.days]
    values["awards"] = [
        (scope, rule, count.n, count.points, count.growth) for (scope, rule), count in member.awards.items()
    ]
    values["coupons"] = [_of_coupon(coupon) for coupon in member.coupons]
    values["comments"] = [_of_comment(comment) for comment in member.comments]
    values["tasks"] = [_of_task(task) for task in member.tasks]
    values["restrictions"] = [_of_restriction(one) for one in member.restrictions]
    values["shouted"] = dict(member.shouted)
    values["given"] = dict(member.given)
    for hold in ("boost", "grant"):
        held = values[hold]
        values[hold] = None if held is None else _of_hold(held)
    return cast(bytes, msgpack.packb([SCHEMA, *values.values()]))


def member_of(body: bytes) -> Member | None:
    """Return the member a record holds; None = it cannot be read (another schema, or broken): ask the ledger."""
    try:
        parts: Any = msgpack.unpackb(body)
        if type(parts) is not list or len(parts) != _PARTS_OF_RECORD or parts[0] != SCHEMA:
            return None
        for at, kind in _LISTS:
            parts[at] = tuple([kind(*one) for one in parts[at]]) if parts[at] else ()
        awards = {(scope, rule): AwardCount(*count) for scope, rule, *count in parts[_AWARDS]}
        parts[_AWARDS] = MappingProxyType(awards)
        parts[_SHOUTED] = MappingProxyType(parts[_SHOUTED])
        parts[_GIVEN] = MappingProxyType(parts[_GIVEN])
        for hold in (_BOOST, _GRANT):
            if parts[hold] is not None:
                parts[hold] = TierHold(*parts[hold])
        return Member(*parts[1:])
    except (ValueError, TypeError, msgpack.UnpackException):
        return None


# --- answers of acts, kept hot --------------------------------------------------------------------


def answer_bytes(*parts: object) -> bytes:
    return cast(bytes, msgpack.packb(parts))


def answer_parts(answer: bytes) -> Sequence[object] | None:
    """Return what `answer_bytes` was given; None = it cannot be read."""
    try:
        parts = msgpack.unpackb(answer)
    except (ValueError, msgpack.UnpackException):
        return None
    return parts if isinstance(parts, list) else None
