"""/v1/rewards: the shop as everybody sees it, what may be put into it, and goods that could not be sent."""

import pytest

from server.api.rewards import MAX_REWARDS
from server.domain.commands import ById, Origin, PutReward, RedeemReward
from server.domain.decide.rewards import reward_claim_id
from server.domain.rewards import GOODS, RewardTerms
from server.ids import MemberId, RewardId
from tests.edge.api.under_test import Api, Json

BAG: Json = {"kind": "goods", "name": "帆布袋", "cost": 200}
COUPON: Json = {
    "kind": "coupon",
    "name": "满减券",
    "cost": 100,
    "off": 500,
    "min": 2_000,
    "valid_ms": 86_400_000,
}


async def put(api: Api, proof: dict[str, str], reward: str = "bag", **body: object) -> Json:
    answer = await api.http.put(f"/v1/rewards/{reward}", json=body, headers=proof)
    shown: Json = answer.json()
    return {**shown, "status": answer.status_code}


async def listed(api: Api) -> list[Json]:
    answer = await api.http.get("/v1/rewards")
    assert answer.status_code == 200
    shown: list[Json] = answer.json()["rewards"]
    return shown


async def redeemed(api: Api, event: str = "anna:1", reward: str = "bag", member: str = "m1") -> str:
    """Let a member who was given points redeem on the socket; return the redemption's id."""
    grant = {"points": 1_000, "reason": "to spend"}
    await api.http.post(f"/v1/members/{member}/grants", json=grant, headers=api.token("operator"))
    origin = Origin("live", event, event, api.clock.now_ms(), actor=member)
    receipt = await api.intake.submit(RedeemReward(origin, ById(MemberId(member)), RewardId(reward)))
    assert receipt.outcome == "applied", receipt
    return reward_claim_id("live", event)


async def points(api: Api, member: str = "m1") -> int:
    answer = await api.http.get(f"/v1/members/{member}", headers=api.token("operator"))
    found: int = answer.json()["card"]["points"]
    return found


async def test_P2_a_reward_is_put_shown_changed_and_closed(api: Api) -> None:
    key = await api.key("rewards")
    made = await put(
        api, key, **BAG, stock=5, per_member=2, cooldown_s=60, image="https://shop.example/bag.png"
    )
    assert made == {
        "status": 200,
        "id": "bag",
        "name": "帆布袋",
        "kind": "goods",
        "cost": 200,
        "stock": 5,
        "stock_left": 5,
        "per_member": 2,
        "cooldown_s": 60,
        "image": "https://shop.example/bag.png",
        "order": 0,
        "state": "open",
        "rev": 1,
    }
    assert (await put(api, key, **BAG, stock=5))["rev"] == 2
    assert (await put(api, key, **BAG, stock=5))["rev"] == 2
    closed = (await api.http.delete("/v1/rewards/bag", headers=key)).json()
    assert (closed["state"], closed["rev"]) == ("closed", 3)
    assert await listed(api) == []
    assert (await api.http.get("/v1/rewards/bag", headers=key)).json()["state"] == "closed"
    assert (await api.http.get("/v1/rewards/cup", headers=key)).status_code == 404
    assert (await api.http.delete("/v1/rewards/cup", headers=key)).status_code == 404


async def test_RWD1_P7_everybody_sees_the_shop_cheap_things_first_and_sold_out_ones_last(api: Api) -> None:
    operator = api.token("operator")
    await put(api, operator, "dear", **{**BAG, "cost": 900})
    await put(api, operator, "gone", **{**BAG, "cost": 1, "stock": 0})
    await put(api, operator, "cheap", **COUPON)
    shop = await listed(api)
    assert [(one["id"], one["cost"], one["stock_left"]) for one in shop] == [
        ("cheap", 100, None),
        ("dear", 900, None),
        ("gone", 1, 0),
    ]
    assert (shop[0]["off"], shop[0]["min"], shop[0]["valid_ms"]) == (500, 2_000, 86_400_000)
    assert "off" not in shop[1]


async def test_P2_a_stock_lowered_below_what_is_taken_is_sold_out_and_never_negative(api: Api) -> None:
    operator = api.token("operator")
    await put(api, operator, **BAG, stock=5)
    for n in range(3):
        await redeemed(api, f"anna:{n}")
    lowered = await put(api, operator, **BAG, stock=2)
    assert (lowered["stock"], lowered["stock_left"]) == (2, 0)
    assert (await put(api, operator, **BAG, stock=4))["stock_left"] == 1


@pytest.mark.parametrize(
    "change, field",
    [
        ({"cost": -5}, "cost"),
        ({"cost": 0}, "cost"),
        ({"cost": 1.5}, "cost"),
        ({"stock": -1}, "stock"),
        ({"per_member": 0}, "per_member"),
        ({"cooldown_s": -1}, "cooldown_s"),
        ({"name": "\u200b"}, "name"),
        ({"image": "javascript:alert(1)"}, "image"),
        ({"off": 500}, "off"),
        ({"kind": "yacht"}, ""),
        ({"kind": "coupon"}, "off"),
        ({"taken": 3}, "taken"),
    ],
)
async def test_P2_what_a_shop_cannot_hold_is_refused_with_the_field(
    api: Api, change: Json, field: str
) -> None:
    answer = await api.http.put("/v1/rewards/bag", json={**BAG, **change}, headers=api.token("operator"))
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_shape")
    assert answer.json()["errors"][0]["field"] == field
    assert await listed(api) == []


