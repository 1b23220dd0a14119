"""/v1/boxes: what a series may hold and promises, and the proof of an opened box; blind boxes in the shop."""

import pytest

from server.credentials.keys import Seal
from server.domain.box_commands import PromiseBoxSeed, RevealBoxSeed
from server.domain.boxes import seed_name
from server.domain.commands import ById, Origin, RedeemReward
from server.domain.fairness import box_of, commitment_of
from server.ids import MemberId, RewardId, SeriesId
from tests.edge.api.under_test import SECRET, Api, Json

SEED = "5a" * 32
SERIES = SeriesId("bag")
DAY_MS = 86_400_000
BOX: Json = {
    "kind": "blind_box",
    "name": "福袋",
    "cost": 100,
    "contents": [
        {"name": "5积分", "kind": "points", "weight": 60, "points": 5},
        {"name": "满减券", "kind": "coupon", "weight": 30, "off": 500, "days": 3},
        {"name": "口红", "kind": "goods", "weight": 10, "stock": 2},
    ],
}


async def put(api: Api, body: Json, reward: str = "bag") -> Json:
    answer = await api.http.put(f"/v1/rewards/{reward}", json=body, headers=await api.key("rewards"))
    shown: Json = answer.json()
    return {**shown, "status": answer.status_code}


def job(api: Api, event: str) -> Origin:
    return Origin("jobs", event, event, api.clock.now_ms(), actor="jobs")


async def promised(api: Api, day: int) -> None:
    commitment = commitment_of(bytes.fromhex(SEED), seed_name(SERIES, day))
    sealed = Seal(SECRET).close(SEED)
    await api.intake.submit(PromiseBoxSeed(job(api, f"promise {day}"), SERIES, day, commitment, sealed))


async def opened(api: Api, ref: str = "ref-1") -> Json:
    grant = {"points": 1_000, "reason": "to spend"}
    await api.http.post("/v1/members/m1/grants", json=grant, headers=api.token("operator"))
    origin = Origin("live", f"m1:{ref}", ref, api.clock.now_ms(), actor="m1")
    receipt = await api.intake.submit(RedeemReward(origin, ById(MemberId("m1")), RewardId("bag"), ref))
    assert receipt.outcome == "applied", receipt
    return dict(receipt.details)


def today(api: Api) -> int:
    return (api.clock.now_ms() + 8 * 3_600_000) // DAY_MS


async def test_P2_a_blind_box_is_put_and_shown_with_its_weights(api: Api) -> None:
    made = await put(api, BOX)
    assert (made["status"], made["kind"], made["state"]) == (200, "blind_box", "open")
    assert made["contents"] == [
        {"name": "5积分", "kind": "points", "weight": 60, "stock": None, "points": 5},
        {"name": "满减券", "kind": "coupon", "weight": 30, "stock": None, "off": 500, "min": 0, "days": 3},
        {"name": "口红", "kind": "goods", "weight": 10, "stock": 2},
    ]
    assert (await put(api, BOX))["rev"] == 1, "the same again changes nothing"


@pytest.mark.parametrize(
    "contents, field",
    [
        ([], "contents"),
        ([{"name": "a", "kind": "goods", "weight": 0}], "contents.0.weight"),
        ([{"name": "a", "kind": "points", "weight": 1}], "contents.0"),
        ([{"name": "a", "kind": "goods", "weight": 1, "points": 5}], "contents.0"),
        ([{"name": "a", "kind": "goods", "weight": 1, "colour": "red"}], "contents.0.colour"),
    ],
)
async def test_P2_wrong_contents_are_refused_and_named(api: Api, contents: list[Json], field: str) -> None:
    answer = await put(api, {**BOX, "contents": contents})
    assert answer["status"] == 422
    assert field in str(answer), answer


async def test_P3_a_series_shows_its_promise_before_a_box_is_opened(api: Api) -> None:
    await put(api, BOX)
    await promised(api, today(api))
    answer = await api.http.get("/v1/boxes/bag")
    shown = answer.json()
    assert answer.status_code == 200
    assert (shown["opened"], [one["left"] for one in shown["contents"]]) == (0, [None, None, 2])
    [seed] = shown["seeds"]
    assert seed["commitment"] == commitment_of(bytes.fromhex(SEED), seed_name(SERIES, today(api)))
    assert seed["seed"] is None
    assert (await api.http.get("/v1/boxes/check_in")).status_code == 200, "the tickets' series"
    assert (await api.http.get("/v1/boxes/nothing")).status_code == 404


async def test_P3_a_proof_names_nobody_and_has_its_seed_on_the_next_day(api: Api) -> None:
    await put(api, BOX)
    day = today(api)
    await promised(api, day)
    told = await opened(api)
    where = f"/v1/boxes/{told['opening']}/proof"
    early = (await api.http.get(where)).json()
    assert early["seed"] is None
    assert "m1" not in str({key: value for key, value in early.items() if key != "commitment"})
    api.clock.advance(DAY_MS)
    await api.intake.submit(RevealBoxSeed(job(api, "reveal"), SERIES, day, SEED))
    proof = (await api.http.get(where)).json()
    weights = [one["weight"] for one in proof["contents"]]
    holds = box_of(bytes.fromhex(proof["seed"]), proof["client_seed"], proof["nonce"], weights)
    assert (proof["algorithm"], proof["client_seed"], proof["nonce"]) == ("liveroom-box-1", "ref-1", 1)
    assert holds == proof["holds"]
    assert proof["contents"][holds]["name"] == proof["prize"] == told["prize"]
    assert (await api.http.get("/v1/boxes/bx_no/proof")).status_code == 404
