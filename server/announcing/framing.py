"""What a commit shows to whom: fact → frame, lane, rank, audience. Pure. DESIGN §3, step 8.

| fact | audience | lane, rank | frame |
|---|---|---|---|
| room item changed (`Committed.items`) | room | kept 0 | `room`, newest rev |
| `ShoutedOut` | room, when its show is live | kept 1, paced and folded (L2) | `moment` level_up |
| `Drawn` | room | kept 0 | `moment` draw_result (P3) |
| `RewardRedeemed` | room, when its show is live | kept 2, folded by reward and paced (P2) | `moment` redeemed |
| `ShoutoutsControlled` | room | kept 0, kept | `retract`; `moment` again, or of a test (L2) |
| `CommentPosted` | room | passing 3 | `comment` (L13) |
| `Liked` | room | passing, latest | `pulse` likes |
| `FirstNTaken` | room | kept 1, the newest when there are many | `moment` first_n |
| `FirstNOpened`, `FirstNTaken` | room | passing, highest | `pulse` first_n:{id} |
| `GateOpened`, `PermitGiven`, `PermitVerified`, `PermitExpired` | room | passing, latest | `pulse` gate:{id} |
| `ShowStarted` | room | passing, latest | `pulse` likes from zero |
| `TaskDone` | room | kept 2, folded by task and paced | `moment` task_done |
| `TaskDone`, `TaskStarted`, `TaskUnitReturned` | room | passing, latest | `pulse` task:{id} |
| `Awarded`, `TakenBack`, `TierReached`, `CouponGranted` | the member | personal | `notice` |
| `PointsGiven` (P5) | giver and receiver | personal | `notice` gift, one each |
| a receipt that says why nothing was earned (E10) | the member | personal | `notice` why_nothing |
| every member touched (`Committed.members`) | the member | personal | `card`, rendered at the node |

What an act on the live socket earned is told by its `done`, so no notice repeats it. Downgrades have no frame (T8).
Of a test event (`Committed.rehearsed`) only its shout-out is shown, marked as a test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from broadcaster.frames import Comment, Moment, Notice, Pulse, Rank, Retract, RoomItem
from server.domain import notices, redeemed, results, shoutouts, task_moments
from server.domain.decide.tasks import budget_name
from server.domain.decision import Receipt
from server.domain.facts import (
    Awarded,
    CommentPosted,
    Drawn,
    Fact,
    FirstNOpened,
    FirstNTaken,
    GateOpened,
    Liked,
    NoticePosted,
    PermitExpired,
    PermitGiven,
    PermitVerified,
    PollOpened,
    RewardRedeemed,
    ShoutedOut,
    ShowStarted,
    TaskDone,
    TaskStarted,
    VoteCast,
)
from server.domain.moderation import CommentsRemoved
from server.domain.polls import counter
from server.domain.redeemed import Redeemed
from server.domain.room import Json
from server.domain.rulebook import Rulebook
from server.domain.shout_control import ShoutoutsControlled
from server.domain.shoutouts import Shout
from server.domain.state import Member
from server.domain.task_moments import Done, dones_of
from server.domain.task_orders import TaskUnitReturned
from server.ids import FirstNId, GateId, MemberId, PollId, RoomId, RuleId, derived
from server.ledger.ports import BudgetStand, Committed
from server.views import (
    comment_body,
    drawn_body,
    encoded,
    first_n_body,
    item_frame,
    level_up_body,
    moment_body,
    notice_body,
    spoken_body,
)

FRESH_MS = 60_000
"""A moment or notice that has waited a minute is not shown any more (OVERLAY, shout-out queue)."""

LIVE_SOURCE = "live"
"""Acts on the live socket: their answer is `done`."""

TOLD = frozenset(
    "cap_reached duplicate not_watching budget_spent off_air not_eligible invalid_comment coupon_refused".split()
)
"""Codes of an applied receipt that a member is told in words (PROTOCOL §1.3); others concern the sender."""


@dataclass(frozen=True, slots=True)
class Framed:
    """All that one commit shows, before pacing. Everything stands in the order it happened."""

    members: tuple[Member, ...]
    items: tuple[tuple[RoomId, RoomItem], ...]
    shouts: tuple[tuple[RoomId, Shout], ...]
    redeemed: tuple[Redeemed, ...]
    comments: tuple[tuple[RoomId, Comment], ...]
    places: tuple[tuple[RoomId, Moment], ...]
    """Of first-N campaigns (L4)."""
    counters: tuple[tuple[RoomId, Pulse], ...]
    """Numbers that only grow, as they stand."""
    likes: Mapping[RoomId, int]
    retracts: tuple[tuple[RoomId, Retract], ...]
    """Comments that are not to be seen any more (L13)."""
    moments: tuple[tuple[RoomId, Moment], ...]
    """Shown whatever else is on: rank 0 is neither paced nor folded."""
    presses: tuple[ShoutoutsControlled, ...]
    """Of hosts, on what is shown of late or waits (L2)."""
    restarted: frozenset[RoomId]
    """Rooms whose reactions count from zero, because a show has started."""
    notices: tuple[tuple[MemberId, Notice], ...]
    dones: tuple[Done, ...]
    """Members who reached the target of a countdown task: one per task, folded."""


def framed(committed: Committed, rulebook: Rulebook, now_ms: int) -> Framed:
    """Return what the commit shows. Numbers nothing, drops nothing, asks nobody."""
    likes: Counter[RoomId] = Counter()
    shouts: list[tuple[RoomId, Shout]] = []
    comments: list[tuple[RoomId, Comment]] = []
    from_shop: list[Redeemed] = []
    restarted: set[RoomId] = set()
    places: list[tuple[RoomId, Moment]] = []
    taken: dict[tuple[RoomId, FirstNId], int] = {}
    moments: list[tuple[RoomId, Moment]] = []
    retracts: list[tuple[RoomId, Retract]] = []
    presses: list[ShoutoutsControlled] = []
    tests = (fact for test in committed.rehearsed for fact in test.facts if isinstance(fact, ShoutedOut))
    for fact in (*committed.facts, *tests):
        match fact:
            case CommentPosted():
                comments.append((fact.room, comment_frame(fact)))
            case Liked():
                likes[fact.room] += fact.count
            case ShoutedOut() if fact.room is not None and (shout := shoutouts.shown(fact, rulebook)):
                shouts.append((fact.room, shout))
            case FirstNOpened():
                taken.setdefault((fact.room, fact.campaign.id), 0)
            case FirstNTaken():
                taken[fact.room, fact.campaign.id] = fact.place
                places.append((fact.room, first_n_frame(fact)))
            case Drawn():
                moments.append((fact.draw.room, draw_result_frame(fact, now_ms)))
            case RewardRedeemed() if (one := redeemed.shown(fact)) is not None:
                from_shop.append(one)
            case CommentsRemoved():
                ids = () if fact.comment is None else (fact.comment,)
                retracts.append((fact.room, Retract(ids, fact.author)))
            case ShoutoutsControlled():
                presses.append(fact)
            case NoticePosted():
                places.append((fact.room, notice_frame(fact)))
            case ShowStarted():
                restarted.add(fact.show.room)
            case _:
                pass  # told in person, by the card, or by nothing
    return Framed(
        members=committed.members,
        items=tuple((change.room, item_frame(change)) for change in committed.items),
        shouts=tuple(shouts),
        redeemed=tuple(from_shop),
        comments=tuple(comments),
        places=tuple(places),
        counters=(
            *((room, taken_pulse(campaign, n)) for (room, campaign), n in taken.items()),
            *_task_pulses(committed),
            *_gate_pulses(committed),
            *_poll_pulses(committed),
        ),
        likes=likes,
        retracts=tuple(retracts),
        moments=tuple(moments),
        presses=tuple(presses),
        restarted=frozenset(restarted),
        notices=tuple(_notices(committed, rulebook, now_ms)),
        dones=tuple(dones_of(fact for fact in committed.facts if isinstance(fact, TaskDone))),
    )


def comment_frame(comment: CommentPosted) -> Comment:
    return Comment(comment.id, comment.author, comment_body(comment))


def draw_result_frame(drawn: Drawn, now_ms: int) -> Moment:
    """Return the moment that tells a room who has won; nobody's name is put into the sentence twice."""
    draw = drawn.draw
    moment_id = derived("mo", draw.room, draw.id)
    expires_ms = now_ms + FRESH_MS
    body = drawn_body(moment_id, Rank.STATE, draw, results.says(draw), expires_ms)
    return Moment(id=moment_id, kind="draw_result", rank=Rank.STATE, expires_ms=expires_ms, body=body)


