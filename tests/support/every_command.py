"""Scenes in which every command there is really happens, to be played against a ledger that is killed meanwhile.

A scene is the steps of one small story, each step a batch, each batch so long after the one before. It stands for
itself: it brings its own members, rewards and gates, so that a scene cut short leaves nothing that stops the next.
The same name and seed tell the same story again, word for word: what was cut off can be sent once more.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, get_args

from server.domain.box_commands import OpenBox, PromiseBoxSeed, RevealBoxSeed
from server.domain.boxes import POINTS, TICKET_SERIES, BoxPrize, seed_name
from server.domain.commands import (
    AllowGrace,
    AskPermit,
    CancelGate,
    ChangeTask,
    ClosePoll,
    Command,
    CompleteInvite,
    ExpirePermit,
    MemberCommand,
    MergeMembers,
    OpenGate,
    OpenPoll,
    Pin,
    PostNotice,
    PresentRulebook,
    RecordWatched,
    RecordWatchedTask,
    ReleaseAward,
    RemovePoll,
    RevealDraw,
    RoomCommand,
    SettleTask,
    ShopCommand,
    StartTask,
    VerifyPermit,
    Vote,
)
from server.domain.contacts import PutContact, WithdrawContact
from server.domain.decision import Receipt
from server.domain.fairness import commitment_of, winning
from server.domain.moderation import RemoveComment, RestrictMember
from server.domain.rulebook import FOLLOW, StreakRule
from server.domain.shout_control import ControlShoutouts
from server.ids import DrawId, GateId, HeldAwardId, PermitId, PollId, RoomId, ShowId, TaskId, derived
from tests.support import draws
from tests.support.ledger import (
    CALENDAR,
    DAY_MS,
    NOW,
    RULEBOOK,
    SHOW,
    Ledger,
    accepted_invite,
    boosted,
    cancelled,
    captured,
    checked_in,
    claimed,
    clear_spotlight,
    commented,
    completed_invite,
    entered,
    first_n_closed,
    first_n_opened,
    followed,
    gave,
    gave_by_link,
    gift_returned,
    granted,
    held,
    joined,
    liked,
    linked,
    merged,
    origin,
    paid,
    put_room,
    put_spotlight,
    recalled,
    redeemed,
    refunded,
    released,
    reward_closed,
    reward_put,
    schedule_show,
    set_room,
    shared,
    show_status,
    time_kept,
    updated,
    watched,
    who_of,
)

KINDS: Final = frozenset(get_args(MemberCommand) + get_args(RoomCommand) + get_args(ShopCommand))
"""Every class of command."""
RULES: Final = replace(
    RULEBOOK,
    behaviours={**RULEBOOK.behaviours, FOLLOW: replace(RULEBOOK.behaviours[FOLLOW], hold_ms=DAY_MS)},
    streak=StreakRule(1, 200, (BoxPrize("20积分", POINTS, 1, points=20),)),
)
"""Under which all of them happen: the points of one rule wait for a day, and every check-in brings a ticket."""
MEMBERS: Final = 9
"""Who takes part in everything; the others are of one scene."""
LIFE_MS: Final = 40 * DAY_MS
"""From the beginning of one turn to that of the next: whoever is not seen in between is recalled."""
SOON, LATER, OVER = 1_000, 70_000, 16 * 60_000

Step = tuple[int, list[Command]]
"""How much later than the step before (ms), and what is said at once."""
Scene = Callable[[str, str, random.Random], list[Step]]
"""Gets a name for its events, a member, and chance."""


def orders(e: str, who: str, chance: random.Random) -> list[Step]:
    yuan = chance.randint(1, 400)
    return [
        (SOON, [paid(f"{e}a", who, f"o{e}", yuan), paid(f"{e}b", who, f"p{e}", 3)]),
        (
            SOON,
            [refunded(f"{e}c", who, f"o{e}", chance.randint(1, yuan)), refunded(f"{e}d", who, f"q{e}", 1)],
        ),
        (SOON, [paid(f"{e}e", who, f"q{e}", 2)]),
    ]


def acts(e: str, who: str, chance: random.Random) -> list[Step]:
    first: list[Command] = [
        commented(f"{e}a", who, f"说点什么{e}"),
        liked(f"{e}b", who, chance.randint(1, 3)),
    ]
    second: list[Command] = [shared(f"{e}c", who), followed(f"{e}d", who), checked_in(f"{e}e", who)]
    return [(SOON, first), (LATER, second)]


def watching(e: str, who: str, chance: random.Random) -> list[Step]:
    n = chance.getrandbits(40)  # each milestone happens once
    return [(SOON, [watched(who, n, 10)]), (SOON, [watched(who, n, 15), liked(f"{e}a", who)])]


def invites(e: str, who: str, chance: random.Random) -> list[Step]:
    friend = f"friend{e}"
    return [
        (SOON, [joined(f"{e}a", friend, "小新"), accepted_invite(f"{e}b", friend, who)]),
        (4 * LATER, [completed_invite(f"{e}c", friend, who)]),
    ]


def paying_with_points(e: str, who: str, chance: random.Random) -> list[Step]:
    points = chance.randint(1, 9)
    return [
        (SOON, [held(f"{e}a", who, f"h{e}", points), held(f"{e}b", who, f"i{e}", points)]),
        (SOON, [captured(f"{e}c", who, f"{e}a"), released(f"{e}d", who, f"{e}b")]),
        (SOON, [released(f"{e}e", who, f"{e}a", 1), held(f"{e}f", who, f"j{e}", points)]),
        (OVER, [released(f"{e}g", who, f"{e}f", overdue=True)]),
    ]


def rewards(e: str, who: str, chance: random.Random) -> list[Step]:
    reward = f"bag{e}"
    return [
        (SOON, [reward_put(f"{e}a", reward, 5, stock=chance.randint(1, 2))]),
        (SOON, [redeemed(f"{e}b", who, reward), redeemed(f"{e}c", "m1", reward)]),
        (SOON, [cancelled(f"{e}d", who, f"{e}b"), reward_closed(f"{e}e", reward)]),
    ]


def gifts(e: str, who: str, chance: random.Random) -> list[Step]:
    to = f"to{e}"
    return [
        (SOON, [joined(f"{e}a", to), gave(f"{e}b", who, to, 3)]),
        (SOON, [gave_by_link(f"{e}c", who, 2), gave_by_link(f"{e}d", who, 1)]),
        (SOON, [claimed(f"{e}e", f"wx:{e}", f"{e}c")]),
        (25 * 3_600_000, [gift_returned(f"{e}f", who, f"{e}d")]),
    ]


def tiers_for_a_while(e: str, who: str, chance: random.Random) -> list[Step]:
    up = f"up{e}"
    return [
        (SOON, [granted(f"{e}a", up, points=400), granted(f"{e}b", up, growth=15)]),
        (SOON, [boosted(f"{e}c", up, "silver"), granted(f"{e}d", up, tier="gold", until_ms=NOW + 10**12)]),
        (DAY_MS, [time_kept(f"{e}e", up)]),
    ]


def drawing(e: str, who: str, chance: random.Random) -> list[Step]:
    draw = f"d{e}"
    return [
        (SOON, [draws.open_draw(f"{e}a", draw, cost=2, seconds=5)]),
        (SOON, [draws.entered(f"{e}b", who, draw), draws.entered(f"{e}c", "m1", draw)]),
        (LATER, [draws.closed(f"{e}d", draw)]),
        # Who has won is known when it is told: see `tell`.
        (SOON, [RevealDraw(origin(f"{e}e", source="jobs"), DrawId(draw), draws.SEED.hex(), ())]),
        (SOON, [draws.removed(f"{e}f", draw)]),
    ]


def draws_called_off(e: str, who: str, chance: random.Random) -> list[Step]:
    draw = f"d{e}"
    return [
        (SOON, [draws.open_draw(f"{e}a", draw, cost=2, seconds=5), draws.entered(f"{e}b", who, draw)]),
        (SOON, [draws.cancelled(f"{e}c", draw)]),
        (SOON, [draws.returned(f"{e}d", who, 1, draw)]),
    ]


def first_n(e: str, who: str, chance: random.Random) -> list[Step]:
    campaign = f"f{e}"
    return [
        (SOON, [first_n_opened(f"{e}a", campaign, n=2, points=7)]),
        (SOON, [paid(f"{e}{n}", f"m{n}", f"fo{e}{n}", 1 + n) for n in range(4)]),
        (SOON, [refunded(f"{e}b", "m0", f"fo{e}0", 1), first_n_closed(f"{e}c", campaign)]),
    ]


def tasks(e: str, who: str, chance: random.Random) -> list[Step]:
    share, watch, order = TaskId(f"t{e}"), TaskId(f"w{e}"), TaskId(f"u{e}")

    def start(event: str, task: TaskId, kind: str) -> StartTask:
        return StartTask(origin(event), task, kind, "一起来", 5, 1, 60, 12)

    def change(event: str, action: str, seconds: int | None = None) -> ChangeTask:
        return ChangeTask(origin(event), share, action, seconds)

    return [
        (
            SOON,
            [start(f"{e}a", share, "share"), start(f"{e}b", watch, "watch"), start(f"{e}l", order, "order")],
        ),
        (SOON, [shared(f"{e}c", who), shared(f"{e}d", "m1"), change(f"{e}e", "extend", 10)]),
        (SOON, [RecordWatchedTask(origin(f"{e}f", source="watch"), who_of(who), watch, 1)]),
        (SOON, [change(f"{e}g", "pause"), change(f"{e}h", "resume"), AllowGrace(origin(f"{e}i"), watch)]),
        (SOON, [paid(f"{e}m", who, f"uo{e}", 3), refunded(f"{e}n", who, f"uo{e}", 3)]),
        (
            2 * LATER,
            [SettleTask(origin(f"{e}{n}"), task) for n, task in (("j", share), ("k", watch), ("o", order))],
        ),
    ]


def gates(e: str, who: str, chance: random.Random) -> list[Step]:
    gate = GateId(f"g{e}")

    def ask(event: str, one: str) -> AskPermit:
        return AskPermit(origin(event, source="live"), who_of(one), gate)

    def permit(asked: str) -> PermitId:
        return PermitId(derived("pm", "live", asked))

    return [
        # `public_ms` is moved with the other times: see `Script`.
        (SOON, [OpenGate(origin(f"{e}a"), gate, "sku", "围巾", 100, "sealed", NOW + SOON, 9, 30)]),
        (2 * SOON, [ask(f"{e}b", who), ask(f"{e}c", f"late{e}")]),
        (SOON, [VerifyPermit(origin(f"{e}d"), permit(f"{e}b"), "sku")]),
        (LATER, [ExpirePermit(origin(f"{e}e"), permit(f"{e}c")), CancelGate(origin(f"{e}f"), gate)]),
    ]


def asking(e: str, who: str, chance: random.Random) -> list[Step]:
    poll = PollId(f"poll{e}")
    votes: list[Command] = [
        Vote(origin(f"{e}b{one}", source="live"), who_of(one), poll, "a") for one in (who, "x1")
    ]
    return [
        (SOON, [OpenPoll(origin(f"{e}a"), poll, "下一件?", ("围巾", "手套"), 60)]),
        (SOON, votes),
        (LATER, [ClosePoll(origin(f"{e}c"), poll, overdue=True), RemovePoll(origin(f"{e}d"), poll)]),
        (SOON, [Pin(origin(f"{e}e"), f"包邮{e}"), PostNotice(origin(f"{e}f"), "马上开始", 1)]),
    ]


def merging(e: str, who: str, chance: random.Random) -> list[Step]:
    gone = f"gone{e}"
    return [
        (SOON, [paid(f"{e}a", gone, f"go{e}", 30), liked(f"{e}b", gone), held(f"{e}c", gone, f"gh{e}", 4)]),
        (SOON, [merged(f"{e}d", who, gone)]),
        (SOON, [paid(f"{e}e", gone, f"gp{e}", 3), refunded(f"{e}f", gone, f"go{e}", 2)]),
    ]


def perks(e: str, who: str, chance: random.Random) -> list[Step]:
    new = f"silver{e}"
    return [(SOON, [granted(f"{e}a", new, growth=300), entered(f"{e}b", new), entered(f"{e}c", who)])]


def points_that_wait(e: str, who: str, chance: random.Random) -> list[Step]:
    fan = f"fan{e}"
    award = HeldAwardId(derived("ha", fan, FOLLOW, 0))
    return [
        (SOON, [followed(f"{e}a", fan)]),
        (DAY_MS, [ReleaseAward(origin(f"{e}b", source="jobs", room=None), who_of(fan), award)]),
    ]


def moderation(e: str, who: str, chance: random.Random) -> list[Step]:
    loud, api = f"loud{e}", origin(f"{e}b", source="api")
    mute = RestrictMember(api, who_of(loud), "mute", NOW + 10**12)
    press = ControlShoutouts(replace(api, event=f"{e}d"), chance.choice(("pause", "resume", "clear", "test")))
    taken_back = RemoveComment(replace(api, event=f"{e}c"), derived("k", "live", f"{e}a"))
    return [(SOON, [commented(f"{e}a", loud, f"大声{e}")]), (SOON, [mute, taken_back, press])]


def boxes(e: str, who: str, chance: random.Random) -> list[Step]:
    lucky, jobs = f"lucky{e}", origin(f"{e}a", source="jobs", room=None)
    # Days and commitment are set when it is known what day it is: see `Script`.
    promise = PromiseBoxSeed(jobs, TICKET_SERIES, 0, "", draws.SEED.hex())
    reveal = RevealBoxSeed(replace(jobs, event=f"{e}d"), TICKET_SERIES, 0, draws.SEED.hex())
    return [
        (SOON, [promise, checked_in(f"{e}b", lucky)]),
        (SOON, [OpenBox(origin(f"{e}c", source="live"), who_of(lucky), e)]),
        (DAY_MS, [reveal]),
    ]


def names(e: str, who: str, chance: random.Random) -> list[Step]:
    from_, new = origin(f"{e}d", source="api", room=None), who_of(f"n{e}")
    return [
        (SOON, [joined(f"{e}a", f"n{e}", "小名"), linked(f"{e}b", f"n{e}", "tk", e)]),
        (
            SOON,
            [
                updated(f"{e}c", f"tk:{e}", name="大名"),
                PutContact(from_, new, "sms", "13800000000", ("show",)),
            ],
        ),
        (SOON, [WithdrawContact(replace(from_, event=f"{e}e"), new, "sms")]),
    ]


def the_room(e: str, who: str, chance: random.Random) -> list[Step]:
    side, show = f"side{e}", f"show{e}"
    return [
        (SOON, [put_room(f"{e}a", room=side), schedule_show(f"{e}b", show, room=side)]),
        (
            SOON,
            [
                show_status(f"{e}c", "live", show, room=side),
                set_room(f"{e}d", slow_s=chance.randint(0, 9), room=side),
            ],
        ),
        (SOON, [put_spotlight(f"{e}e", "sku", room=side), PresentRulebook(origin(f"{e}f", room=side))]),
        (SOON, [clear_spotlight(f"{e}g", room=side), show_status(f"{e}h", "ended", show, room=side)]),
    ]


SCENES: Final[tuple[Scene, ...]] = (
    orders,
    acts,
    watching,
    invites,
    paying_with_points,
    rewards,
    gifts,
    tiers_for_a_while,
    drawing,
    draws_called_off,
    first_n,
    tasks,
    gates,
    asking,
    merging,
    perks,
    points_that_wait,
    moderation,
    boxes,
    names,
    the_room,
)
"""In all of them together every command happens, with `Script`'s own recalls."""
TOGETHER: Final = 3
"""So many scenes are played at once: their steps share batches."""


