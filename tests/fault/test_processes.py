"""The processes of one server: started together, kept running, gone together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import httpx2
import psutil
import pytest

from tests.support.liveroom_process import CHECKOUT, LiveroomProcess, StartLiveroom, clean_environment


def until(true: Callable[[], bool], what: str, within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, f"{what}: not within {within_s} s"
        time.sleep(0.02)


def children(server: LiveroomProcess, kind: str = "") -> list[psutil.Process]:
    """The server's own processes: all, or those called `kind` (``liveroom-worker``, ``redis-server``)."""
    found = []
    for child in psutil.Process(server.pid).children(recursive=True):
        try:
            if not kind or child.name() == kind:
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def another(server: LiveroomProcess, gone: psutil.Process) -> bool:
    return any(one.pid != gone.pid for one in children(server, "redis-server"))


def ready(server: LiveroomProcess) -> bool:
    try:
        return httpx2.get(f"{server.url}/readyz", timeout=60.0, trust_env=False).status_code == 200
    except httpx2.HTTPError:
        return False


def metric(server: LiveroomProcess, name: str) -> float:
    text = httpx2.get(f"{server.url}/metrics", timeout=60.0, trust_env=False).text
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def test_R12_a_killed_launcher_leaves_no_orphan_serving(start_liveroom: StartLiveroom) -> None:
    server = start_liveroom("--workers", "2")
    left = [*children(server, "liveroom-worker"), *children(server, "redis-server")]
    assert len(left) == 3
    server.kill()
    _, alive = psutil.wait_procs(left, timeout=60.0)
    assert alive == []
    with pytest.raises(httpx2.HTTPError):
        httpx2.get(f"{server.url}/livez", timeout=2.0, trust_env=False)
    server.start("--workers", "2")  # the same data dir and port are free at once
    assert ready(server)
    assert server.stop() == 0


def test_MET1_LCH1_two_workers_share_the_port_and_one_sum(start_liveroom: StartLiveroom) -> None:
    server = start_liveroom("--workers", "2")
    assert server.logged().count("liveroom ready at") == 1
    for _ in range(60):  # a connection each: the kernel spreads them over both sockets
        httpx2.get(f"{server.url}/v1/rooms", timeout=60.0, trust_env=False)
    name = 'liveroom_http_answers_total{route="/v1/rooms"'
    assert metric(server, name) == 60
    served_by = [
        worker.pid
        for worker in children(server, "liveroom-worker")
        if (server.data_dir / "run" / "metrics" / f"counter_{worker.pid}.db").stat().st_size
    ]
    assert len(served_by) == 2
    victim = children(server, "liveroom-worker")[0]
    victim.kill()
    until(
        lambda: len(children(server, "liveroom-worker")) == 2 and victim.pid not in psutil.pids(),
        "a new worker",
    )
    until(lambda: ready(server), "both serve again")
    assert metric(server, name) == 60, "what the dead one counted is not lost"
    assert "launcher.child_died" in server.logged()
    assert server.stop() == 0


def test_LCH2_R4_the_private_redis_is_started_again(start_liveroom: StartLiveroom) -> None:
    server = start_liveroom()
    workers = children(server, "liveroom-worker")
    for _ in range(2):
        gone = children(server, "redis-server")[0]
        gone.kill()
        until(partial(another, server, gone), "another redis")
    until(lambda: ready(server), "ready again")
    assert [worker.pid for worker in children(server, "liveroom-worker")] == [
        worker.pid for worker in workers
    ]
    assert server.stop() == 0


def test_LCH3_a_data_dir_in_use_or_a_taken_port_is_refused(start_liveroom: StartLiveroom) -> None:
    server = start_liveroom()

    def second(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "server", "serve", *options],
            cwd=CHECKOUT,
            env=clean_environment(os.environ),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    same_dir = second("--data-dir", str(server.data_dir), "--port", "0")
    assert same_dir.returncode == 2
    assert same_dir.stdout == ""
    assert same_dir.stderr.startswith(
        f"liveroom: --data-dir: {server.data_dir} is in use by process {server.pid}"
    )
    assert same_dir.stderr.count("\n") == 1
    same_port = second("--data-dir", str(server.data_dir.parent / "other"), "--port", str(server.port))
    assert same_port.returncode == 2
    assert f"cannot listen on 127.0.0.1:{server.port}" in same_port.stderr
    assert ready(server), "the first one goes on"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_LCH4_a_signal_ends_everything_that_was_started(
    start_liveroom: StartLiveroom, number: signal.Signals
) -> None:
    server = start_liveroom("--workers", "2")
    started = children(server)
    os.kill(server.pid, number)
    assert server.child.process.wait(timeout=60) == 0
    _, alive = psutil.wait_procs(started, timeout=60.0)
    assert alive == []
    assert not (server.data_dir / "run" / "redis.sock").exists()


