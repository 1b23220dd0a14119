"""The data dir of one start, and its private Redis."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.errors import SettingWrong
from server.processes.embedded import DataDirLock, find_redis, redis_answers, redis_command, redis_socket

HOLDER = """
import sys, pathlib
from server.processes.embedded import DataDirLock
lock = DataDirLock(pathlib.Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_LCH3_a_data_dir_has_one_holder_and_is_free_when_it_is_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == b"held\n"
    mine = DataDirLock(tmp_path)
    assert mine.held_by_another()
    with pytest.raises(SettingWrong, match=f"in use by process {holder.pid}"):
        mine.acquire()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    holder.stdin.close()
    assert not mine.held_by_another()
    mine.acquire()
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    mine.release()


def test_LCH3_looking_takes_nothing(tmp_path: Path) -> None:
    assert not DataDirLock(tmp_path).held_by_another()
    assert not (tmp_path / "lock").exists()


def test_LCH6_redis_comes_from_the_path_else_from_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "redis-server"
    fake.write_text("#!/bin/sh\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_redis() == fake
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert find_redis().parent.name == "bin"
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(SettingWrong, match="needs a redis-server"):
        find_redis()


def test_LCH6_the_socket_is_private_and_its_path_never_too_long(tmp_path: Path) -> None:
    assert redis_socket(tmp_path / "run") == tmp_path / "run" / "redis.sock"
    deep = redis_socket(tmp_path / ("x" * 200))
    assert len(str(deep)) < 100
    assert deep.parent.stat().st_mode & 0o777 == 0o700
    deep.parent.rmdir()


def test_LCH6_it_keeps_nothing_and_answers_nobody_else(tmp_path: Path) -> None:
    listening = tmp_path / "r.sock"
    assert not redis_answers(listening)
    process = subprocess.Popen(redis_command(find_redis(), listening, tmp_path))
    while not redis_answers(listening):
        assert process.poll() is None
    assert listening.stat().st_mode & 0o777 == 0o700
    said = subprocess.run(
        ["redis-cli", "-s", str(listening), "CONFIG", "GET", "port"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == ["port", "0"]
    process.terminate()
    assert process.wait(timeout=5) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["redis.log"]
