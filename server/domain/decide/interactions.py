"""Comments, likes, shares and votes, rewarded while the show is live; following, at any time (E2, E4, E8, E9, L13)."""

from __future__ import annotations

from dataclasses import replace

from server.domain.commands import Follow, Like, Origin, PostComment, Share, Vote
from server.domain.decide.awards import Grant, grant, left_today
from server.domain.decide.membership import arrival
from server.domain.decide.polls import shown_poll, tally
from server.domain.decide.task_progress import asked_for
from server.domain.decide.tiers import promoted
from server.domain.decision import Applied, Decision, Refusal
from server.domain.facts import Acted, BudgetSpent, CommentPosted, Fact, Liked, VoteCast
from server.domain.ladder import Totals, effective_tier
from server.domain.polls import MOST_VOTES, OPEN, ballot_of, counter
from server.domain.rulebook import COMMENT, FOLLOW, LIKE, SHARE, VOTE
from server.domain.state import Member, Room
from server.domain.world import World
from server.ids import MemberId, RuleId, derived

LIVE = "live"
"""The source of acts on the live socket: nobody vouches for what they name."""


def post_comment(command: PostComment, who: MemberId, world: World, now_ms: int) -> Decision:
    """Show a comment in its room, and reward it when it is valid (E9). What earns nothing is shown all the same."""
    member, facts = arrival(who, command.who, world, now_ms)
    origin = command.origin
    room = world.rooms.get(origin.room) if origin.room is not None else None
    if world.rulebook.comment.words.found_in(command.text) is not None:
        return Decision(Refusal("blocked_words", "text: a word that this shop does not let appear"))
    if room is not None and (refusal := _may_not_write(member, room, world, now_ms)):
        return Decision(refusal)
    gain = _gain(COMMENT, 1, member, origin, world, now_ms)
    if gain.code != "off_air" and gain.code != "room_unknown" and not _valid(command, member, world, now_ms):
        gain = Grant(code="invalid_comment")
    facts += (Acted(who, COMMENT, now_ms),)
    if room is not None:
        facts += (
            CommentPosted(
                member=who,
                author=member.author,
                name=member.name,
                tier=effective_tier(member, world.rulebook, now_ms),
                room=room.id,
                id=derived("k", origin.source, origin.event),
                text=command.text,
                digest=command.digest,
                counted=bool(gain.facts),
                at_ms=now_ms,
            ),
        )
    return _earned(COMMENT, gain, member, facts, origin, world, now_ms)


def like(command: Like, who: MemberId, world: World, now_ms: int) -> Decision:
    """Count likes for the room; each is one award as long as the day's cap allows (E8)."""
    member, facts = arrival(who, command.who, world, now_ms)
    room = command.origin.room
    if room is not None and room in world.rooms:
        facts += (Liked(who, room, command.count, now_ms),)
    gain = _gain(LIKE, command.count, member, command.origin, world, now_ms)
    facts += (Acted(who, LIKE, now_ms),)
    return _earned(LIKE, gain, member, facts, command.origin, world, now_ms)


def share(command: Share, who: MemberId, world: World, now_ms: int) -> Decision:
    """Reward sharing the room."""
    member, facts = arrival(who, command.who, world, now_ms)
    gain = _gain(SHARE, 1, member, command.origin, world, now_ms)
    facts += (Acted(who, SHARE, now_ms),)
    return _earned(SHARE, gain, member, facts, command.origin, world, now_ms)