def test_LCH5_a_worker_that_cannot_start_ends_the_start(start_liveroom: StartLiveroom) -> None:
    server = start_liveroom()
    server.stop()
    (server.data_dir / "token.secret").write_text("short\n")
    broken = subprocess.run(
        [sys.executable, "-m", "server", "serve", "--data-dir", str(server.data_dir), "--port", "0"],
        cwd=CHECKOUT,
        env=clean_environment(os.environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert broken.returncode == 2
    assert broken.stdout == ""
    assert "at least 32 bytes" in broken.stderr


@pytest.mark.parametrize(
    "options, away",
    [
        (("--redis-url", "redis://127.0.0.1:1"), {"redis", "canary"}),
        (("--database-url", "postgresql+asyncpg://nobody@127.0.0.1:1/none"), {"sql"}),
    ],
    ids=["redis", "sql"],
)
def test_R11_a_server_starts_without_its_neighbours_and_says_that_it_is_not_ready(
    start_liveroom: StartLiveroom, options: tuple[str, ...], away: set[str]
) -> None:
    server = start_liveroom(*options)
    assert httpx2.get(f"{server.url}/livez", timeout=60.0, trust_env=False).json() == {"live": True}
    answer = httpx2.get(f"{server.url}/readyz", timeout=60.0, trust_env=False)
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert {name for name, found in checks.items() if found != "ok"} == away
    assert server.stop() == 0


def test_LCH1_a_process_does_only_what_its_roles_say(start_liveroom: StartLiveroom) -> None:
    upgrade = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    only_api = start_liveroom("--roles", "api")
    assert set(httpx2.get(f"{only_api.url}/readyz", timeout=60.0, trust_env=False).json()["checks"]) == {
        "sql",
        "redis",
    }
    assert httpx2.get(f"{only_api.url}/v1/rooms", timeout=60.0, trust_env=False).status_code == 200
    refused = httpx2.get(f"{only_api.url}/v1/live", headers=upgrade, timeout=60.0, trust_env=False)
    assert refused.status_code == 404
    only_live = start_liveroom("--roles", "gateway")
    assert httpx2.get(f"{only_live.url}/v1/rooms", timeout=60.0, trust_env=False).status_code == 404
    assert httpx2.get(f"{only_live.url}/livez", timeout=60.0, trust_env=False).status_code == 200


@pytest.mark.alone
def test_CLI7_demo_serves_a_crowd_and_leaves_nothing_behind(start_liveroom: StartLiveroom) -> None:
    server = start_liveroom("--viewers", "5", "--speed", "5", command="demo")
    until(lambda: metric(server, "liveroom_connections") >= 5, "the crowd is there")
    rooms = httpx2.get(f"{server.url}/v1/rooms", timeout=60.0, trust_env=False).json()["rooms"]
    assert [(room["id"], room["show"]["status"]) for room in rooms] == [("demo", "live")]
    token = httpx2.post(
        f"{server.url}/demo/token", json={"room": "demo"}, timeout=60.0, trust_env=False
    ).json()
    assert token["token"].count(".") == 2
    started = children(server)
    os.kill(server.pid, signal.SIGINT)
    assert server.child.process.wait(timeout=60) == 0
    assert psutil.wait_procs(started, timeout=60.0)[1] == []
    began = time.monotonic()
    server.start("--viewers", "5", command="demo")
    took_s = time.monotonic() - began
    assert took_s < 15, "three times the 5 s that a second start may take on a machine of its own"
    again = httpx2.get(f"{server.url}/v1/rooms", timeout=60.0, trust_env=False).json()["rooms"]
    assert again[0]["show"]["id"] == rooms[0]["show"]["id"], "the show goes on"
    written = server.logged()
    key = (server.data_dir / "demo.key").read_text().strip()
    assert key not in written
