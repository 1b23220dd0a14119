"""What `liveroom demo` adds to `serve`: a room with a live show, made over the public API, and a crowd."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx2

from server.bootstrap.ledger import open_queries
from server.clock import SystemClock
from server.credentials.keys import ApiKeys, Seal, new_bearer_key
from server.errors import LiveroomError
from server.processes.children import Program
from server.settings import Settings, token_secret

ROOM = "demo"
NAME = "小美的直播间"
TITLE = "秋冬新品专场"
OVERLAY = "demo"
"""The name of the broadcast widget whose address is printed."""
_TIMEOUT_S = 10.0


class DemoFailed(LiveroomError):
    """The demo's room could not be made."""

    def __init__(self, what: str, status: int, answer: str) -> None:
        super().__init__(what, status, answer)
        self.what = what
        self.status = status
        self.answer = answer

    def __str__(self) -> str:
        return f"the demo could not {self.what}: {self.status} {self.answer[:300]}"


class Demo:
    """Prepares before the start (`prepare`) and completes it after (`ready`)."""

    def __init__(self, settings: Settings, *, viewers: int, speed: float) -> None:
        self._settings = settings
        self._viewers = viewers
        self._speed = speed
        self._key_file = settings.data_dir / "demo.key"

    async def prepare(self) -> None:
        """Make sure that the data dir holds a key of the demo's own that counts."""
        async with open_queries(self._settings) as queries:
            if self._key_file.exists():
                keys = ApiKeys(queries, Seal(token_secret(self._settings)), SystemClock())
                try:
                    await keys.bearer(self._key_file.read_text().strip())
                except LiveroomError:
                    pass  # of another database, or revoked: a new one is made
                else:
                    return
            key, secret = new_bearer_key("demo", (), None, SystemClock().now_ms())
            await queries.add_key(key)
        _write_private(self._key_file, secret + "\n")

    def ready(self, address: str) -> Sequence[Program]:
        """Open the room, print the pages, and return the crowd to start. Raises `DemoFailed`."""
        address = address.replace("//0.0.0.0:", "//127.0.0.1:")
        headers = {"authorization": f"Bearer {self._key_file.read_text().strip()}"}
        with httpx2.Client(base_url=address, headers=headers, timeout=_TIMEOUT_S, trust_env=False) as client:
            _open_room(client)
            overlay = _overlay(client)
        print(_pages(address, overlay), flush=True)  # noqa: T201 - it is what the command answers
        if self._viewers == 0:
            return ()
        return (
            Program(
                "crowd",
                (
                    *(sys.executable, "-m", "loadtest.demo_crowd"),
                    *("--url", address),
                    *("--api-key-file", str(self._key_file)),
                    *("--room", ROOM),
                    *("--viewers", str(self._viewers)),
                    *("--speed", str(self._speed)),
                ),
            ),
        )


def _open_room(client: httpx2.Client) -> None:
    _ok(client.put(f"/v1/rooms/{ROOM}", json={"name": NAME}), "open its room")
    room = _ok(client.get(f"/v1/rooms/{ROOM}"), "read its room")
    show = room.get("show")
    if isinstance(show, dict) and show.get("status") == "live":
        return  # of an earlier start; the show goes on
    made = _ok(client.post(f"/v1/rooms/{ROOM}/shows", json={"title": TITLE}), "plan its show")
    _ok(client.patch(f"/v1/rooms/{ROOM}/shows/{made['id']}", json={"status": "live"}), "start its show")


def _overlay(client: httpx2.Client) -> str:
    """Return the path of the broadcast overlay's page, with a secret of this start: those of before end here."""
    at = f"/v1/rooms/{ROOM}/widgets"
    known = _ok(client.get(at), "read its overlays").get("widgets")
    for widget in known if isinstance(known, list) else ():
        if widget["name"] == OVERLAY:
            return str(_ok(client.post(f"{at}/{widget['id']}/secret"), "renew its overlay")["path"])
    return str(_ok(client.post(at, json={"name": OVERLAY}), "make its overlay")["path"])


def _ok(answer: httpx2.Response, what: str) -> dict[str, object]:
    if not answer.is_success:
        raise DemoFailed(what, answer.status_code, answer.text)
    document = json.loads(answer.text)
    return document if isinstance(document, dict) else {}


def _pages(address: str, overlay: str) -> str:
    return "\n".join(
        (
            "",
            f"  the room, as a viewer    {address}/rooms/{ROOM}",
            f"  the broadcast overlay    {address}{overlay}",
            f"  the host panel           {address}/host/{ROOM}",
            f"  all rooms                {address}/",
            "",
            "  Ctrl-C stops everything.",
        )
    )


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
