"""One function per kind of line: from what is on the stage to a sentence, its stage and its place (L9). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from server.domain.attending import RAISED_MS
from server.domain.days import Calendar, date_of
from server.domain.decide.tasks import budget_name
from server.domain.draw import CLOSED as DRAWING, DRAWN, OPEN as ENTERING
from server.domain.gates import SCHEDULED, Gate
from server.domain.money import Money
from server.domain.phrases import Hint
from server.domain.polls import OPEN as ASKING, Poll, counter
from server.domain.pricing import day_percent, member_price, percent_off
from server.domain.prompting import (
    ANY_TIME,
    KEPT_MS,
    NOW,
    RUNNING,
    SOON,
    DrawSeen,
    Line,
    Scene,
    arranged,
)
from server.domain.rulebook import Rulebook
from server.domain.state import FirstN, Task
from server.ids import TierId, derived, is_our_id

MINUTE_MS: Final = 60_000
SOON_MS: Final = 5 * MINUTE_MS
AHEAD_MS: Final = 60 * MINUTE_MS
"""A sale further away is not spoken of yet."""
FEW: Final = 10
"""So few pieces, places or rewards are worth a word of their own."""
VERY_FEW: Final = 3
NEWS_MS: Final = 5 * MINUTE_MS
"""So long the result of a poll or draw is news."""


def lines_of(scene: Scene, rulebook: Rulebook, calendar: Calendar, now_ms: int) -> tuple[Line, ...]:
    """Return everything worth saying, in the order to say it; nothing unless a show is on or next (L12)."""
    show = scene.room.show
    if show is None or show.status not in ("live", "scheduled"):
        return ()
    lines = [*_offers(scene, now_ms), *_member_day(rulebook, calendar, now_ms)]
    if show.status == "live":
        lines += _live(scene, rulebook, calendar, now_ms)
    return arranged(lines)


def _live(scene: Scene, rulebook: Rulebook, calendar: Calendar, now_ms: int) -> Iterator[Line]:
    for task in scene.room.tasks:
        yield from _task(task, scene, now_ms)
    for campaign in scene.room.first_n:
        yield from _first_n(campaign, scene.taken.get(campaign.id, 0), now_ms)
    for gate in scene.room.gates:
        yield from _gate(gate, scene.stock.get(gate.id, gate.stock), rulebook, now_ms)
    for draw in scene.draws:
        yield from _draw(draw, now_ms)
    for poll in scene.room.polls:
        yield from _poll(poll, scene, now_ms)
    yield from _raised(scene, rulebook, now_ms)
    yield from _spotlight(scene, rulebook, calendar, now_ms)
    yield from _close(scene, rulebook, now_ms)
    yield from _birthdays(scene, now_ms)


# --- what runs against the clock ------------------------------------------------------------------


def _task(task: Task, scene: Scene, now_ms: int) -> Iterator[Line]:
    left_ms = task.ends_ms - now_ms
    if task.state != "running" or left_ms <= 0 or now_ms < task.starts_ms:
        return
    done = scene.spent.get(budget_name(task.id), 0) // task.reward
    left = task.budget // task.reward - done
    if left <= 0:
        return
    minutes, rank, band = _countdown(left_ms)
    if left <= FEW:
        rank, band = NOW, f"{band}.few"
        says = Hint("prompt.task_few", (("title", task.title), ("left", left)))
    elif minutes <= 1:
        says = Hint("prompt.task_last", (("title", task.title),))
    elif done:
        says = Hint("prompt.task_done", (("title", task.title), ("done", done), ("minutes", minutes)))
    else:
        says = Hint("prompt.task", (("title", task.title), ("minutes", minutes)))
    stage = f"{task.ends_ms}.{band}"
    fresh_ms = _fresh(task.ends_ms, now_ms)
    yield Line(f"task:{task.id}", "task", rank, stage, says, fresh_ms, task.starts_ms)


def _first_n(campaign: FirstN, taken: int, now_ms: int) -> Iterator[Line]:
    left = campaign.n - taken
    if campaign.full or left <= 0:
        return
    numbers = (("n", campaign.n), ("points", campaign.points))
    if taken == 0:
        says, rank, band = Hint("prompt.first_n", numbers), RUNNING, "open"
    else:
        says = Hint("prompt.first_n_left", (("left", left), *numbers))
        if left <= VERY_FEW:
            rank, band = NOW, "last"
        elif left <= FEW:
            rank, band = SOON, "few"
        else:
            rank, band = RUNNING, "half" if left * 2 <= campaign.n else "open"
    yield Line(f"first_n:{campaign.id}", "first_n", rank, band, says, now_ms + KEPT_MS, campaign.opened_ms)


def _gate(gate: Gate, left: int, rulebook: Rulebook, now_ms: int) -> Iterator[Line]:
    if gate.state != SCHEDULED or left <= 0:
        return
    key, title = f"gate:{gate.id}", ("title", gate.title)
    coming = sorted({at_ms for _, at_ms in gate.opens if now_ms < at_ms < gate.public_ms})
    early = now_ms < gate.public_ms and coming
    opens_ms = coming[0] if early else gate.public_ms
    if opens_ms <= now_ms:
        rank, band = (SOON, "few") if left <= FEW else (RUNNING, "open")
        says = Hint("prompt.gate_open", (title, ("left", left)))
        yield Line(key, "gate", rank, band, says, now_ms + KEPT_MS, gate.public_ms)
        return
    if opens_ms - now_ms > AHEAD_MS:
        return
    minutes, rank, band = _countdown(opens_ms - now_ms)
    who = "_early" if early else "_public"
    when = "_now" if minutes <= 1 else ""
    params = (title,) if when else (title, ("minutes", minutes))
    if early:
        # The lowest of those it opens to then: those above have been let in before, or with them.
        tiers = [tier for tier, at_ms in gate.opens if at_ms == opens_ms and tier in rulebook.ranks]
        if not tiers:
            return
        lowest = min(tiers, key=rulebook.ranks.__getitem__)
        params = (*params, ("tier", rulebook.tier(lowest).name))
    says = Hint(f"prompt.gate{who}{when}", params)
    yield Line(key, "gate", rank, f"{opens_ms}.{band}", says, _fresh(opens_ms, now_ms))


def _draw(draw: DrawSeen, now_ms: int) -> Iterator[Line]:
    key, title = f"draw:{draw.id}", ("title", draw.title)
    left_ms = draw.ends_ms - now_ms
    if draw.state == ENTERING and left_ms > 0:
        minutes, rank, band = _countdown(left_ms)
        says = Hint("prompt.draw_last", (title,))
        if minutes > 1:
            says = Hint("prompt.draw", (title, ("minutes", minutes)))
        stage = f"{draw.ends_ms}.{band}"
        yield Line(key, "draw", rank, stage, says, _fresh(draw.ends_ms, now_ms), draw.opened_ms)
    elif draw.state in (ENTERING, DRAWING) and -left_ms < NEWS_MS:
        says = Hint("prompt.draw_drawing", (title,))
        yield Line(key, "draw", NOW, "drawing", says, now_ms + KEPT_MS, draw.ends_ms)
    elif draw.state == DRAWN and draw.winners and -left_ms < NEWS_MS:
        name = ("name", next((name for name in draw.winners if name), ""))
        says = Hint("prompt.draw_won", (title, name))
        if len(draw.winners) > 1:
            says = Hint("prompt.draw_won_many", (title, name, ("count", len(draw.winners))))
        yield Line(key, "draw", SOON, "drawn", says, draw.ends_ms + NEWS_MS, draw.ends_ms)


def _poll(poll: Poll, scene: Scene, now_ms: int) -> Iterator[Line]:
    votes = {option: scene.spent.get(counter(poll.id, option), 0) for option, _ in poll.options}
    most = max(votes.values())
    leaders = [option for option, _ in poll.options if votes[option] == most]
    question = ("question", poll.question)
    leader = ("leader", dict(poll.options)[leaders[0]])
    leading = "tie" if len(leaders) > 1 else leaders[0]
    left_ms = poll.ends_ms - now_ms
    if poll.state != ASKING or left_ms <= 0:
        if most and -left_ms < NEWS_MS:
            says = Hint("prompt.poll_tied", (question,))
            if leading != "tie":
                says = Hint("prompt.poll_won", (question, leader))
            yield Line(
                f"poll:{poll.id}",
                "poll",
                RUNNING,
                "over",
                says,
                now_ms + KEPT_MS,
                poll.ends_ms if left_ms <= 0 else 0,
            )
        return
    minutes, rank, band = _countdown(left_ms)
    if not most:
        says = Hint("prompt.poll", (question, ("minutes", minutes)))
    elif leading == "tie":
        says = Hint("prompt.poll_even", (question,))
    elif minutes <= 1:
        says = Hint("prompt.poll_last", (question, leader))
    else:
        says = Hint("prompt.poll_leads", (question, leader, ("minutes", minutes)))
    stage = f"{band}.{leading if most else 'none'}"
    # A vote is worth less than a sale: it never goes before what is lost in a minute.
    yield Line(f"poll:{poll.id}", "poll", max(rank, SOON), stage, says, _fresh(poll.ends_ms, now_ms))


# --- who is here ----------------------------------------------------------------------------------


def _raised(scene: Scene, rulebook: Rulebook, now_ms: int) -> Iterator[Line]:
    for one in scene.present.raised:
        fresh_ms = one.newest_ms + RAISED_MS
        if fresh_ms <= now_ms:
            continue
        tier = ("tier", rulebook.tier(one.tier).name)
        says = Hint("prompt.level_up", (tier,))
        if one.count > 1:
            says = Hint("prompt.level_up_many", (("count", one.count), tier))
        yield Line(
            f"level_up:{one.tier}", "level_up", SOON, f"{one.newest_ms}", says, fresh_ms, one.newest_ms
        )


def _close(scene: Scene, rulebook: Rulebook, now_ms: int) -> Iterator[Line]:
    for group in scene.present.close:
        params = (
            ("count", group.count),
            ("tier", rulebook.tier(group.tier).name),
            ("within", group.within),
            ("to", Hint("prompt.tier", (("tier", rulebook.tier(group.next).name),))),
        )
        # Twice as many or half as many is news; one more or less is not.
        stage = f"about.{group.count.bit_length()}"
        says = Hint("prompt.near", params)
        yield Line(_key("near", group.tier), "near", RUNNING, stage, says, now_ms + KEPT_MS)


def _birthdays(scene: Scene, now_ms: int) -> Iterator[Line]:
    count = scene.present.birthdays
    if count:
        says = Hint("prompt.birthday", (("count", count),))
        yield Line("birthday", "birthday", ANY_TIME, f"about.{count.bit_length()}", says, now_ms + KEPT_MS)


# --- what it costs --------------------------------------------------------------------------------


def _spotlight(scene: Scene, rulebook: Rulebook, calendar: Calendar, now_ms: int) -> Iterator[Line]:
    shown = scene.room.spotlight
    if shown is None:
        return
    day = day_percent(rulebook, calendar, now_ms)
    percents = [percent_off(tier.id, rulebook, scene.room.show, day) for tier in rulebook.ladder]
    best = member_price(shown.price, max(percents))
    title, price = ("title", shown.title), ("price", Money(shown.price, rulebook.currency))
    member = ("member", Money(best, rulebook.currency))
    if best >= shown.price:
        says = Hint("prompt.price", (title, price))
    elif len({percent for percent in percents if percent}) == 1:
        says = Hint("prompt.member_price", (title, member, price))
    else:
        says = Hint("prompt.member_prices", (title, member, price))
    stage = derived("p", shown.sku, shown.title, shown.price, best)
    yield Line("spotlight", "spotlight", RUNNING, stage, says, now_ms + KEPT_MS)


def _offers(scene: Scene, now_ms: int) -> Iterator[Line]:
    show = scene.room.show
    for tier, percent, text in show.offers if show is not None else ():
        says = Hint("prompt.offer", (("text", text),))
        yield Line(_key("offer", tier), "offer", ANY_TIME, f"{percent}", says, now_ms + KEPT_MS)


def _member_day(rulebook: Rulebook, calendar: Calendar, now_ms: int) -> Iterator[Line]:
    rule = rulebook.member_day
    today = calendar.day_of(now_ms)
    if rule is None or not rule.falls_on(date_of(today)):
        return
    off, times = rule.percent > 0, rule.multiplier > 100
    match off, times:
        case True, True:
            more = "both"
        case True, False:
            more = "off"
        case False, True:
            more = "points"
        case _:
            return
    params = (("percent", rule.percent), ("multiplier", rule.multiplier))
    fresh_ms = calendar.start_of(today + 1)
    says = Hint(f"prompt.member_day_{more}", params)
    yield Line("member_day", "member_day", ANY_TIME, f"day.{today}", says, fresh_ms)


def _key(kind: str, tier: TierId) -> str:
    """Return a key that fits a path, however long the operator's word for the tier is."""
    key = f"{kind}:{tier}"
    return key if is_our_id(key) else derived(kind, tier)


# --- the clock ------------------------------------------------------------------------------------


def _countdown(left_ms: int) -> tuple[int, int, str]:
    """Return the minutes to be said, rounded up, the rank they give and the stage they are in."""
    minutes = -(-left_ms // MINUTE_MS)
    if left_ms <= MINUTE_MS:
        return minutes, NOW, "last"
    return (minutes, SOON, "soon") if left_ms <= SOON_MS else (minutes, RUNNING, "on")


def _fresh(ends_ms: int, now_ms: int) -> int:
    """Return when the minutes to `ends_ms` will be others than now, or it is over."""
    return ends_ms - (-(-(ends_ms - now_ms) // MINUTE_MS) - 1) * MINUTE_MS
