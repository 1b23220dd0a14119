"""Commands of all doors become commits; receipts come back when durable."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from server import intake as intake_module
from server.clock import ManualClock
from server.domain.commands import ById, Command, JoinMember, LinkIdentity, MergeMembers, Origin
from server.domain.decision import Receipt
from server.domain.needs import Needs
from server.domain.state import Member
from server.domain.world import World
from server.errors import InternalFault, Overloaded
from server.ids import AuthorTag, MemberId, TierId
from server.intake import MAX_BATCH, Intake
from server.ledger import underway as underway_module
from server.ledger.batch import Asked, key_of, subject_of
from server.ledger.errors import LedgerUnavailable
from server.ledger.ports import Committed
from server.ledger.underway import Underway
from server.metrics import Metrics
from tests.support.ledger import CALENDAR, RULEBOOK

NOW = 1_700_000_000_000


def join(event: str, source: str = "shop") -> JoinMember:
    return JoinMember(Origin(source, event, "c", NOW), ById(MemberId(f"m{event}")))


class Journal:
    """Applies when allowed to; commands of source ``bad`` meet a bug."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.away = False

    async def apply(self, batch: Sequence[Command], now_ms: int) -> Committed:
        assert now_ms == NOW
        events = [command.origin.event for command in batch]
        self.batches.append(events)
        await self.gate.wait()
        if self.away:
            raise LedgerUnavailable("switched off")
        if any(command.origin.source == "bad" for command in batch):
            raise ZeroDivisionError("a bug")
        receipts = tuple(Receipt("shop", event, MemberId(f"m{event}"), "applied") for event in events)
        members = tuple(_member(f"m{event}") for event in events)
        return Committed(receipts, (), members, ())


def _member(name: str) -> Member:
    return Member(MemberId(name), AuthorTag(f"a{name}"), name, NOW, TierId("basic"), NOW, None, version=1)


class Told:
    def __init__(self) -> None:
        self.commits: list[list[str]] = []
        self.running = 0
        self.fails = False

    async def after_commit(self, committed: Committed) -> None:
        assert self.running == 0, "two at a time"
        self.running += 1
        await asyncio.sleep(0)
        self.running -= 1
        self.commits.append([member.id for member in committed.members])
        if self.fails:
            raise RuntimeError("the bus is a bug")


class Made:
    def __init__(self, max_waiting: int = 20_000) -> None:
        self.journal = Journal()
        self.told = Told()
        self.metrics = Metrics()
        self.intake = Intake(
            self.journal,
            self.told.after_commit,
            ManualClock(NOW),
            self.metrics,
            max_waiting=max_waiting,
        )

    def counted(self, line: str) -> bool:
        return line in self.metrics.exposition().decode().splitlines()


async def turns(n: int = 5) -> None:
    for _ in range(n):
        await asyncio.sleep(0)


async def test_INT1_an_idle_intake_commits_at_once_and_what_arrives_meanwhile_is_the_next_batch() -> None:
    made = Made()
    made.journal.gate.clear()
    first = asyncio.create_task(made.intake.submit(join("1")))
    await turns()
    rest = [asyncio.create_task(made.intake.submit(join(str(n)))) for n in (2, 3, 4)]
    await turns()
    assert made.journal.batches == [["1"]]
    made.journal.gate.set()
    receipts = await asyncio.gather(first, *rest)
    assert made.journal.batches == [["1"], ["2", "3", "4"]]
    assert [receipt.event for receipt in receipts] == ["1", "2", "3", "4"]
    await made.intake.stop()


async def test_INT1_a_long_request_is_cut_into_batches_and_answered_in_its_order() -> None:
    made, asked = Made(), 2 * MAX_BATCH + 88
    receipts = await made.intake.submit_many([join(str(n)) for n in range(asked)])
    assert [receipt.event for receipt in receipts] == [str(n) for n in range(asked)]
    assert [len(batch) for batch in made.journal.batches] == [MAX_BATCH, MAX_BATCH, 88]
    assert made.counted("liveroom_batch_size_count 3.0")
    await made.intake.stop()


async def test_INT1_a_batch_is_as_large_as_the_database_likes_it() -> None:
    made = Made()
    intake = Intake(made.journal, made.told.after_commit, ManualClock(NOW), max_batch=4)
    await intake.submit_many([join(str(n)) for n in range(9)])
    assert [len(batch) for batch in made.journal.batches] == [4, 4, 1]
    await intake.stop()


