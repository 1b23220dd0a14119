"""Gates on the live socket: the permit, the link, and the number left."""

from server.domain.commands import OpenGate, Origin
from server.ids import GateId, RoomId
from tests.support.stage import Stage

LINK = "https://mall.example/sku-1"


async def opened(stage: Stage, stock: int = 3) -> None:
    origin = Origin("api", "gate", "x", stage.clock.now_ms(), room=RoomId("r1"))
    public_ms = stage.clock.now_ms() + 60_000
    await stage.ledger.submit(
        OpenGate(
            origin, GateId("g1"), "sku-1", "羊绒围巾", 19_900, stage.seal.close(LINK), public_ms, stock, 30
        )
    )
    await stage.told()


async def test_L5_the_link_comes_with_the_permit_and_not_before(stage: Stage) -> None:
    anna = await stage.viewer()
    await opened(stage)
    refused = await stage.refused(anna, "p1", "permit", gate="g1")
    assert (refused.code, refused.retry_after_ms) == ("not_open", 60_000)
    stage.clock.advance(60_000)
    result = await stage.done(anna, "p2", "permit", gate="g1")
    assert (result["link"], result["sku"]) == (LINK, "sku-1")
    claims = stage.permits.read(result["permit"])
    assert claims is not None
    assert (claims.member, claims.sku) == ("anna", "sku-1")
    assert result["expires_ms"] == stage.clock.now_ms() + 60_000
    assert await stage.done(anna, "p2", "permit", gate="g1") == result
    await stage.told()
    assert stage.heard.pulses("gate:g1") == [{"stock_left": 3}, {"stock_left": 2}]
    assert LINK not in str(stage.heard.numbered)


async def test_L5_sold_out_and_not_found_are_said_so(stage: Stage) -> None:
    await opened(stage, stock=1)
    stage.clock.advance(60_000)
    anna, bea = await stage.viewer("anna"), await stage.viewer("bea")
    await stage.done(anna, "p1", "permit", gate="g1")
    assert (await stage.refused(bea, "p1", "permit", gate="g1")).code == "sold_out"
    assert (await stage.refused(bea, "p2", "permit", gate="g2")).code == "not_found"
    assert (await stage.refused(bea, "p3", "permit", gate="")).code == "bad_request"


async def test_L5_R10_who_is_not_signed_in_gets_none(stage: Stage) -> None:
    await opened(stage)
    nobody = await stage.viewer(sub=None)
    assert (await stage.refused(nobody, "p1", "permit", gate="g1")).code == "sign_in"


async def test_L5_with_the_ledger_away_nobody_is_let_in(stage: Stage) -> None:
    anna = await stage.viewer()
    await opened(stage)
    stage.clock.advance(60_000)
    stage.ledger.away = True
    assert (await stage.refused(anna, "p1", "permit", gate="g1")).code == "try_later"


async def test_L5_R5_who_asks_too_early_is_refused_without_the_ledger_and_nobody_is_let_in_without_it(
    stage: Stage,
) -> None:
    anna = await stage.viewer()
    await opened(stage)
    await stage.gateway.rooms.get(RoomId("r1"))
    stage.ledger.away = True
    refused = await stage.refused(anna, "p1", "permit", gate="g1")
    assert (refused.code, refused.retry_after_ms) == ("not_open", 60_000)
    assert refused.details == {"opens_ms": stage.clock.now_ms() + 60_000}
    stage.clock.advance(59_999)
    assert (await stage.refused(anna, "p2", "permit", gate="g1")).code in ("not_open", "try_later")
    stage.clock.advance(1)
    assert (await stage.refused(anna, "p3", "permit", gate="g1")).code == "try_later"
