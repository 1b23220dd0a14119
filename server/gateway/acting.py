"""Doing what viewers ask: one answer per ref, whatever door or node it comes through. Rules E2, E10, L13, R2.

Asked for again, an act gets its first answer: from the hot store for 10 minutes, and for ever from the ledger's receipt if
it was in the ledger. Likes and comments that cannot earn any more today stay off the ledger (DESIGN §4): they
are shown, their answer is kept hot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from types import MappingProxyType
from typing import assert_never

import structlog

from broadcaster.frames import Act, Done, Encoded, Refused
from broadcaster.ports import Connection
from member_cache.errors import SourceUnavailable
from server.clock import Clock
from server.credentials.access import subject_of
from server.domain.box_commands import OpenBox
from server.domain.commands import (
    AskPermit,
    CheckIn,
    Command,
    EnterDraw,
    Follow,
    Like,
    Origin,
    PostComment,
    RedeemReward,
    Share,
    Subject,
    UpdateMember,
    Vote,
)
from server.domain.decide.awards import left_today
from server.domain.decide.moderation import refusal_of
from server.domain.decide.task_progress import counted, counts
from server.domain.decision import Earned, Receipt
from server.domain.facts import CommentPosted
from server.domain.gates import CANCELLED
from server.domain.gift_commands import BuyBoost, GiveByLink
from server.domain.ladder import effective_tier, settled_tier
from server.domain.rulebook import COMMENT, LIKE
from server.domain.state import Member, Room
from server.errors import InternalFault, Overloaded, Unavailable
from server.gateway.cards import Cards, Programme
from server.gateway.giving import Gifts
from server.gateway.ports import HandsOver, Submits, Tells
from server.gateway.rooms import Rooms
from server.gateway.wishes import (
    AskForPermit,
    BoostMe,
    CastVote,
    CheckMeIn,
    ClaimIt,
    FollowHost,
    GiveIt,
    LikeIt,
    Missing,
    OpenMyBox,
    OptOut,
    RedeemIt,
    Say,
    ShareIt,
    TakeTicket,
    Unread,
    Wish,
    read_act,
)
from server.hot.errors import HotUnavailable
from server.hot.gathering import FirstAnswers, GatheredPacer
from server.hot.ports import Answers, Ask, Pacer
from server.hot.sliding import SteadyPacer
from server.ids import GateId, MemberId, PermitId, RoomId, RuleId, derived, is_foreign_id
from server.ledger.errors import LedgerUnavailable
from server.views import answer_bytes, answer_parts, earned_body, encoded

LIVE = "live"
"""The source of all acts on the live socket."""
MAX_REF = 64
LIKES_EVERY_MS = 900
"""At most one message of likes a second (PROTOCOL §1.4), and a tenth for what the network does to a regular sender."""
RETRY_MS = 1_500
WHY_NOTHING = frozenset(
    "cap_reached duplicate not_watching budget_spent off_air not_eligible invalid_comment".split()
)
REFUSALS = frozenset(
    """sign_in bad_request rate_limited muted banned slow_mode members_only blocked_words not_found
    not_enough_points sold_out not_open closed limit_reached giver_not_eligible try_later""".split()
)
PASSING = frozenset(("rate_limited", "slow_mode", "try_later"))
"""Refusals that the same ref may outlive; all others are its one answer."""

Answer = Done | Refused


@dataclass(frozen=True, slots=True)
class _Who:
    """Who acts where. The subject is what their token says: a first act must also link the identity (X1)."""

    member: MemberId
    subject: Subject
    room: RoomId


_log = structlog.get_logger(__name__)


class Acting:
    def __init__(
        self,
        *,
        intake: Submits,
        tells: Tells,
        pacer: Pacer,
        answers: Answers,
        rooms: Rooms,
        cards: Cards,
        programme: Programme,
        gifts: Gifts,
        clock: Clock,
        gatekeeper: HandsOver,
    ) -> None:
        self._intake = intake
        self._gifts = gifts
        self._tells = tells
        self._pacer = SteadyPacer(GatheredPacer(pacer))
        self._answers = FirstAnswers(answers)
        self._rooms = rooms
        self._cards = cards
        self._programme = programme
        self._clock = clock
        self._gatekeeper = gatekeeper
        self._under_way: dict[tuple[str, str], list[asyncio.Future[Answer | None]]] = {}
        """Acts that are being done here, and who has brought them here once more meanwhile."""

    async def act(self, connection: Connection, act: Act) -> Answer:
        """Return the one answer to this member's ref.

        Whoever leaves meanwhile has acted all the same, and may ask again elsewhere: a node goes on with what has begun.
        One that is cancelled because the node ends is as one whose answer was lost.
        """
        member = connection.identity.member
        if member is None:
            return Refused(act.ref, "sign_in", "acts need a viewer's token")
        if len(act.ref) > MAX_REF or not is_foreign_id(act.ref):
            return Refused(None, "bad_request", f"ref must be 1 to {MAX_REF} printable characters")
        key = (member, act.ref)
        while (others := self._under_way.get(key)) is not None:
            first: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
            others.append(first)
            answer = await first
            if answer is not None:
                return answer
        others = self._under_way[key] = []
        who = _Who(MemberId(member), subject_of(connection.identity.sub or member), RoomId(connection.room))
        answer = None  # if we are stopped or trip over a bug: then the next of the others does it
        try:
            answer = await self._once(who, act)
        finally:
            del self._under_way[key]
            for one in others:
                if not one.done():
                    one.set_result(answer)
        return answer

    async def _once(self, who: _Who, act: Act) -> Answer:
        try:
            first = await self._answers.of(who.member, act.ref)
        except HotUnavailable:
            first = None  # the ledger's receipts still know every act that was in it
        if first is not None and (answer := read_answer(act.ref, first)) is not None:
            return answer
        wish = read_act(act.name, act.data)
        if isinstance(wish, Unread):
            field = MappingProxyType({"field": wish.field})
            return await self._kept(who.member, Refused(act.ref, "bad_request", wish.message, field))
        try:
            answer = await self._do(wish, who, act)
        except (LedgerUnavailable, SourceUnavailable):
            return _later(act.ref, RETRY_MS)
        except Unavailable as away:
            return _later(act.ref, away.retry_after_ms if isinstance(away, Overloaded) else RETRY_MS)
        except InternalFault as fault:
            _log.error("act.fault", act=act.name, command=fault.command)
            return _later(act.ref, RETRY_MS)
        return await self._kept(who.member, answer)

    async def _kept(self, member: MemberId, answer: Answer) -> Answer:
        """Keep a final answer; if another node was first with this ref, its answer counts."""
        if isinstance(answer, Refused) and answer.code in PASSING:
            return answer
        ref = answer.ref or ""
        try:
            stood = await self._answers.keep(member, ref, write_answer(answer))
        except HotUnavailable:
            return answer
        return answer if stood is None else read_answer(ref, stood) or answer

    async def _do(self, wish: Wish, who: _Who, act: Act) -> Answer:
        now_ms = self._clock.now_ms()
        match wish:
            case Say():
                return await self._say(wish, who, act, now_ms)
            case LikeIt():
                return await self._like(wish, who, act, now_ms)
            case ShareIt(channel):
                return await self._submit(act.ref, Share(_origin(who, act, now_ms), who.subject, channel))
            case FollowHost():
                return await self._submit(act.ref, Follow(_origin(who, act, now_ms), who.subject))
            case CheckMeIn():
                return await self._submit(act.ref, CheckIn(_origin(who, act, now_ms), who.subject))
            case TakeTicket(draw):
                return await self._submit(act.ref, EnterDraw(_origin(who, act, now_ms), who.subject, draw))
            case CastVote(poll, option):
                return await self._submit(act.ref, Vote(_origin(who, act, now_ms), who.subject, poll, option))
            case AskForPermit(gate):
                return await self._permit(GateId(gate), who, act, now_ms)
            case RedeemIt(reward):
                return await self._submit(
                    act.ref, RedeemReward(_origin(who, act, now_ms), who.subject, reward, act.ref)
                )
            case OpenMyBox():
                return await self._submit(act.ref, OpenBox(_origin(who, act, now_ms), who.subject, act.ref))
            case GiveIt() | ClaimIt():
                return await self._give(wish, who, act, now_ms)
            case BoostMe(tier):
                return await self._submit(act.ref, BuyBoost(_origin(who, act, now_ms), who.subject, tier))
            case OptOut(on):
                command = UpdateMember(_origin(who, act, now_ms), who.subject, announce_optout=on)
                receipt = await self._intake.submit(command)
                if receipt.outcome in ("applied", "duplicate"):
                    return Done(act.ref, encoded({"announce_optout": on}))
                return answer_of(act.ref, receipt)
            case _:
                assert_never(wish)

    async def _permit(self, gate: GateId, who: _Who, act: Act, now_ms: int) -> Answer:
        """Ask the ledger; only when it has given a permit is there a token, and a link (L5)."""
        if (early := await self._too_early(gate, who, act.ref, now_ms)) is not None:
            return early
        receipt = await self._intake.submit(AskPermit(_origin(who, act, now_ms), who.subject, gate))
        given = dict(receipt.details)
        permit, expires_ms = given.get("permit"), given.get("expires_ms")
        if (
            receipt.outcome not in ("applied", "duplicate")
            or not isinstance(permit, str)
            or not isinstance(expires_ms, int)
        ):
            return answer_of(act.ref, receipt)
        member = receipt.member or who.member
        handed = await self._gatekeeper.handed(PermitId(permit), gate, member, expires_ms)
        if handed is None:
            raise SourceUnavailable("the permit just given")
        return Done(act.ref, encoded(dict(handed)))

    async def _too_early(self, gate: GateId, who: _Who, ref: str, now_ms: int) -> Refused | None:
        """Refuse by the gate's own times whom the ledger would refuse: a full room that asks too early costs it nothing.

        Only a refusal is ever given here. A tier reached a moment ago is in the record before its card goes out.
        """
        room = self._rooms.last(who.room)
        known = next((one for one in room.gates if one.id == gate), None) if room is not None else None
        if known is None or known.state == CANCELLED or now_ms >= known.public_ms:
            return None
        member = await self._cards.member(who.member, now_ms)
        opens = known.opens_to(settled_tier(member, self._programme.rulebook_at(now_ms), now_ms))
        if now_ms >= opens:
            return None
        return not_open(ref, opens, now_ms)

    # --- comments ----------------------------------------------------------------------------------

    async def _say(self, wish: Say, who: _Who, act: Act, now_ms: int) -> Answer:
        comment = wish.comment
        member = await self._cards.member(who.member, now_ms)
        if not self._spent(COMMENT, member, who.room, now_ms) or self._advances(
            member, who, "password", now_ms, comment.digest
        ):
            command = PostComment(
                _origin(who, act, now_ms),
                who.subject,
                comment.text,
                comment.graphemes,
                comment.digest,
            )
            return await self._submit(act.ref, command)
        if (stopped := _stopped(member, who.room, act.ref, now_ms, is_comment=True)) is not None:
            return stopped
        room = await self._rooms.get(who.room)
        if room is None:
            return Refused(act.ref, "not_found", "this room is not there any more")
        if (refusal := await self._may_not_write(member, room, comment.text, act.ref, now_ms)) is not None:
            return refusal
        answer = await self._claimed(who.member, act.ref, COMMENT)
        if answer is None:
            self._tells.comment(
                CommentPosted(
                    member=member.id,
                    author=member.author,
                    name=member.name,
                    tier=effective_tier(member, self._programme.rulebook_at(now_ms), now_ms),
                    room=who.room,
                    id=derived("k", LIVE, f"{who.member}:{act.ref}"),
                    text=comment.text,
                    digest=comment.digest,
                    counted=False,
                    at_ms=now_ms,
                )
            )
        return answer or _beyond_cap(act.ref, COMMENT)

    async def _may_not_write(
        self, member: Member, room: Room, text: str, ref: str, now_ms: int
    ) -> Refused | None:
        """Judge off the ledger what `decide` judges in it: what may be written here, by whom, how often (L13)."""
        rulebook = self._programme.rulebook_at(now_ms)
        if rulebook.comment.words.found_in(text) is not None:
            return Refused(ref, "blocked_words", "a word that this shop does not let appear")
        if room.writers == "members" and effective_tier(member, rulebook, now_ms) == rulebook.lowest:
            return Refused(ref, "members_only", "only members above the lowest tier may write here")
        if not room.slow_s:
            return None
        last_ms = member.comments[-1].at_ms if member.comments else 0
        wait_ms = last_ms + room.slow_s * 1_000 - now_ms
        if wait_ms <= 0:
            ask = Ask(f"slow:{room.id}:{member.id}", 1, room.slow_s * 1_000)
            wait_ms = (await self._pacer.take([ask], now_ms))[0].wait_ms
        if wait_ms > 0:
            return Refused(ref, "slow_mode", f"one comment in {room.slow_s} s", retry_after_ms=wait_ms)
        return None

    # --- likes -------------------------------------------------------------------------------------

    async def _like(self, wish: LikeIt, who: _Who, act: Act, now_ms: int) -> Answer:
        granted = (await self._pacer.take([Ask(f"like:{who.member}", 1, LIKES_EVERY_MS)], now_ms))[0]
        if not granted.n:
            return Refused(
                act.ref, "rate_limited", "one message of likes a second", retry_after_ms=granted.wait_ms
            )
        member = await self._cards.member(who.member, now_ms)
        if not self._spent(LIKE, member, who.room, now_ms) or self._advances(member, who, "like", now_ms):
            command = Like(_origin(who, act, now_ms), who.subject, wish.count)
            return await self._submit(act.ref, command)
        if (stopped := _stopped(member, who.room, act.ref, now_ms, is_comment=False)) is not None:
            return stopped
        answer = await self._claimed(who.member, act.ref, LIKE)
        if answer is None:
            self._tells.likes(who.room, wish.count)
        return answer or _beyond_cap(act.ref, LIKE)

    # --- gifts -------------------------------------------------------------------------------------

    async def _give(self, wish: GiveIt | ClaimIt, who: _Who, act: Act, now_ms: int) -> Answer:
        origin = _origin(who, act, now_ms)
        command = await self._gifts.command_of(wish, origin, who.subject)
        if isinstance(command, Missing):
            return Refused(act.ref, command.code, command.message)
        answer = await self._submit(act.ref, command)
        if isinstance(command, GiveByLink) and isinstance(answer, Done):
            link = await self._gifts.link_of(origin)
            return _later(act.ref, RETRY_MS) if link is None else Done(act.ref, encoded(link))
        return answer

    # --- both --------------------------------------------------------------------------------------

    def _spent(self, rule_id: RuleId, member: Member, room: RoomId, now_ms: int) -> bool:
        """Whether the cap of today or of the show on air is reached, so that one more act cannot earn (E8)."""
        rule = self._programme.rulebook_at(now_ms).behaviours.get(rule_id)
        if rule is None:
            return False
        show = self._rooms.on_air(room)
        day = self._programme.calendar.day_of(now_ms)
        return not left_today(rule_id, rule, member, day, None if show is None else show.id)

    def _advances(self, member: Member, who: _Who, kind: str, now_ms: int, digest: str | None = None) -> bool:
        """Whether the act may bring the member further in a countdown task: then it belongs into the ledger (L3).

        Who has reached the target is done with it: their thousandth like is no business of the ledger's.
        """
        room = self._rooms.last(who.room)
        return room is not None and any(
            task.kind == kind
            and task.password == digest
            and counts(task, now_ms)
            and counted(member, task.id) < task.target
            for task in room.tasks
        )

    async def _claimed(self, member: MemberId, ref: str, rule: RuleId) -> Answer | None:
        """Claim the ref for an act off the ledger, before anything is shown; return what stands if it is taken."""
        try:
            stood = await self._answers.keep(member, ref, write_answer(_beyond_cap(ref, rule)))
        except HotUnavailable:
            return None  # the bus is away with it, so there is nothing to show twice
        return None if stood is None else read_answer(ref, stood)

    async def _submit(self, ref: str, command: Command) -> Answer:
        return answer_of(ref, await self._intake.submit(command))


def answer_of(ref: str, receipt: Receipt) -> Answer:
    """Return what a durable receipt says to the viewer; a repeat's receipt says the same as the first (R2)."""
    match receipt.outcome:
        case "applied" | "duplicate":
            why = receipt.code if receipt.code in WHY_NOTHING else None
            return Done(ref, earned_body(receipt.earned, receipt.rule, why, receipt.details))
        case "conflict":
            return Refused(ref, "bad_request", "this ref was used for something else")
        case _:
            code = receipt.code if receipt.code in REFUSALS else "bad_request"
            details: Mapping[str, str | int] = MappingProxyType(dict(receipt.details))
            return Refused(
                ref, code or "bad_request", receipt.message, details, retry_after_ms=receipt.retry_after_ms
            )


