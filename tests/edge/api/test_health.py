"""Is the process alive, ready, and what does it count."""

from pathlib import Path

import pytest

from tests.edge.api.under_test import Api, api_on


async def test_HLT1_R11_with_everything_there_it_is_ready(api: Api) -> None:
    ready = await api.http.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "checks": {"sql": "ok", "redis": "ok"}})


async def test_HLT1_R11_with_redis_or_sql_away_it_lives_and_is_not_ready(
    api: Api, api_without_sql: Api
) -> None:
    api.rooms.is_away = True
    for one, away in ((api, "redis"), (api_without_sql, "sql")):
        assert (await one.http.get("/livez")).json() == {"live": True}
        ready = await one.http.get("/readyz")
        assert ready.status_code == 503
        assert [name for name, found in ready.json()["checks"].items() if found != "ok"] == [away]


async def test_HLT1_a_process_going_away_is_not_ready(api: Api) -> None:
    api.draining = True
    ready = await api.http.get("/readyz")
    assert ready.status_code == 503
    assert "draining" in ready.json()["checks"]


@pytest.mark.parametrize("peer, let_in", [("127.0.0.1", True), ("::1", True), ("203.0.113.9", False)])
async def test_HLT2_metrics_are_open_to_the_loopback_alone(api: Api, peer: str, let_in: bool) -> None:
    async with api.client(peer) as http:
        assert (await http.get("/metrics")).status_code == (200 if let_in else 401)
        for header in (
            "x-forwarded-for",
            "X-Forwarded-Proto",
            "forwarded",
            "via",
            "x-real-ip",
            "CF-Connecting-IP",
        ):
            assert (await http.get("/metrics", headers={header: "127.0.0.1"})).status_code == 401


async def test_HLT2_elsewhere_the_metrics_token_is_asked_for(fresh_ledger: str, tmp_path: Path) -> None:
    async with api_on(fresh_ledger, tmp_path, metrics_token="mt-1") as api:
        good = await api.http.get("/metrics", headers={"authorization": "Bearer mt-1"})
        assert good.status_code == 200
        assert good.headers["content-type"].startswith("text/plain")
        for wrong in ("Bearer mt-2", "Bearer", "Basic mt-1", ""):
            assert (await api.http.get("/metrics", headers={"authorization": wrong})).status_code == 401


NAMES = (
    "liveroom_connections liveroom_joins_total liveroom_closes_total liveroom_frames_delivered_total "
    "liveroom_frames_dropped_total liveroom_fanout_seconds liveroom_event_to_socket_seconds liveroom_commands_total "
    "liveroom_batch_size liveroom_commit_seconds liveroom_loop_lag_seconds liveroom_bus_canary_seconds "
    "liveroom_recoveries_total"
)


async def test_MET2_the_names_people_build_on_are_all_there(api: Api) -> None:
    async with api.client("127.0.0.1") as http:
        text = (await http.get("/metrics")).text
    described = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert set(NAMES.split()) <= described
