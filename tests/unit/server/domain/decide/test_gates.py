"""Early-access gates: when they open to whom, and what they give."""

from dataclasses import replace

import pytest

from server.domain.commands import (
    AskPermit,
    CancelGate,
    ExpirePermit,
    OpenGate,
    SetShowStatus,
    VerifyPermit,
)
from server.domain.facts import GateChanged, PermitExpired, PermitGiven, PermitVerified
from server.domain.gates import MOST_SHOWN, PERMIT_MS, Gate
from server.domain.state import TierHold
from server.ids import GateId, PermitId, TierId
from server.rulebooks.loading import load_preset
from tests.unit.server.domain.builders import (
    DAY,
    HOUR,
    MEI,
    MINUTE,
    NOW,
    ROOM,
    SHOW,
    Stage,
    a_member,
    by,
    origin,
    stage_with,
)

G1 = GateId("g1")
PUBLIC = NOW + 10 * MINUTE
BLACK_OPENS = PUBLIC - 5 * MINUTE


def a_gate(gate: str = "g1", /, **changes: object) -> OpenGate:
    values: dict[str, object] = {
        "sku": "sku-1",
        "title": "羊绒围巾",
        "price": 19_900,
        "link": "sealed",
        "public_ms": PUBLIC,
        "stock": 10,
        "early_percent": 30,
    } | changes
    return OpenGate(origin(), GateId(gate), **values)  # type: ignore[arg-type]  # each test gives what it names


def asks(who: str = MEI, event: str | None = None) -> AskPermit:
    return AskPermit(origin(event=event), by(who), G1)


def gated(*members: str, **changes: object) -> Stage:
    """A gate, and black members."""
    stage = stage_with(*(a_member(who, growth=12_000) for who in members))
    stage.applied(a_gate(**changes))
    return stage


def gate(stage: Stage) -> Gate:
    return stage.world.gates[G1].gate


def permit_of(stage: Stage, who: str = MEI) -> PermitId:
    return [fact.permit.id for fact in stage.told(PermitGiven) if fact.permit.member == who][-1]


def verifies(permit: PermitId, sku: str = "sku-1") -> VerifyPermit:
    return VerifyPermit(origin(), permit, sku)


def reread(stage: Stage) -> Stage:
    """Let a new batch begin: what permits hold is counted anew, as loading does."""
    stand = stage.world.gates[G1]
    held = [one for one in stage.world.permits.values() if one.state == "open" and one.expires_ms > stage.now]
    early = sum(one.early for one in held)
    stage.world.gates[G1] = replace(stand, held=len(held), held_early=early)
    return stage


def test_L5_B2_a_gate_opens_to_each_tier_at_its_own_time_and_all_are_public() -> None:
    opens = dict(gate(gated()).opens)
    assert opens == {
        "basic": PUBLIC,
        "bronze": PUBLIC,
        "silver": PUBLIC,
        "gold": PUBLIC,
        "black": BLACK_OPENS,
    }
    assert stage_with().world.rooms[ROOM].gates == ()


def test_L5_the_server_decides_to_the_millisecond() -> None:
    stage = gated(MEI)
    stage.now = BLACK_OPENS - 1
    refusal = stage.refused(asks())
    assert (refusal.code, refusal.retry_after_ms) == ("not_open", 1)
    stage.now = BLACK_OPENS
    assert stage.applied(asks()).details[0][0] == "permit"


def test_L5_everybody_else_waits_for_the_public_time() -> None:
    stage = gated()
    stage.now = PUBLIC - 1
    assert stage.refused(asks("anyone")).code == "not_open"
    stage.now = PUBLIC
    stage.applied(asks("anyone"))


def test_P4_L5_early_access_looks_at_the_settled_tier_and_never_at_a_boost() -> None:
    boosted = replace(a_member("boosted", growth=2_500), boost=TierHold(TierId("black"), NOW + DAY))
    granted = replace(a_member("granted"), grant=TierHold(TierId("black"), NOW + DAY))
    stage = stage_with(boosted, granted)
    stage.applied(a_gate())
    stage.now = BLACK_OPENS
    assert stage.refused(asks("boosted")).code == "not_open"
    stage.applied(asks("granted"))