def not_open(ref: str, opens: int, now_ms: int) -> Refused:
    """Say that a gate opens later, as the ledger says it."""
    details = MappingProxyType({"opens_ms": opens})
    return Refused(ref, "not_open", "gate: it opens to you later", details, retry_after_ms=opens - now_ms)


def write_answer(answer: Answer) -> bytes:
    """Return an answer as the hot store keeps it; the ref is its key."""
    if isinstance(answer, Done):
        return answer_bytes(True, answer.result.msgpack, answer.result.json)
    return answer_bytes(False, answer.code, answer.message, dict(answer.details))


def read_answer(ref: str, stored: bytes) -> Answer | None:
    """Return the answer kept under `ref`; None when another version of this program wrote it."""
    match answer_parts(stored):
        case [True, bytes(msgpack), bytes(json)]:
            return Done(ref, Encoded(msgpack, json))
        case [False, str(code), str(message), dict(details)]:
            return Refused(ref, code, message, MappingProxyType(details))
        case _:
            return None


def _stopped(member: Member, room: RoomId, ref: str, now_ms: int, *, is_comment: bool) -> Refused | None:
    """Judge off the ledger what `decide` judges in it: mutes and bans (L13)."""
    refusal = refusal_of(member, room, now_ms, is_comment=is_comment) if member.restrictions else None
    if refusal is None:
        return None
    return Refused(ref, refusal.code, refusal.message, MappingProxyType(dict(refusal.details)))


def _beyond_cap(ref: str, rule: RuleId) -> Done:
    return Done(ref, earned_body(Earned(), rule, "cap_reached"))


def _later(ref: str, retry_after_ms: int) -> Refused:
    return Refused(ref, "try_later", "not now; ask again with the same ref", retry_after_ms=retry_after_ms)


def _origin(who: _Who, act: Act, now_ms: int) -> Origin:
    # The member stands in the digest, too: an id with a colon in it must not meet another's ref unnoticed.
    said = repr((who.member, act.name, sorted((key, repr(value)) for key, value in act.data.items())))
    return Origin(
        source=LIVE,
        event=f"{who.member}:{act.ref}",
        content=blake2b(said.encode(errors="backslashreplace"), digest_size=16).hexdigest(),
        received_ms=now_ms,
        room=who.room,
        actor=who.member,
    )
