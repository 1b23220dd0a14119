import asyncio
from collections.abc import Mapping, Sequence

import pytest

from server.clock import ManualClock
from server.domain.commands import ById, ByIdentity, Subject
from server.gateway.identities import MAX_BATCH, REMEMBERED_MS, Identities
from server.ids import MemberId, derived
from server.ledger.errors import LedgerUnavailable

LINKED = ByIdentity("douyin", "o1")
STRANGER = ByIdentity("douyin", "o2")


class Truth:
    def __init__(self) -> None:
        self.owners: dict[Subject, MemberId] = {LINKED: MemberId("anna")}
        self.asked: list[int] = []
        self.away = False

    async def resolve(self, subjects: Sequence[Subject]) -> Mapping[Subject, MemberId]:
        self.asked.append(len(subjects))
        if self.away:
            raise LedgerUnavailable("switched off")
        return {subject: self.owners[subject] for subject in subjects if subject in self.owners}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(0)


@pytest.fixture
def truth() -> Truth:
    return Truth()


@pytest.fixture
def identities(truth: Truth, clock: ManualClock) -> Identities:
    return Identities(truth, clock)


async def test_X1_a_linked_identity_is_its_member(identities: Identities) -> None:
    assert await identities.member(LINKED) == "anna"


async def test_X1_a_member_id_is_taken_as_it_is(identities: Identities, truth: Truth) -> None:
    assert await identities.member(ById(MemberId("bo"))) == "bo"
    assert truth.asked == []


async def test_X1_a_stranger_is_the_member_their_first_event_will_create(identities: Identities) -> None:
    assert await identities.member(STRANGER) == derived("m", "douyin", "o2")


async def test_X1_a_link_is_remembered_for_a_minute(
    identities: Identities, truth: Truth, clock: ManualClock
) -> None:
    await identities.member(LINKED)
    truth.owners[LINKED] = MemberId("merged")
    clock.advance(REMEMBERED_MS - 1)
    assert await identities.member(LINKED) == "anna"
    clock.advance(1)
    assert await identities.member(LINKED) == "merged"


async def test_X1_a_stranger_is_asked_about_again_at_once(identities: Identities, truth: Truth) -> None:
    await identities.member(STRANGER)
    truth.owners[STRANGER] = MemberId("carl")
    assert await identities.member(STRANGER) == "carl"


async def test_X1_identities_of_one_moment_share_questions_of_bearable_size(
    identities: Identities, truth: Truth
) -> None:
    subjects = [ByIdentity("douyin", f"o{n}") for n in range(MAX_BATCH + 1)]
    await asyncio.gather(*map(identities.member, subjects + subjects))
    assert truth.asked == [MAX_BATCH, 1]


async def test_R5_with_sql_away_an_identity_is_its_own_member_and_nobody_elses(
    identities: Identities, truth: Truth
) -> None:
    truth.away = True
    assert await identities.member(LINKED) == derived("m", "douyin", "o1")
    truth.away = False
    assert await identities.member(LINKED) == "anna"


async def test_R5_a_bug_below_reaches_whoever_waits(clock: ManualClock) -> None:
    class Broken(Truth):
        async def resolve(self, subjects: Sequence[Subject]) -> Mapping[Subject, MemberId]:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Identities(Broken(), clock).member(STRANGER)