def test_L5_one_open_permit_per_member_and_asking_again_gives_the_same() -> None:
    stage = gated(MEI)
    stage.now = PUBLIC
    first, again = stage.applied(asks()), stage.applied(asks())
    assert first.details == again.details
    assert len(stage.told(PermitGiven)) == 1
    stage.applied(verifies(permit_of(stage)))
    assert stage.applied(asks()).details != first.details


def test_L5_at_most_the_early_share_goes_early() -> None:
    stage = gated("a", "b", "c", "d")
    stage.now = BLACK_OPENS
    for who in "abc":
        stage.applied(asks(who))
    refusal = stage.refused(asks("d"))
    assert (refusal.code, dict(refusal.details)["opens_ms"]) == ("not_open", PUBLIC)
    stage.applied(verifies(permit_of(stage, "a")))
    assert stage.refused(asks("d")).code == "not_open", "what was sold early stays sold early"
    stage.now = PUBLIC
    stage.applied(asks("d"))


def test_L5_stock_is_never_oversold_and_a_permit_that_runs_out_gives_its_piece_back() -> None:
    stage = gated(stock=2)
    stage.now = PUBLIC
    stage.applied(asks("a"))
    stage.applied(asks("b"))
    assert stage.refused(asks("c")).code == "sold_out"
    stage.now += PERMIT_MS
    reread(stage).applied(asks("c"))
    assert stage.refused(verifies(permit_of(stage, "a"))).code == "permit_expired"


def test_L5_a_permit_is_good_for_nothing_once_its_piece_was_sold_to_another_by_a_faster_clock() -> None:
    stage = gated(stock=1)
    stage.now = PUBLIC
    stage.applied(asks("a"))
    slow = stage.now + PERMIT_MS - 1
    stage.now += PERMIT_MS
    reread(stage).applied(asks("b"))
    stage.applied(verifies(permit_of(stage, "b")))
    stage.now = slow
    assert stage.refused(verifies(permit_of(stage, "a"))).code == "permit_expired"
    assert stage.world.gates[G1].verified == 1


def test_L5_R8_gates_opened_and_cancelled_without_end_do_not_pile_up_on_the_screen() -> None:
    stage = gated()
    for n in range(30):
        stage.applied(a_gate(f"again{n}"))
        stage.applied(CancelGate(origin(), GateId(f"again{n}")))
    shown = stage.world.rooms[ROOM].gates
    assert len(shown) == MOST_SHOWN
    assert (shown[0].id, shown[-1].id) == (G1, "again29")


def test_R3_a_permit_works_once() -> None:
    stage = gated()
    stage.now = PUBLIC
    stage.applied(asks())
    stage.applied(verifies(permit_of(stage)))
    assert stage.refused(verifies(permit_of(stage))).code == "permit_used"


def test_L5_a_permit_is_bound_to_its_sku_and_to_its_minute() -> None:
    stage = gated()
    stage.now = PUBLIC
    stage.applied(asks())
    assert stage.refused(verifies(permit_of(stage), "another")).code == "permit_other_sku"
    stage.now += PERMIT_MS - 1
    stage.applied(verifies(permit_of(stage)))
    assert stage.refused(verifies(PermitId("made up"))).code == "not_found"


def test_L5_the_last_piece_sold_is_told_once() -> None:
    stage = gated(stock=1)
    stage.now = PUBLIC
    stage.applied(asks())
    assert gate(stage).state == "scheduled"
    stage.applied(verifies(permit_of(stage)))
    assert gate(stage).state == "sold_out"
    assert stage.refused(asks("late")).code == "sold_out"


def test_L5_cancelled_gives_no_more_and_what_was_given_stays_good() -> None:
    stage = gated()
    stage.now = PUBLIC
    stage.applied(asks())
    stage.applied(CancelGate(origin(), G1))
    assert stage.decide(CancelGate(origin(), G1)).facts == ()
    assert stage.refused(asks("late")).code == "closed"
    stage.applied(verifies(permit_of(stage)))


def test_L12_the_end_of_the_show_closes_its_gates() -> None:
    stage = gated()
    stage.applied(SetShowStatus(origin(), SHOW, "ended"))
    assert [fact.gate.state for fact in stage.told(GateChanged)] == ["cancelled"]
    assert stage.world.rooms[ROOM].gates == ()
    stage.now = PUBLIC
    assert stage.refused(asks()).code == "closed"


