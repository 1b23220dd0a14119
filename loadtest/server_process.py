"""A server of ours as a child, seen from outside: started by its command line, made ready over its public API."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2

from loadtest.child import Child, python_module
from loadtest.errors import ChildFailed, ContractBroken
from loadtest.wire import Json, text

READY = "liveroom ready at "
START_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """A running server and the shop's way in."""

    url: str
    key_file: Path
    room: str

    @property
    def key(self) -> str:
        """The API key: the last line of its file."""
        return self.key_file.read_text().strip().splitlines()[-1]


def start_server(
    folder: Path, room: str, stack: ExitStack, *options: str, workers: int = 1
) -> tuple[Target, Child]:
    """Start a server with its own data, a key, and a room whose show is live. It ends with the stack.

    Raises `ChildFailed` or `ContractBroken`.
    """
    data = ["--data-dir", str(folder / "data"), *options]
    serve = python_module("server", "serve", "--port", "0", "--workers", str(workers), *data)
    server = Child("server", serve, env=without_settings(os.environ), ends_with_input=False)
    stack.callback(server.stop, 40.0)  # a drain takes its time
    url = server.hear_starting(READY, START_WITHIN_S)
    key_file = folder / "key"
    key_file.touch(mode=0o600)
    key_file.write_text(_api_key(data))
    target = Target(url, key_file, room)
    prepare_room(target)
    return target, server


def prepare_room(target: Target) -> None:
    """Create the target's room and start a show in it. Raises `ContractBroken`."""
    room = f"/v1/rooms/{target.room}"
    ask(target, "PUT", room, {"name": "直播间"})
    show = ask(target, "POST", f"{room}/shows", {"title": "今晚专场"})
    if not isinstance(show, dict):
        raise ContractBroken(f"a new show must be a map, got {show!r:.200}")
    ask(target, "PATCH", f"{room}/shows/{text(show, 'id')}", {"status": "live"})


def ask(target: Target, method: str, path: str, body: Json, content_type: str = "application/json") -> Json:
    """Do one request as the shop's server. Raises `ContractBroken` unless it goes well."""
    headers = {"Authorization": f"Bearer {target.key}", "Content-Type": content_type}
    try:
        answer = httpx2.request(
            method, target.url + path, headers=headers, json=body, timeout=30, trust_env=False
        )
    except httpx2.HTTPError as error:
        raise ContractBroken(f"{method} {path}: {error}") from error
    if not answer.is_success:
        raise ContractBroken(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")
    document: Json = answer.json()
    return document


def without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without settings of the product: a load test must never write to the operator's database
    because its address stood in the shell (VRD5). Pure.
    """
    return {name: value for name, value in environ.items() if not name.startswith("LIVEROOM_")}


def _api_key(data: list[str]) -> str:
    with Child(
        "api-key create", python_module("server", "api-key", "create", "--name", "loadtest", *data)
    ) as child:
        lines = child.hear_all(START_WITHIN_S)
    if not lines:
        raise ChildFailed("api-key create", "gave no key")
    return lines[-1]