def vote(command: Vote, who: MemberId, world: World, now_ms: int) -> Decision:
    """Count and reward a vote: one per member and poll, and the first one stands (L8).

    Whether there is such a poll is looked at for the room's own polls; of a shop's own, the one who tells of it knows,
    and each of its polls has one vote of a member, too.
    """
    member, facts = arrival(who, command.who, world, now_ms)
    poll = shown_poll(command.origin.room, command.poll, world)
    counted: tuple[Fact, ...] = ()
    tally_now: tuple[tuple[str, int], ...] = ()
    if poll is None and command.origin.source == LIVE:
        return Decision(Refusal("not_found", f"poll: there is no poll {command.poll} in this room"))
    if poll is not None:
        if poll.state != OPEN or now_ms >= poll.ends_ms:
            return Decision(Refusal("closed", "poll: it takes no more votes"))
        if command.option not in dict(poll.options):
            options = ", ".join(option for option, _ in poll.options)
            return Decision(Refusal("not_found", f"option: this poll has {options}"))
        counted = (BudgetSpent(counter(poll.id, command.option), 1, MOST_VOTES),)
        tally_now = tally(poll, world, command.option)
    ballot = ballot_of(command.origin.source, command.poll) if poll is None else poll.id
    if (ballot, who) in world.voted:
        return Decision(Applied(rule=VOTE, code="duplicate"), facts)
    gain = _gain(VOTE, 1, member, command.origin, world, now_ms)
    facts += (
        *counted,
        VoteCast(who, command.origin.room, command.poll, command.option, now_ms, tally_now, ballot),
        Acted(who, VOTE, now_ms),
    )
    return _earned(VOTE, gain, member, facts, command.origin, world, now_ms)


def follow(command: Follow, who: MemberId, world: World, now_ms: int) -> Decision:
    """Reward following the host, once in the programme, on air or off (E4)."""
    member, facts = arrival(who, command.who, world, now_ms)
    origin = command.origin
    room = origin.room if origin.room in world.rooms else None
    rule = world.rulebook.behaviours.get(FOLLOW)
    day = world.calendar.day_of(now_ms)
    if rule is not None and not left_today(FOLLOW, rule, member, day):
        gain = Grant(code="duplicate")
    else:
        gain = grant(FOLLOW, 1, member, world.on_air(room), world, now_ms, room)
    if gain.code is None and origin.room != room:
        gain = replace(gain, code="room_unknown")
    facts += (Acted(who, FOLLOW, now_ms),)
    return _earned(FOLLOW, gain, member, facts, origin, world, now_ms)


def _gain(rule: RuleId, times: int, member: Member, origin: Origin, world: World, now_ms: int) -> Grant:
    show = world.on_air(origin.room)
    if show is not None:
        return grant(rule, times, member, show, world, now_ms)
    named = origin.room is not None and origin.room not in world.rooms
    return Grant(code="room_unknown" if named else "off_air")


def _earned(
    rule: RuleId,
    gain: Grant,
    member: Member,
    facts: tuple[Fact, ...],
    origin: Origin,
    world: World,
    now_ms: int,
) -> Decision:
    facts += gain.facts
    if gain.earned.growth:
        facts += promoted(member, Totals(gain.earned.growth), origin, world, now_ms)
    return Decision(Applied(gain.earned, rule, gain.code), facts)


def _may_not_write(member: Member, room: Room, world: World, now_ms: int) -> Refusal | None:
    """Return why the member's comment is not taken: only members write here, or the room is slowed down (L13)."""
    rulebook = world.rulebook
    if room.writers == "members" and effective_tier(member, rulebook, now_ms) == rulebook.lowest:
        return Refusal("members_only", "room: only members above the lowest tier may write")
    if room.slow_s and member.comments:
        wait_ms = member.comments[-1].at_ms + room.slow_s * 1_000 - now_ms
        if wait_ms > 0:
            return Refusal("slow_mode", f"room: one comment in {room.slow_s} s", retry_after_ms=wait_ms)
    return None


def _valid(command: PostComment, member: Member, world: World, now_ms: int) -> bool:
    """Whether the comment says something, anew, of its own, and a while after the last counted one (E9)."""
    rule = world.rulebook.comment
    if command.graphemes < rule.graphemes:
        return False
    for earlier in member.comments:
        age_ms = now_ms - earlier.at_ms
        if earlier.digest == command.digest and age_ms < rule.repeat_ms:
            return False
        if earlier.counted and age_ms < rule.gap_ms:
            return False
    room = command.origin.room
    wave = world.waves.get((room, command.digest)) if room is not None else None
    if wave is None or len(wave.members | {member.id}) < rule.wave_members:
        return True
    known = world.rooms.get(room) if room is not None else None
    return known is not None and asked_for(known, command.digest, now_ms)