def level_up_frame(room: RoomId, shout: Shout, rulebook: Rulebook, now_ms: int) -> Moment:
    """Return the moment of one level-up or of a fold, word for word as L2 has it."""
    moment_id = derived("mo", room, shout.tier, shout.author, shout.at_ms, shout.count, shout.is_test)
    expires_ms = (now_ms if shout.count > 1 else shout.at_ms) + FRESH_MS
    sentence = shoutouts.says(shout, rulebook)
    return Moment(
        id=moment_id,
        kind="level_up",
        rank=Rank.LOUD,
        expires_ms=expires_ms,
        body=level_up_body(moment_id, Rank.LOUD, shout, sentence, expires_ms),
        author=shout.author if shout.name else None,
    )


def first_n_frame(taken: FirstNTaken) -> Moment:
    """Return the moment of one place of a campaign, word for word (L4)."""
    moment_id = derived("mo", taken.campaign.id, taken.place)
    expires_ms = taken.at_ms + FRESH_MS
    return Moment(
        id=moment_id,
        kind="first_n",
        rank=Rank.LOUD,
        expires_ms=expires_ms,
        body=first_n_body(moment_id, Rank.LOUD, taken, shoutouts.place_says(taken), expires_ms),
        author=taken.author if taken.name else None,
    )


