"""Blind boxes: promised by the day, opened with a ticket or as a reward, and revealed the day after (P2, P3, E5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from server.domain.box_commands import OpenBox, PromiseBoxSeed, RevealBoxSeed
from server.domain.box_facts import BoxOpened, BoxSeedPromised, BoxSeedRevealed
from server.domain.boxes import (
    COUPON,
    POINTS,
    TICKET_SERIES,
    BoxOpening,
    BoxPrize,
    BoxSeed,
    BoxSeries,
    seed_name,
)
from server.domain.decide.membership import arrival
from server.domain.decision import Applied, Decision, Earned, Refusal
from server.domain.facts import Awarded, CouponGranted, Fact
from server.domain.fairness import box_of, commitment_of
from server.domain.origin import Origin
from server.domain.rulebook import DRAW
from server.domain.state import Coupon
from server.domain.world import World
from server.ids import CouponId, MemberId, OpeningId, RedemptionId, SeriesId, derived

COUPON_REASON: Final = "box:"
UNCHANGED: Final = Decision(Applied(rule=DRAW))
_SOON_MS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Opened:
    """What an opened box brought."""

    points: int
    told: tuple[tuple[str, str | int], ...]
    """For whoever opened it."""
    facts: tuple[Fact, ...]


def open_box(command: OpenBox, who: MemberId, world: World, now_ms: int) -> Decision:
    """Spend one ticket on one box; what it may hold says the rulebook in force now."""
    member, facts = arrival(who, command.who, world, now_ms)
    if member.box_tickets < 1:
        return Decision(Refusal("not_enough_points", "box: there is no ticket; check in day after day"))
    contents = world.rulebook.streak.box
    if not contents:
        return Decision(Refusal("closed", "box: there are none to be opened"))
    opened = opened_box(TICKET_SERIES, contents, command.word, who, command.origin, world, now_ms)
    if isinstance(opened, Refusal):
        return Decision(opened)
    told = (*opened.told, ("tickets", member.box_tickets - 1))
    return Decision(
        Applied(Earned(points=opened.points), DRAW, details=told),
        (*facts, *opened.facts),
    )


def opened_box(
    id_: SeriesId,
    contents: Sequence[BoxPrize],
    word: str,
    who: MemberId,
    origin: Origin,
    world: World,
    now_ms: int,
    redemption: RedemptionId | None = None,
) -> Opened | Refusal:
    """Open one box of a series with today's seed, and hand over what it holds.

    Refused as long as that seed is not promised, cannot be read, is not the promised one or is public already.
    What is out of stock is left out: the others are as likely among themselves as before.
    """
    day = world.calendar.day_of(now_ms)
    series = world.boxes.series.get(id_)
    promise = world.boxes.seeds.get((id_, day))
    secret = world.boxes.secrets.get((id_, day))
    if series is None or promise is None or promise.revealed_ms is not None or secret is None:
        return _not_ready()
    seed = bytes.fromhex(secret)
    if commitment_of(seed, seed_name(id_, day)) != promise.commitment:
        return _not_ready()
    left = [
        one for one in contents if one.stock is None or world.boxes.given.get((id_, one.name), 0) < one.stock
    ]
    if not left:
        return Refusal("sold_out", "box: all it could hold is given")
    nonce = series.opened + 1
    holds = box_of(seed, word, nonce, [one.weight for one in left])
    prize = left[holds]
    opening = BoxOpening(
        id=OpeningId(derived("bx", origin.source, origin.event)),
        member=who,
        series=id_,
        day=day,
        nonce=nonce,
        client_seed=word,
        contents=tuple((one.name, one.weight) for one in left),
        holds=holds,
        kind=prize.kind,
        points=prize.points,
        limited=prize.stock is not None,
        at_ms=now_ms,
        redemption=redemption,
    )
    show = world.on_air(origin.room)
    room = None if show is None else show.room
    told: tuple[tuple[str, str | int], ...] = (
        ("opening", opening.id),
        ("prize", prize.name),
        ("prize_kind", prize.kind),
    )
    facts: list[Fact] = [BoxOpened(who, replace(series, opened=nonce), opening, room, now_ms)]
    if prize.kind == POINTS:
        facts.append(Awarded(who, DRAW, prize.points, 0, 1, day, now_ms, room=room, behaviour=False))
        told += (("prize_points", prize.points),)
    elif prize.kind == COUPON:
        coupon = Coupon(
            id=CouponId(derived("c", who, "box", opening.id)),
            title=prize.name,
            off=prize.off,
            min=prize.min,
            granted_ms=now_ms,
            expires_ms=now_ms + prize.valid_ms,
            reason=f"{COUPON_REASON}{id_}",
        )
        facts.append(CouponGranted(who, coupon, now_ms))
        told += (("coupon", coupon.id),)
    return Opened(prize.points, told, tuple(facts))


def promise_box_seed(command: PromiseBoxSeed, world: World, now_ms: int) -> Decision:
    """Publish a commitment for today or a day to come. The first one stays, whoever asks again."""
    if command.day < world.calendar.day_of(now_ms) or (command.series, command.day) in world.boxes.seeds:
        return UNCHANGED
    series = world.boxes.series.get(command.series, BoxSeries(command.series))
    seed = BoxSeed(command.series, command.day, command.commitment, command.sealed_seed, now_ms)
    return Decision(Applied(rule=DRAW), (BoxSeedPromised(series, seed, now_ms),))


def reveal_box_seed(command: RevealBoxSeed, world: World, now_ms: int) -> Decision:
    """Publish the seed of a day that is over; only the promised one is taken. No box is opened with it any more."""
    promise = world.boxes.seeds.get((command.series, command.day))
    if promise is None or promise.revealed_ms is not None or command.day >= world.calendar.day_of(now_ms):
        return UNCHANGED
    name = seed_name(command.series, command.day)
    if command.seed is not None and commitment_of(bytes.fromhex(command.seed), name) != promise.commitment:
        return Decision(Refusal("commitment_broken", "seed: it is not the one that was committed to"))
    revealed = replace(promise, seed=command.seed, revealed_ms=now_ms)
    return Decision(Applied(rule=DRAW), (BoxSeedRevealed(revealed, now_ms),))


def _not_ready() -> Refusal:
    return Refusal(
        "try_later",
        "box: today's seed is not promised yet; open it anew in a moment",
        retry_after_ms=_SOON_MS,
    )
