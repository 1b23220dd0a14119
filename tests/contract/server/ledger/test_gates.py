"""Gates and permits kept: in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from server.domain.commands import AskPermit, ExpirePermit, OpenGate, VerifyPermit
from server.domain.facts import PermitGiven
from server.domain.gates import PERMIT_MS
from server.ids import GateId, PermitId
from server.ledger.due import DueWork
from server.ledger.verify import verify
from tests.support.ledger import (
    MINUTE_MS,
    NOW,
    ROOM,
    Ledger,
    merged,
    on_database,
    origin,
    show_status,
    who_of,
)

G1 = GateId("g1")
PUBLIC = NOW + MINUTE_MS


def a_gate(stock: int = 10, early_percent: int = 30, per_member: int | None = None) -> OpenGate:
    title = "羊绒围巾"
    return OpenGate(
        origin("gate"), G1, "sku-1", title, 19_900, "sealed", PUBLIC, stock, early_percent, per_member
    )


def asks(event: str, who: str, *, at_ms: int = PUBLIC) -> AskPermit:
    return AskPermit(origin(event, at_ms=at_ms), who_of(who), G1)


def verifies(event: str, permit: str, *, at_ms: int = PUBLIC, sku: str = "sku-1") -> VerifyPermit:
    return VerifyPermit(origin(event, at_ms=at_ms), PermitId(permit), sku)


async def permit(ledger: Ledger, event: str, who: str, *, at_ms: int = PUBLIC) -> str:
    [receipt] = await ledger.receipts(asks(event, who, at_ms=at_ms))
    assert receipt.outcome == "applied", receipt
    return str(dict(receipt.details)["permit"])


async def clean(ledger: Ledger) -> None:
    if ledger.engines is not None:
        assert (await verify(ledger.engines)).differences == ()


@pytest.fixture
async def databases(ledger_url: str) -> AsyncIterator[tuple[Ledger, Ledger]]:
    """Two ledgers on one database, as two processes have them."""
    async with on_database(ledger_url) as one, on_database(ledger_url) as two:
        yield await one.with_live_show(), two


async def test_L5_a_gate_is_an_item_and_its_link_is_not(ledger: Ledger) -> None:
    await ledger.with_live_show()
    opened = await ledger.apply(a_gate())
    [item] = [change for change in opened.items if change.key == "gates/g1"]
    assert isinstance(item.value, dict)
    assert item.value["state"] == "scheduled"
    assert "sealed" not in str(item.value)
    stand = await ledger.queries.gate(G1)
    assert stand is not None
    assert (stand.link, stand.gate.early, stand.gate.opens_to(stand.gate.opens[-1][0])) == (
        "sealed",
        3,
        PUBLIC - 5 * MINUTE_MS,
    )


async def test_L5_R3_a_permit_is_given_used_once_and_the_last_piece_sells_out(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(a_gate(stock=1))
    first = await permit(ledger, "a1", "m1")
    assert await permit(ledger, "a2", "m1") == first
    [late] = await ledger.receipts(asks("a3", "m2"))
    assert (late.outcome, late.code) == ("refused", "sold_out")
    used = await ledger.apply(verifies("v1", first))
    assert [change.value["state"] for change in used.items if isinstance(change.value, dict)] == ["sold_out"]
    [again] = await ledger.receipts(verifies("v2", first))
    assert (again.outcome, again.code) == ("refused", "permit_used")
    [same] = await ledger.receipts(verifies("v1", first))
    assert same.outcome == "duplicate"
    await clean(ledger)


async def test_L5_a_permit_that_ran_out_gives_its_piece_back(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(a_gate(stock=1))
    first = await permit(ledger, "a1", "m1")
    over_ms = PUBLIC + PERMIT_MS
    second = await permit(ledger, "a2", "m2", at_ms=over_ms)
    [refused] = await ledger.receipts(verifies("v1", first, at_ms=over_ms))
    assert refused.code == "permit_expired"
    [used] = await ledger.receipts(verifies("v2", second, at_ms=over_ms))
    assert used.outcome == "applied"
    await ledger.apply(ExpirePermit(origin("x1", at_ms=over_ms), PermitId(first)))
    kept = await ledger.queries.permit(PermitId(first))
    assert kept is not None
    assert kept.state == "expired"
    await clean(ledger)


async def test_L5_R3_many_who_ask_at_once_over_two_journals_get_exactly_the_stock(
    databases: tuple[Ledger, Ledger],
) -> None:
    one, two = databases
    await one.apply(a_gate(stock=7))
    answers = await asyncio.gather(
        *(
            ledger.receipts(*(asks(f"{name}{n}-{k}", f"{name}{n}-{k}") for k in range(4)))
            for n in range(4)
            for name, ledger in (("a", one), ("b", two))
        )
    )
    given = [receipt for receipts in answers for receipt in receipts if receipt.outcome == "applied"]
    refused = [receipt.code for receipts in answers for receipt in receipts if receipt.outcome == "refused"]
    assert len(given) == 7
    assert set(refused) == {"sold_out"}
    await clean(one)


async def test_L5_R3_verified_in_parallel_a_permit_works_once(databases: tuple[Ledger, Ledger]) -> None:
    one, two = databases
    await one.apply(a_gate())
    mine = await permit(one, "a1", "m1")
    answers = await asyncio.gather(
        *(
            ledger.receipts(verifies(f"{n}-{name}", mine))
            for n in range(5)
            for name, ledger in (("a", one), ("b", two))
        )
    )
    outcomes = [receipt.outcome for receipts in answers for receipt in receipts]
    assert sorted(outcomes) == ["applied", *["refused"] * 9]
    await clean(one)


async def test_L5_R3_one_member_on_two_nodes_gets_one_permit(databases: tuple[Ledger, Ledger]) -> None:
    one, two = databases
    await one.apply(a_gate())
    answers = await asyncio.gather(
        *(
            ledger.receipts(asks(f"{n}-{name}", "m1"))
            for n in range(4)
            for name, ledger in (("a", one), ("b", two))
        )
    )
    assert len({dict(receipt.details)["permit"] for receipts in answers for receipt in receipts}) == 1


async def test_L5_what_ran_out_is_claimed_once_and_in_its_room(databases: tuple[Ledger, Ledger]) -> None:
    one, two = databases
    await one.apply(a_gate())
    mine = await permit(one, "a1", "m1")
    assert one.engines is not None
    assert two.engines is not None
    over_ms = PUBLIC + PERMIT_MS
    assert await DueWork(one.engines).permits(over_ms - 1, 10) == []
    found = await asyncio.gather(
        DueWork(one.engines).permits(over_ms, 10), DueWork(two.engines).permits(over_ms, 10)
    )
    assert [(one.id, str(one.member)) for some in found for one in some] == [(mine, str(ROOM))]


async def test_L12_L5_the_end_of_the_show_cancels_gates_for_good(ledger: Ledger) -> None:
    await ledger.with_live_show()
    await ledger.apply(a_gate())
    over = await ledger.apply(show_status("over", "ended"))
    assert [change.value for change in over.items if change.key == "gates/g1"] == [None]
    [refused] = await ledger.receipts(asks("a1", "m1"))
    assert refused.code == "closed"
    stand = await ledger.queries.gate(G1)
    assert stand is not None
    assert stand.gate.state == "cancelled"


async def test_L5_R3_one_member_who_asks_on_two_nodes_buys_no_more_than_the_limit(
    databases: tuple[Ledger, Ledger],
) -> None:
    one, two = databases
    await one.apply(a_gate(per_member=2))

    async def buys(ledger: Ledger, name: str) -> list[str | None]:
        codes: list[str | None] = []
        for n in range(4):
            [asked] = await ledger.receipts(asks(f"{name}{n}", "m1"))
            if asked.outcome == "refused":
                codes.append(asked.code)
                continue
            held = str(dict(asked.details)["permit"])
            codes += [receipt.code for receipt in await ledger.receipts(verifies(f"v{name}{n}", held))]
        return codes

    said = await asyncio.gather(buys(one, "a"), buys(two, "b"))
    codes = [code for both in said for code in both]
    assert codes.count(None) == 2
    assert set(codes) <= {None, "permit_used", "limit_reached"}
    [another] = await one.receipts(asks("x", "m2"))
    assert another.outcome == "applied"
    stand = await one.queries.gate(G1)
    assert stand is not None
    assert (stand.verified, stand.per_member) == (2, 2)
    await clean(one)


async def test_L5_R9_the_numbers_of_a_gate_are_versioned_whichever_node_changed_them(
    databases: tuple[Ledger, Ledger],
) -> None:
    one, two = databases
    await one.apply(a_gate(stock=5))
    left = []
    for n, ledger in enumerate((one, two, two, one)):
        given = await ledger.apply(asks(f"a{n}", f"m{n}"))
        left += [(fact.version, fact.left) for fact in given.facts if isinstance(fact, PermitGiven)]
    assert left == [(2, 4), (3, 3), (4, 2), (5, 1)]


async def test_X1_L5_a_permit_given_before_a_merge_is_the_survivors_and_the_record_names_both(
    ledger: Ledger,
) -> None:
    await ledger.with_live_show()
    await ledger.apply(a_gate(per_member=1))
    given = await permit(ledger, "a1", "m1")
    other = await permit(ledger, "a2", "m2")
    await ledger.apply(merged("merge", "m2", "m1"))
    kept = await ledger.queries.permit(PermitId(given))
    assert kept is not None
    assert kept.member == "m2"
    [used] = await ledger.receipts(replace(verifies("v1", given), bearer="m1"))
    assert (used.outcome, dict(used.details)) == ("applied", {"member": "m2"})
    [again] = await ledger.receipts(verifies("v2", given))
    assert again.code == "permit_used"
    [second] = await ledger.receipts(verifies("v3", other))
    assert second.code == "permit_expired", "one person now, who has bought the one piece"
    [asked] = await ledger.receipts(asks("a3", "m1", at_ms=PUBLIC + PERMIT_MS))
    assert asked.code == "limit_reached"
    await clean(ledger)
    if ledger.engines is None:
        return
    async with ledger.engines.read() as connection:
        wanted = text(
            "SELECT kind, member, data FROM changes WHERE kind LIKE 'permit%' AND ref = :permit ORDER BY id"
        )
        lines = [tuple(row) for row in (await connection.execute(wanted, {"permit": given})).all()]
    assert [line[:2] for line in lines] == [("permit_given", "m1"), ("permit_verified", "m2")]
    assert json.loads(lines[1][2])["given_to"] == "m1"


async def test_X1_L5_R3_a_merge_and_the_verifying_of_both_permits_at_once_lose_no_piece(
    databases: tuple[Ledger, Ledger],
) -> None:
    one, two = databases
    await one.apply(a_gate(stock=2, per_member=1))
    mine, theirs = await permit(one, "a1", "m1"), await permit(two, "a2", "m2")
    [merge], [first], [second] = await asyncio.gather(
        one.receipts(merged("merge", "m2", "m1")),
        two.receipts(verifies("v1", mine)),
        one.receipts(verifies("v2", theirs)),
    )
    assert merge.outcome == "applied"
    used = [receipt.outcome for receipt in (first, second)].count("applied")
    stand = await one.queries.gate(G1)
    assert stand is not None
    assert 1 <= used == stand.verified
    await clean(one)