async def test_INT2_only_the_command_that_trips_over_a_bug_gets_the_fault() -> None:
    made = Made()
    commands = [join(str(n), "bad" if n == 5 else "shop") for n in range(9)]
    tasks = [asyncio.create_task(made.intake.submit(command)) for command in commands]
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [n for n, answer in enumerate(answers) if isinstance(answer, InternalFault)] == [5]
    assert [answer.event for answer in answers if isinstance(answer, Receipt)] == list("01234678")
    assert made.counted('liveroom_commands_total{name="JoinMember",outcome="fault"} 1.0')
    assert made.counted('liveroom_commands_total{name="JoinMember",outcome="applied"} 8.0')
    await made.intake.stop()


async def test_INT2_nobody_waits_for_ever_also_when_the_journal_answers_nonsense() -> None:
    made = Made()

    async def short(batch: Sequence[Command], now_ms: int) -> Committed:
        return Committed((), (), (), ())

    made.journal.apply = short  # type: ignore[method-assign]
    answers = await asyncio.gather(
        *(made.intake.submit(join(str(n))) for n in range(3)), return_exceptions=True
    )
    assert all(isinstance(answer, InternalFault) for answer in answers)
    await made.intake.stop()


async def test_INT3_a_request_that_does_not_fit_is_refused_whole_and_the_others_go_on() -> None:
    made = Made(max_waiting=3)
    made.journal.gate.clear()
    first = asyncio.create_task(made.intake.submit_many([join("1"), join("2")]))
    await turns()
    waiting = asyncio.create_task(made.intake.submit_many([join("3"), join("4")]))
    await turns()
    with pytest.raises(Overloaded) as refused:
        await made.intake.submit_many([join("5"), join("6")])
    assert refused.value.retry_after_ms > 0
    made.journal.gate.set()
    assert len(await first) == len(await waiting) == 2
    assert made.journal.batches == [["1", "2"], ["3", "4"]]
    await made.intake.stop()


async def test_INT4_a_sender_that_went_away_changes_nothing() -> None:
    made = Made()
    made.journal.gate.clear()
    gone = asyncio.create_task(made.intake.submit(join("1")))
    stays = asyncio.create_task(made.intake.submit(join("2")))
    await turns()
    gone.cancel()
    await turns()
    made.journal.gate.set()
    assert (await stays).event == "2"
    await made.intake.settle()
    assert made.told.commits == [["m1", "m2"]]
    await made.intake.stop()


async def test_INT5_commits_are_told_in_their_order_and_a_failing_telling_stops_nobody() -> None:
    made = Made()
    made.told.fails = True
    for n in range(5):
        await made.intake.submit(join(str(n)))
    await made.intake.settle()
    assert made.told.commits == [[f"m{n}"] for n in range(5)]
    assert made.counted("liveroom_announce_faults_total 5.0")
    await made.intake.stop()


async def test_INT6_with_the_ledger_away_everybody_is_told_and_the_next_is_tried() -> None:
    made = Made()
    made.journal.away = True
    answers = await asyncio.gather(
        *(made.intake.submit(join(str(n))) for n in range(3)), return_exceptions=True
    )
    assert all(isinstance(answer, LedgerUnavailable) for answer in answers)
    made.journal.away = False
    assert (await made.intake.submit(join("4"))).outcome == "applied"
    assert made.counted('liveroom_commands_total{name="JoinMember",outcome="unavailable"} 3.0')
    await made.intake.stop()


async def test_INT1_nothing_asked_is_nothing_committed() -> None:
    made = Made()
    assert await made.intake.submit_many([]) == []
    await made.intake.stop()
    assert made.journal.batches == []


async def test_X1_INT1_a_merge_is_a_batch_of_its_own_and_keeps_its_place() -> None:
    journal, told = Journal(), Told()
    intake = Intake(journal, told.after_commit, ManualClock(NOW))
    merge = MergeMembers(Origin("api", "2", "c", NOW), ById(MemberId("a")), ById(MemberId("b")))
    receipts = await intake.submit_many([join("0"), join("1"), merge, join("3"), join("4")])
    assert [receipt.event for receipt in receipts] == ["0", "1", "2", "3", "4"]
    assert journal.batches == [["0", "1"], ["2"], ["3", "4"]]
    await intake.stop()


async def test_INT7_what_waits_is_foreseen_while_a_commit_is_under_way() -> None:
    journal, foreseen = Journal(), list[list[str]]()

    async def foresee(coming: Sequence[Command]) -> None:
        foreseen.append([command.origin.event for command in coming])

    intake = Intake(journal, Told().after_commit, ManualClock(NOW), foresee=foresee)
    journal.gate.clear()
    asked = [asyncio.create_task(intake.submit(join("1")))]
    await turns()
    assert foreseen == []  # too late for it: it is being committed
    asked += [asyncio.create_task(intake.submit(join(str(n)))) for n in (2, 3)]
    await turns()
    journal.gate.set()
    await asyncio.gather(*asked)
    assert foreseen == [["2", "3"]]
    await intake.stop()


