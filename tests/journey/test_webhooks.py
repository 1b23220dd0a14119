"""An order reaches the shop's other systems: signed, with the member's version, from a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.receiver import Receiver
from tests.support.shop import Json, Shop
from tests.support.site import Site, a_site, directory_of


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two workers, whose receivers are on this machine."""
    start = ("--workers", "2", "--allow-private-webhooks")
    with a_site(directory_of(request, tmp_path_factory), start=start) as shared:
        yield shared


async def tell(shop: Shop, receiver: Receiver, *types: str) -> Json:
    answer = await shop.http.post("/v1/webhook-endpoints", json={"url": receiver.url, "types": types})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def test_HOK1_HOK4_an_order_that_lifts_a_member_is_told_signed_with_the_version(
    site: Site, shop: Shop, mei: str
) -> None:
    async with Receiver() as receiver:
        made = await tell(shop, receiver, "tier.upgraded", "coupon.granted", "points.changed")
        await shop.post_events(shop.order(mei, 300, order=site.fresh("o")))
        got = await receiver.until(3)
        said = [one.verified(made["secret"]) for one in got]
        assert [one["type"] for one in said] == ["tier.upgraded", "coupon.granted", "points.changed"]
        card = await shop.card(mei)
        assert {one["data"]["version"] for one in said} == {card["version"]}
        assert said[0]["data"]["tier"] == card["tier"] == "silver"
        assert said[2]["data"]["points"] == card["points"]
        assert len({one.id for one in got}) == 3
        await shop.http.delete(f"/v1/webhook-endpoints/{made['id']}")


async def test_HOK4_after_a_rotation_both_secrets_verify(site: Site, shop: Shop, mei: str) -> None:
    async with Receiver() as receiver:
        made = await tell(shop, receiver, "points.changed")
        rotated = await shop.http.post(f"/v1/webhook-endpoints/{made['id']}/secret")
        await shop.post_events(shop.order(mei, 5, order=site.fresh("o")))
        [got] = await receiver.until(1)
        for secret in (made["secret"], rotated.json()["secret"]):
            assert got.verified(secret)["type"] == "points.changed"
        await shop.http.delete(f"/v1/webhook-endpoints/{made['id']}")
    logged = site.process.logged()
    assert made["secret"] not in logged
    assert rotated.json()["secret"] not in logged


async def test_HOK1_a_show_that_ended_is_told(site: Site, shop: Shop) -> None:
    async with Receiver() as receiver:
        made = await tell(shop, receiver, "show.ended")
        room = site.fresh("room")
        show = await shop.open_room(room)
        await shop.http.patch(f"/v1/rooms/{room}/shows/{show}", json={"status": "ended"})
        [got] = await receiver.until(1)
        assert got.verified(made["secret"])["data"]["show"] == show
        await shop.http.delete(f"/v1/webhook-endpoints/{made['id']}")