class Script:
    """The batches of one turn, without end: `batches()` tells the same again from the beginning."""

    def __init__(self, turn: int, seed: int) -> None:
        """`turn` counts from 0 and says when it is: turns of one ledger follow each other."""
        self._turn = turn
        self._seed = seed
        self._room = RoomId(f"room{turn}")
        self._show = ShowId(f"show{turn}")

    def batches(self) -> Iterator[list[Command]]:
        chance = random.Random(f"{self._seed} {self._turn}")
        now_ms = NOW + (self._turn + 1) * LIFE_MS
        yield self._begun(now_ms - 31 * DAY_MS)
        # Every scene once, in another order each turn; then over again.
        number = 0
        while True:
            for names_ in _threes(chance.sample(SCENES, len(SCENES))):
                scenes = []
                for scene in names_:
                    number += 1
                    who = f"m{chance.randrange(MEMBERS)}"
                    scenes.append(scene(f"{self._turn}.{number}.", who, chance))
                said = _by_time(scenes)
                for at_ms, commands in said.items():
                    if at_ms == SOON:
                        commands.append(
                            recalled(f"back{self._turn}.{number}", f"idle{self._turn}.{number % 40}")
                        )
                    yield from self._apart([self._here(command, now_ms + at_ms) for command in commands])
                now_ms += max(said)

    def _begun(self, at_ms: int) -> list[Command]:
        """Return the room with its show, and members of whom nothing is seen until they are recalled."""
        room: list[Command] = [
            put_room(f"put{self._turn}"),
            schedule_show(f"plan{self._turn}", self._show),
            show_status(f"live{self._turn}", "live", self._show),
        ]
        idle: list[Command] = [joined(f"idle{self._turn}.{n}", f"idle{self._turn}.{n}") for n in range(40)]
        rich: list[Command] = []
        for n in range(MEMBERS):
            rich.append(granted(f"p{self._turn}.{n}", f"m{n}", points=5_000))
            rich.append(granted(f"g{self._turn}.{n}", f"m{n}", growth=300))
        return [self._here(command, at_ms) for command in room + idle + rich]

    def _here(self, command: Command, now_ms: int) -> Command:
        """Return the command in this turn's room, said now."""
        from_ = command.origin
        own = from_.room is not None and from_.room.startswith("side")
        room = from_.room if from_.room is None or own else self._room
        command = replace(command, origin=replace(from_, room=room, received_ms=now_ms))
        match command:
            case OpenGate():
                return replace(command, public_ms=now_ms + SOON)
            case PromiseBoxSeed():
                today = CALENDAR.day_of(now_ms)
                commitment = commitment_of(draws.SEED, seed_name(command.series, today))
                return replace(command, day=today, commitment=commitment)
            case RevealBoxSeed():
                return replace(command, day=CALENDAR.day_of(now_ms) - 1)
            case RecordWatched() | CompleteInvite():
                watched_ = command.origin.event.replace(f":{SHOW}:", f":{self._show}:")
                return replace(command, origin=replace(command.origin, event=watched_), show=self._show)
            case _:
                return command

    @staticmethod
    def _apart(said: list[Command]) -> Iterator[list[Command]]:
        """Merges stand alone."""
        together: list[Command] = [command for command in said if not isinstance(command, MergeMembers)]
        if together:
            yield together
        for command in said:
            if isinstance(command, MergeMembers):
                yield [command]


async def tell(ledger: Ledger, batch: Sequence[Command]) -> Sequence[Receipt]:
    """Apply a batch; a draw is revealed with the tickets that win, as the job for it works them out."""
    known: list[Command] = []
    for command in batch:
        if isinstance(command, RevealDraw) and (draw := await ledger.queries.draw(command.draw)) is not None:
            tickets = winning(draws.SEED, draw.list_hash or "", draw.entries, draw.places)
            command = replace(command, tickets=tickets)
        known.append(command)
    return await ledger.receipts(*known)


def _by_time(scenes: Sequence[Sequence[Step]]) -> dict[int, list[Command]]:
    """Return what is said at once in scenes that begin together, in the order of time."""
    said: dict[int, list[Command]] = {}
    for scene in scenes:
        at_ms = 0
        for later_ms, commands in scene:
            at_ms += later_ms
            said.setdefault(at_ms, []).extend(commands)
    return dict(sorted(said.items()))


def _threes(scenes: list[Scene]) -> Iterator[list[Scene]]:
    for at in range(0, len(scenes), TOGETHER):
        yield scenes[at : at + TOGETHER]
