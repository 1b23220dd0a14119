"""GET /v1/rooms/{room}/snapshot, and which pages may read it."""

import asyncio

import pytest

from broadcaster.frames import Snapshot
from broadcaster.overload import Level
from broadcaster.testing import MemoryRoomStore
from tests.edge.api.under_test import ORIGIN, Api


async def test_SNP1_a_snapshot_is_the_room_and_unchanged_it_is_304(api: Api) -> None:
    await api.open_room()
    first = await api.http.get("/v1/rooms/demo/snapshot")
    assert first.status_code == 200
    assert first.headers["cache-control"] == "max-age=1"
    body = first.json()
    assert set(body) == {"epoch", "offset", "room", "pulses", "poll_after_ms", "retry_after_ms"}
    assert (body["room"]["id"], body["room"]["name"], body["offset"]) == ("demo", "直播间", 0)
    assert body["room"]["tiers"]["silver"]["name"] == "白银会员"
    assert body["poll_after_ms"] > 0
    again = await api.http.get("/v1/rooms/demo/snapshot", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    head = await api.http.head("/v1/rooms/demo/snapshot")
    assert head.status_code == 200


async def test_SNP3_all_who_poll_within_a_second_share_one_reading(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.open_room()
    readings: list[str] = []
    snapshot = MemoryRoomStore.snapshot

    async def counted(store: MemoryRoomStore, room: str) -> Snapshot | None:
        readings.append(room)
        return await snapshot(store, room)

    monkeypatch.setattr(MemoryRoomStore, "snapshot", counted)
    answers = await asyncio.gather(*(api.http.get("/v1/rooms/demo/snapshot") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert readings == ["demo"]
    await api.open_room(name="改名")
    api.clock.advance(1_000)
    assert (await api.http.get("/v1/rooms/demo/snapshot")).status_code == 200
    assert readings == ["demo", "demo"]


async def test_X5_SNP4_the_busier_the_server_the_longer_a_poller_waits(api: Api) -> None:
    await api.open_room()
    waits = []
    for level in Level:
        api.level = level
        body = (await api.http.get("/v1/rooms/demo/snapshot")).json()
        waits.append(body["poll_after_ms"])
        assert body["retry_after_ms"] == (waits[-1] if level is Level.POLL else 0)
    assert waits == sorted(set(waits))
    assert (waits[0], waits[-1]) == (3_000, 15_000)


async def test_SNP1_no_such_room_is_404_and_redis_away_503(api: Api) -> None:
    assert (await api.http.get("/v1/rooms/nowhere/snapshot")).json()["code"] == "not_found"
    await api.open_room()
    api.rooms.is_away = True
    away = await api.http.get("/v1/rooms/demo/snapshot")
    assert (away.status_code, away.json()["code"]) == (503, "unavailable")
    assert away.headers["retry-after"]


@pytest.mark.parametrize("of_show", [False, True], ids=["room", "show"])
async def test_SNP2_R10_a_members_only_room_or_show_is_403_with_its_tier(api: Api, of_show: bool) -> None:
    await api.open_room()
    assert (await api.http.get("/v1/rooms/demo/snapshot")).status_code == 200
    if of_show:
        made = await api.http.post(
            "/v1/rooms/demo/shows",
            json={"title": "内部", "members_only": "gold"},
            headers=api.token("operator"),
        )
        path = f"/v1/rooms/demo/shows/{made.json()['id']}"
        await api.http.patch(path, json={"status": "live"}, headers=api.token("operator"))
    else:
        await api.open_room(members_only="gold")
    api.clock.advance(1_000)
    answer = await api.http.get("/v1/rooms/demo/snapshot")
    assert (answer.status_code, answer.json()["code"], answer.json()["tier"]) == (403, "members_only", "gold")


async def test_COR1_pages_of_named_origins_may_read_it_and_no_others(api: Api) -> None:
    await api.open_room()
    ours = await api.http.get("/v1/rooms/demo/snapshot", headers={"origin": ORIGIN})
    assert ours.headers["access-control-allow-origin"] == ORIGIN
    assert ours.headers["vary"] == "origin"
    foreign = await api.http.get("/v1/rooms/demo/snapshot", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in foreign.headers
    refused = await api.http.get("/v1/rooms/nowhere/snapshot", headers={"origin": ORIGIN})
    assert refused.headers["access-control-allow-origin"] == ORIGIN, "an error can be read, too"
    other_route = await api.http.get("/v1/rooms", headers={"origin": ORIGIN})
    assert "access-control-allow-origin" not in other_route.headers


async def test_COR1_a_preflight_is_granted_to_the_same_pages(api: Api) -> None:
    asked = {"access-control-request-method": "GET"}
    ours = await api.http.options("/v1/rooms/demo/snapshot", headers={"origin": ORIGIN, **asked})
    assert ours.status_code == 204
    assert "if-none-match" in ours.headers["access-control-allow-headers"]
    foreign = await api.http.options(
        "/v1/rooms/demo/snapshot", headers={"origin": "https://x.example", **asked}
    )
    assert "access-control-allow-origin" not in foreign.headers
