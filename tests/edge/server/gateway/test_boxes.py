"""Opening a blind box on the socket: redeemed for points, or with a ticket of a streak."""

from dataclasses import replace

from server.domain.boxes import GOODS, POINTS, TICKET_SERIES, BoxPrize, BoxSeed, BoxSeries, seed_name
from server.domain.commands import Origin, PutReward
from server.domain.fairness import box_of, commitment_of
from server.domain.rewards import BLIND_BOX, RewardTerms
from server.ids import MemberId, RewardId, SeriesId
from tests.support.stage import Stage

SEED = "6b" * 32


def promise(stage: Stage, series: str) -> None:
    """What a database would load of a series."""
    world = stage.ledger.world
    id_, day = SeriesId(series), world.calendar.day_of(stage.clock.now_ms())
    commitment = commitment_of(bytes.fromhex(SEED), seed_name(id_, day))
    world.boxes.put_series(BoxSeries(id_))
    world.boxes.put_seed(BoxSeed(id_, day, commitment, "sealed", 0))
    world.boxes.secrets[id_, day] = SEED


async def test_P2_P3_a_box_is_redeemed_and_opened_at_once(stage: Stage) -> None:
    anna = await stage.viewer("anna", name="小美")
    contents = (BoxPrize("7积分", POINTS, 1, points=7), BoxPrize("口红", GOODS, 1))
    terms = RewardTerms("福袋", BLIND_BOX, 10, contents=contents)
    await stage.ledger.submit(
        PutReward(Origin("api", "put", "x", stage.clock.now_ms()), RewardId("bag"), terms)
    )
    await stage.done(anna, "1", "follow")
    early = await stage.refused(anna, "2", "redeem", reward="bag")
    assert (early.code, early.retry_after_ms) == ("try_later", 5_000)
    promise(stage, "bag")
    done = await stage.done(anna, "my word", "redeem", reward="bag")
    prize = contents[box_of(bytes.fromhex(SEED), "my word", 1, (1, 1))]
    assert (done["prize"], done["points"]) == (prize.name, prize.points - 10)
    assert done["opening"].startswith("bx_")
    assert await stage.done(anna, "my word", "redeem", reward="bag") == done, "the same ref, the same box"
    assert stage.ledger.world.boxes.series[SeriesId("bag")].opened == 1


async def test_E5_a_ticket_is_on_the_card_and_opens_one_box(stage: Stage) -> None:
    anna = await stage.viewer("anna")
    assert (await stage.refused(anna, "1", "open_box")).code == "not_enough_points"
    await stage.done(anna, "2", "follow")
    world = stage.ledger.world
    who = MemberId("anna")
    today = world.calendar.day_of(stage.clock.now_ms())
    world.members[who] = replace(world.members[who], streak=6, streak_day=today - 1)
    assert (await stage.done(anna, "3", "check_in"))["tickets"] == 1
    await stage.told()
    assert anna.cards()[-1]["tickets"] == 1
    promise(stage, TICKET_SERIES)
    done = await stage.done(anna, "4", "open_box")
    assert (done["tickets"], done["prize_kind"], done["points"]) == (0, "points", done["prize_points"])
    await stage.told()
    assert "tickets" not in anna.cards()[-1]
    assert (await stage.refused(anna, "5", "open_box")).code == "not_enough_points"
    assert (await stage.refused(anna, "6", "open_box", series="bag")).code == "bad_request"