@pytest.mark.parametrize("fault", [LedgerUnavailable("switched off"), ZeroDivisionError("a bug")])
async def test_INT7_what_cannot_be_foreseen_is_committed_all_the_same(fault: Exception) -> None:
    journal = Journal()

    async def foresee(coming: Sequence[Command]) -> None:
        raise fault

    intake = Intake(journal, Told().after_commit, ManualClock(NOW), foresee=foresee)
    journal.gate.clear()
    asked = [asyncio.create_task(intake.submit(join("1")))]
    await turns()
    asked.append(asyncio.create_task(intake.submit(join("2"))))
    await turns()
    journal.gate.set()
    assert [receipt.event for receipt in await asyncio.gather(*asked)] == ["1", "2"]
    await intake.stop()


class JournalBehind(Journal):
    """Begins batches behind others: each waits at three gates, and may put some of its commands off."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[list[str]] = []
        self.most_at_once = self.at_once = 0
        self.off: set[str] = set()
        self.finds: frozenset[MemberId] = frozenset()
        self.loses = False
        self.end = asyncio.Event()

    async def apply_behind(self, batch: Sequence[Command], now_ms: int, way: Underway) -> Committed:
        self.begun.append([command.origin.event for command in batch])
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            asked = [Asked(one, None, Needs(members=frozenset({_whom(one)})), NOW) for one in batch]
            off = (
                await way.part(asked, World(RULEBOOK, CALENDAR), ()) if way.follows or not self.loses else ()
            )
            await way.hold(self.finds)
            if self.loses:
                way.lose()
            way.let_follow()
            await self.end.wait()
            await turns(5)  # the next one begins meanwhile
            if not self.loses:
                await way.first(gives_back=False)
                way.keep()
            await way.front_finished()
            return await self.apply([one for one in batch if key_of(one) not in off], now_ms)
        finally:
            self.at_once -= 1


def _whom(command: Command) -> MemberId:
    who = subject_of(command)
    assert isinstance(who, ById)
    return who.member


def behind(journal: JournalBehind, told: Told, max_batch: int = 200) -> Intake:
    return Intake(
        journal,
        told.after_commit,
        ManualClock(NOW),
        max_batch=max_batch,
        apply_behind=journal.apply_behind,
    )


async def test_INT8_the_next_commit_begins_while_one_is_under_way_and_never_a_third() -> None:
    journal, told = JournalBehind(), Told()
    intake = behind(journal, told)
    asked = asyncio.create_task(intake.submit_many([join(str(n)) for n in range(800)]))
    await turns(50)
    assert [batch[0] for batch in journal.begun] == ["0", "200"]
    journal.end.set()
    assert [receipt.event for receipt in await asked] == [str(n) for n in range(800)]
    await intake.settle()
    assert journal.most_at_once == 2
    assert told.commits == [[f"m{n}" for n in range(at, at + 200)] for at in range(0, 800, 200)]
    await intake.stop()


class JournalOutOfBreath(JournalBehind):
    """The commit in front is durable long before it is known to be; the one behind is soon."""

    async def apply_behind(self, batch: Sequence[Command], now_ms: int, way: Underway) -> Committed:
        self.begun.append([command.origin.event for command in batch])
        asked = [Asked(one, None, Needs(members=frozenset({_whom(one)})), NOW) for one in batch]
        await way.part(asked, World(RULEBOOK, CALENDAR), ())
        await way.hold(frozenset())
        way.let_follow()
        await turns(5)  # the next one begins meanwhile
        await way.first(gives_back=False)
        way.keep()
        if not way.follows:
            await turns(50)
        return await self.apply(batch, now_ms)


async def test_INT8_a_commit_is_told_after_the_one_in_front_of_it() -> None:
    journal, told = JournalOutOfBreath(), Told()
    intake = behind(journal, told)
    await intake.submit_many([join(str(n)) for n in range(400)])
    await intake.settle()
    assert [batch[0] for batch in journal.batches] == ["200", "0"]  # as they became known
    assert [commit[0] for commit in told.commits] == ["m0", "m200"]
    await intake.stop()


async def test_INT8_a_commit_takes_as_long_as_it_takes_itself_without_waiting_for_the_one_in_front(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    for module in (intake_module, underway_module):
        monkeypatch.setattr(module, "perf_counter", lambda: now)
    journal, metrics = JournalBehind(), Metrics()
    intake = Intake(
        journal,
        Told().after_commit,
        ManualClock(NOW),
        metrics,
        max_batch=200,
        apply_behind=journal.apply_behind,
    )
    asked = asyncio.create_task(intake.submit_many([join(str(n)) for n in range(400)]))
    await turns(50)
    assert journal.at_once == 2
    now += 8
    journal.end.set()
    await asked
    said = metrics.exposition().decode().splitlines()
    assert {"liveroom_commit_seconds_sum 8.0", "liveroom_commit_seconds_count 2.0"} <= {*said}
    await intake.stop()


async def test_INT8_few_commands_wait_for_the_commit_before_them() -> None:
    journal = JournalBehind()
    intake = behind(journal, Told())
    journal.end.set()
    journal.gate.clear()
    many = asyncio.create_task(intake.submit_many([join(str(n)) for n in range(200)]))
    few = asyncio.create_task(intake.submit_many([join(str(n)) for n in range(200, 210)]))
    await turns(50)
    assert len(journal.begun) == len(journal.batches) == 1
    journal.gate.set()
    await asyncio.gather(many, few)
    assert len(journal.begun) == 1
    assert [len(batch) for batch in journal.batches] == [200, 10]
    await intake.stop()


async def test_INT8_what_is_about_the_same_is_put_off_and_keeps_its_order() -> None:
    journal, told = JournalBehind(), Told()
    intake = behind(journal, told)
    again = [replace(join(str(n)), origin=Origin("shop", f"{n}b", "c", NOW)) for n in (3, 7)]
    commands = [join(str(n)) for n in range(200)] + again + [join(str(n)) for n in range(200, 500)]
    asked = asyncio.create_task(intake.submit_many(commands))
    await turns(50)
    journal.end.set()
    receipts = await asked
    assert [receipt.event for receipt in receipts] == [command.origin.event for command in commands]
    first, second, third = journal.batches[:3]
    assert {"3b", "7b"}.isdisjoint({*first, *second})
    assert third[:2] == ["3b", "7b"]
    await intake.stop()


async def test_INT8_who_is_found_by_one_commit_after_another_is_put_off_twice_at_most() -> None:
    journal = JournalBehind()
    journal.finds = frozenset({MemberId("m300")})  # as the giver of gifts that all of them claim
    journal.end.set()
    intake = behind(journal, Told())
    await intake.submit_many([join(str(n)) for n in range(4_000)])
    assert [n for n, batch in enumerate(journal.batches) if "300" in batch] == [3]
    await intake.stop()


async def test_INT8_where_much_is_put_off_commits_come_one_after_the_other_for_a_while() -> None:
    journal = JournalBehind()
    journal.end.set()
    intake = behind(journal, Told())
    same = [replace(join("same"), origin=Origin("shop", f"s{n}", "c", NOW)) for n in range(4_000)]
    mixed = [one for n in range(4_000) for one in (same[n], join(str(n)))]
    await intake.submit_many(mixed)
    small = [batch for batch in journal.batches if len(batch) < 200]
    assert len(small) <= 6
    await intake.stop()


async def test_INT8_what_all_must_find_durable_lets_nobody_begin_behind_it() -> None:
    journal = JournalBehind()
    intake = behind(journal, Told())
    link = LinkIdentity(Origin("api", "link", "c", NOW), ById(MemberId("m1")), "wx", "anna")
    joins: list[Command] = [join(str(n)) for n in range(500)]
    commands = [*joins[:150], link, *joins[150:]]
    journal.gate.clear()
    asked = asyncio.create_task(intake.submit_many(commands))
    await turns(50)
    assert (len(journal.batches), journal.begun) == (1, [])  # it holds the link: nobody begins behind it
    assert "link" in journal.batches[0]
    journal.gate.set()
    journal.end.set()
    assert len(await asked) == 501
    await intake.stop()


async def test_INT8_who_follows_a_commit_that_goes_again_comes_after_it() -> None:
    journal, told = JournalBehind(), Told()
    journal.loses = True
    intake = behind(journal, told)
    asked = asyncio.create_task(intake.submit_many([join(str(n)) for n in range(600)]))
    await turns(50)
    assert len(journal.begun) == 1  # nobody begins behind what goes again
    journal.end.set()
    await asked
    await intake.settle()
    assert told.commits == [[f"m{n}" for n in range(at, at + 200)] for at in range(0, 600, 200)]
    await intake.stop()


async def test_INT8_INT2_a_bug_behind_another_commit_is_one_command_s() -> None:
    journal = JournalBehind()
    intake = behind(journal, Told())
    journal.end.set()
    commands = [join(str(n), "bad" if n == 333 else "shop") for n in range(600)]
    tasks = [asyncio.create_task(intake.submit(command)) for command in commands]
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [n for n, answer in enumerate(answers) if isinstance(answer, InternalFault)] == [333]
    assert len([answer for answer in answers if isinstance(answer, Receipt)]) == 599
    await intake.stop()
