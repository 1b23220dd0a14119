"""The pages, without a network."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from server.pages import BUILD_COMMAND, Pages


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A build, as small as one can be; beside it something that is nobody's business."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    for name in ("index.html", "room.html", "overlay.html", "draw.html"):
        (folder / name).write_text(f"<!doctype html><title>{name}</title>")
    (folder / "assets" / "room-3f2a.js").write_text("export {}")
    (folder / "live-room-overlay.js").write_text("export {}")
    (folder / "favicon.svg").write_text("<svg/>")
    (tmp_path / "token.secret").write_text("secret")
    return folder


@pytest_asyncio.fixture
async def http(dist: Path) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=Starlette(routes=Pages(dist).routes()))
    async with httpx2.AsyncClient(transport=transport, base_url="http://liveroom.example") as client:
        yield client


@pytest.mark.parametrize(
    "path, name",
    [
        ("/", "index"),
        ("/rooms/demo", "room"),
        ("/rooms/%E7%9B%B4", "room"),
        ("/overlay/demo", "overlay"),
        ("/draws/d_1", "draw"),
    ],
)
async def test_PAG1_a_page_is_200_without_credentials_under_a_policy(
    http: httpx2.AsyncClient, path: str, name: str
) -> None:
    answer = await http.get(path)
    assert answer.status_code == 200
    assert f"<title>{name}.html" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "'unsafe-inline'" not in policy.partition("style-src")[0]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-cache"


async def test_PAG2_hashed_files_stay_a_year_and_any_origin_may_load_the_module(
    http: httpx2.AsyncClient,
) -> None:
    asset = await http.get("/assets/room-3f2a.js")
    assert "immutable" in asset.headers["cache-control"]
    assert "javascript" in asset.headers["content-type"]
    assert "access-control-allow-origin" not in asset.headers
    module = await http.get("/live-room-overlay.js")
    assert module.headers["access-control-allow-origin"] == "*"
    assert "javascript" in module.headers["content-type"]
    assert (await http.get("/favicon.ico")).headers["content-type"].startswith("image/svg")


async def test_PAG3_a_page_that_is_not_in_the_build_is_404_and_a_missing_build_names_its_command(
    http: httpx2.AsyncClient, dist: Path
) -> None:
    missing = await http.get("/console")
    assert missing.status_code == 404
    assert "没有这个页面" in missing.text
    assert "no such page" in missing.text
    (dist / "index.html").unlink()
    (dist / "room.html").unlink()
    answer = await http.get("/rooms/demo")
    assert answer.status_code == 503
    assert BUILD_COMMAND in answer.text
    (dist / "room.html").write_text("built meanwhile")
    assert (await http.get("/rooms/demo")).text == "built meanwhile"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../token.secret",
        "/assets/%2e%2e/%2e%2e/token.secret",
        "/assets//etc/passwd",
        "/assets/",
        "/assets/none.js",
    ],
)
async def test_PAG4_R10_nothing_outside_the_build_is_served(http: httpx2.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text