async def test_RWD1_P2_another_kind_is_another_reward(api: Api) -> None:
    operator = api.token("operator")
    await put(api, operator, **BAG)
    refused = await put(api, operator, **COUPON)
    assert (refused["status"], refused["code"]) == (409, "bad_request")


async def test_P2_goods_that_cannot_be_sent_are_cancelled_once(api: Api) -> None:
    key = await api.key("rewards")
    await put(api, key, **BAG, stock=1)
    claim = await redeemed(api)
    assert await points(api) == 800
    shown = (await api.http.get(f"/v1/rewards/redemptions/{claim}", headers=key)).json()
    assert shown == {
        "id": claim,
        "member": "m1",
        "reward": "bag",
        "name": "帆布袋",
        "kind": "goods",
        "cost": 200,
        "at_ms": api.clock.now_ms(),
        "state": "taken",
        "coupon": None,
    }
    path = f"/v1/rewards/redemptions/{claim}/cancel"
    first = await api.http.post(path, json={"reason": "wrong address"}, headers=key)
    assert (first.status_code, first.json()["state"]) == (200, "cancelled")
    again = await api.http.post(path, json={}, headers=key)
    assert (again.status_code, again.json()["code"]) == (409, "already_cancelled")
    assert (await points(api), (await listed(api))[0]["stock_left"]) == (1_000, 1)
    never = await api.http.post("/v1/rewards/redemptions/rr_0/cancel", json={}, headers=key)
    assert never.status_code == 404


async def test_R2_P2_a_cancel_with_the_same_key_is_answered_the_same(api: Api) -> None:
    key = {**await api.key("rewards"), "idempotency-key": "once"}
    await put(api, api.token("operator"), **BAG)
    path = f"/v1/rewards/redemptions/{await redeemed(api)}/cancel"
    first = await api.http.post(path, json={}, headers=key)
    again = await api.http.post(path, json={}, headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert await points(api) == 1_000


async def test_P2_a_coupon_is_handed_over_and_stays(api: Api) -> None:
    key = await api.key("rewards")
    await put(api, key, "cheap", **COUPON)
    claim = await redeemed(api, reward="cheap")
    card = (await api.http.get("/v1/members/m1", headers=api.token("operator"))).json()["card"]
    assert [(one["title"], one["off"]) for one in card["coupons"]] == [("满减券", 500)]
    refused = await api.http.post(f"/v1/rewards/redemptions/{claim}/cancel", json={}, headers=key)
    assert (refused.status_code, refused.json()["code"]) == (409, "handed_over")


async def test_P8_the_card_names_the_nearest_reward(api: Api) -> None:
    operator = api.token("operator")
    await put(api, operator, **BAG)
    await put(api, operator, "dear", **{**BAG, "name": "大礼包", "cost": 1_500})
    await redeemed(api)
    await api.catalogue.refresh(api.clock.now_ms())
    card = (await api.http.get("/v1/members/m1", headers=operator)).json()["card"]
    assert card["points"] == 800
    assert card["nearest_reward"] == {"id": "dear", "name": "大礼包", "points_to_go": 700}


async def test_RWD1_R10_only_the_shop_and_the_operator_change_the_shop(api: Api) -> None:
    for proof in (await api.key("redemptions"), api.token("viewer"), api.token("host")):
        assert (await put(api, proof, **BAG))["status"] == 403
        for call in (
            api.http.delete("/v1/rewards/bag", headers=proof),
            api.http.get("/v1/rewards/bag", headers=proof),
            api.http.get("/v1/rewards/redemptions/rr_1", headers=proof),
            api.http.post("/v1/rewards/redemptions/rr_1/cancel", json={}, headers=proof),
        ):
            assert (await call).status_code == 403
    assert (await api.http.put("/v1/rewards/bag", json=BAG)).status_code == 401


async def test_P2_a_shop_has_an_end(api: Api) -> None:
    operator = api.token("operator")
    terms = RewardTerms("礼物", GOODS, 10)
    await api.intake.submit_many(
        [
            PutReward(Origin("api", f"p{n}", "x", api.clock.now_ms()), RewardId(f"r{n}"), terms)
            for n in range(MAX_REWARDS)
        ]
    )
    refused = await put(api, operator, **BAG)
    assert (refused["status"], refused["code"]) == (409, "limit_reached")
    await api.http.delete("/v1/rewards/r0", headers=operator)
    assert (await put(api, operator, **BAG))["status"] == 200
    assert (await put(api, operator, "r0", **{**BAG, "name": "礼物"}))["code"] == "limit_reached"