def test_L5_a_permit_runs_out_once_and_not_before_its_minute() -> None:
    stage = gated()
    stage.now = PUBLIC
    stage.applied(asks())
    expire = ExpirePermit(origin(), permit_of(stage))
    stage.now += PERMIT_MS - 1
    assert stage.decide(expire).facts == ()
    stage.now += 1
    assert len(reread(stage).decide(expire).facts) == 1
    assert stage.decide(expire).facts == ()
    assert stage.world.gates[G1].left == 10


@pytest.mark.parametrize(
    "wrong,field",
    [
        ({"price": -1}, "price"),
        ({"stock": 0}, "stock"),
        ({"early_percent": 31}, "early_share"),
        ({"public_ms": NOW - 1}, "public_ms"),
        ({"public_ms": NOW + 8 * DAY}, "public_ms"),
    ],
)
def test_L5_R8_a_gate_that_makes_no_sense_is_refused_naming_the_field(
    wrong: dict[str, object], field: str
) -> None:
    refusal = stage_with().refused(a_gate(**wrong))
    assert refusal.code == "bad_request"
    assert field in refusal.message


def test_L5_a_gate_needs_a_live_show_and_is_found_in_its_room_only() -> None:
    assert stage_with(status="scheduled").refused(a_gate()).code == "off_air"
    assert stage_with().after(HOUR).refused(asks()).code == "not_found"


def test_L5_R3_one_member_buys_no_more_than_the_host_allows() -> None:
    stage = gated("a", "b", stock=10, per_member=2)
    stage.now = PUBLIC
    for _ in range(2):
        stage.applied(asks("a"))
        stage.applied(verifies(permit_of(stage, "a")))
    refused = stage.refused(asks("a"))
    assert (refused.code, refused.message) == ("limit_reached", "gate: one member may buy 2 here")
    stage.applied(asks("b"))
    assert stage.world.gates[G1].verified == 2


def test_L5_R3_a_permit_that_outlived_its_member_s_limit_by_another_clock_is_worth_nothing() -> None:
    stage = gated(stock=10, per_member=1)
    stage.now = PUBLIC
    stage.applied(asks("a"))
    first, slow = permit_of(stage, "a"), stage.now + PERMIT_MS - 1
    stage.now += PERMIT_MS
    reread(stage).applied(asks("a"))
    stage.applied(verifies(permit_of(stage, "a")))
    stage.now = slow
    assert stage.refused(verifies(first)).code == "permit_expired"
    assert stage.world.gates[G1].verified == 1


def test_L5_T3_a_co_brand_gate_opens_early_to_whoever_has_that_benefit() -> None:
    for gate_id, cobrand in (("own", False), ("both", True)):
        stage = stage_with(rulebook=load_preset("laopengyou"))
        stage.applied(a_gate(gate_id, cobrand=cobrand))
        opens = dict(stage.world.gates[GateId(gate_id)].gate.opens)
        assert opens[TierId("lv4")] == PUBLIC - (300_000 if cobrand else 0)
        assert opens[TierId("lv3")] == PUBLIC


def test_L5_every_change_of_what_is_left_has_a_newer_version() -> None:
    stage = gated(stock=3)
    stage.now = PUBLIC
    stage.applied(asks("a"))
    stage.applied(asks("b"))
    stage.applied(verifies(permit_of(stage, "a")))
    stage.now += PERMIT_MS
    stage.applied(ExpirePermit(origin(), permit_of(stage, "b")))
    versions = [one.version for one in stage.told(PermitGiven)]
    versions += [one.version for one in stage.told(PermitVerified)]
    versions += [one.version for one in stage.told(PermitExpired)]
    assert versions == [2, 3, 4, 5]
    assert stage.world.gates[G1].version == 5


@pytest.mark.parametrize("limit", [0, -1, 1_001])
def test_L5_R8_a_limit_that_makes_no_sense_is_refused_naming_the_field(limit: int) -> None:
    assert "per_member" in stage_with().refused(a_gate(per_member=limit)).message