def taken_pulse(campaign: FirstNId, taken: int) -> Pulse:
    """Return how many places of a campaign are taken; told late, it never takes the number back."""
    return Pulse(f"first_n:{campaign}", encoded({"taken": taken}), rev=taken + 1)


def task_done_frame(done: Done, now_ms: int) -> Moment:
    """Return the moment of one or several members who reached a task's target (L3)."""
    task = done.task
    moment_id = derived("mo", task.id, done.author, done.at_ms, done.count)
    expires_ms = now_ms + FRESH_MS
    params: dict[str, Json] = {
        "name": done.name,
        "task": task.id,
        "reward": task.reward,
        "count": done.count,
    }
    sentence = task_moments.says(done)
    author = done.author if done.name else None
    return Moment(
        id=moment_id,
        kind="task_done",
        rank=Rank.PLEASANT,
        expires_ms=expires_ms,
        body=moment_body(moment_id, "task_done", Rank.PLEASANT, sentence, params, expires_ms, author),
        author=author,
    )


def _task_pulses(committed: Committed) -> Iterator[tuple[RoomId, Pulse]]:
    """Return how each task stands that somebody finished, to whose budget a reward returned, or that has just begun:
    whole values, never differences.
    """
    stands = {stand.name: stand for stand in committed.budgets}
    begun = {fact.task.id: fact.task for fact in committed.facts if isinstance(fact, TaskStarted)}
    moved = {f.task.id: f.task for f in committed.facts if isinstance(f, TaskDone | TaskUnitReturned)}
    for task in {**begun, **moved}.values():
        stand = stands.get(budget_name(task.id)) or BudgetStand(budget_name(task.id), 0, 0, task.budget)
        spent = stand.spent
        value: Json = {"done": spent // task.reward, "budget_left": task.budget - spent}
        yield task.room, Pulse(f"task:{task.id}", encoded(value), rev=stand.moves + 1)


def notice_frame(notice: NoticePosted) -> Moment:
    """Return what a host says to everybody, once (L8)."""
    expires_ms = notice.at_ms + FRESH_MS
    said = {"zh-CN": notice.text, "en": notice.text}
    body = spoken_body(notice.id, "notice", notice.rank, said, {}, expires_ms)
    return Moment(id=notice.id, kind="notice", rank=Rank(notice.rank), expires_ms=expires_ms, body=body)


def _poll_pulses(committed: Committed) -> Iterator[tuple[RoomId, Pulse]]:
    """Return how each poll stands that somebody voted in, or that has just begun (L8).

    A number that this commit has charged is exact; the others are those it read, and never more than they are.
    """
    stands = {stand.name: stand.spent for stand in committed.budgets}
    tallies: dict[tuple[RoomId, str], dict[str, int]] = {}
    for fact in committed.facts:
        match fact:
            case PollOpened(poll=poll):
                tallies[poll.room, poll.id] = {option: 0 for option, _ in poll.options}
            case VoteCast() if fact.tally and fact.room is not None:
                tallies[fact.room, fact.poll] = dict(fact.tally)
            case _:
                pass
    for (room, poll_id), tally in tallies.items():
        votes: dict[str, Json] = {
            option: stands.get(counter(PollId(poll_id), option), n) for option, n in tally.items()
        }
        total = sum(int(n) for n in votes.values() if isinstance(n, int))
        yield room, Pulse(f"poll:{poll_id}", encoded(votes), rev=total + 1)


def _gate_pulses(committed: Committed) -> Iterator[tuple[RoomId, Pulse]]:
    """Return how many pieces of each gate can still be had: pieces come back, so the newest number counts."""
    left: dict[tuple[RoomId, GateId], tuple[int, int]] = {}
    for fact in committed.facts:
        match fact:
            case GateOpened(gate=gate):
                left[gate.room, gate.id] = gate.stock, 1
            case PermitGiven() | PermitVerified() | PermitExpired():
                left[fact.permit.room, fact.permit.gate] = fact.left, fact.version
            case _:
                pass
    for (room, gate_id), (pieces, version) in left.items():
        yield room, Pulse(f"gate:{gate_id}", encoded({"stock_left": pieces}), rev=version)


def redeemed_frame(one: Redeemed, now_ms: int) -> Moment:
    """Return the moment of one who took a reward, or of a fold."""
    moment_id = derived("mo", one.room, one.reward, one.author, one.at_ms, one.count)
    expires_ms = (now_ms if one.count > 1 else one.at_ms) + FRESH_MS
    params: dict[str, Json] = {"name": one.name, "reward": one.reward, "count": one.count}
    author = one.author if one.name else None
    return Moment(
        id=moment_id,
        kind="redeemed",
        rank=Rank.PLEASANT,
        expires_ms=expires_ms,
        body=moment_body(
            moment_id, "redeemed", Rank.PLEASANT, redeemed.says(one), params, expires_ms, author
        ),
        author=author,
    )


def _notices(committed: Committed, rulebook: Rulebook, now_ms: int) -> Iterator[tuple[MemberId, Notice]]:
    versions = {member.id: member.version for member in committed.members}
    answered = Counter(
        (receipt.member, receipt.rule, receipt.earned.points, receipt.earned.growth)
        for receipt in committed.receipts
        if receipt.source == LIVE_SOURCE and receipt.outcome == "applied"
    )
    told: list[notices.Notice] = []
    for fact in committed.facts:
        said = notices.notices_of(fact, rulebook)
        if said and not _is_answered(fact, answered):
            told.extend(said)
    tests = {(test.source, test.event) for test in committed.rehearsed}
    told += [
        notices.why_nothing(receipt.member, receipt.code)
        for receipt in committed.receipts
        if receipt.member is not None
        and receipt.code is not None
        and _is_told(receipt)
        and (receipt.source, receipt.event) not in tests
    ]
    for n, notice in enumerate(told):
        # A member's version rises with every commit, so the id is one of a kind.
        notice_id = derived("n", notice.member, versions.get(notice.member, now_ms), n)
        expires_ms = now_ms + FRESH_MS
        yield notice.member, Notice(notice_id, expires_ms, notice_body(notice_id, notice, expires_ms))


def _is_answered(fact: Fact, answered: Counter[tuple[MemberId | None, RuleId | None, int, int]]) -> bool:
    if not isinstance(fact, Awarded):
        return False
    key = (fact.member, fact.rule, fact.points, fact.growth)
    if not answered[key]:
        return False
    answered[key] -= 1
    return True


def _is_told(receipt: Receipt) -> bool:
    return receipt.outcome == "applied" and receipt.source != LIVE_SOURCE and receipt.code in TOLD
