"""What a fork takes over from its launcher, and what not. The processes of a real server are in `tests/fault`."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.liveroom_process import CHECKOUT, clean_environment

# A launcher in small, in an interpreter of its own: nobody may fork a process with threads, as the test run is.
_LAUNCHER = """
import fcntl, os, signal, sys
from server.processes.children import Fork, run_fork

lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(lock, fcntl.LOCK_EX)
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: print("the launcher's handler", flush=True))

def work(ready):
    {work}

child, ready = run_fork(Fork("worker 0", work))
said = os.read(ready, 1)
{then}
print("ended with", child.wait(), "having said", said, flush=True)
"""


def _launched(lock: Path, work: str, then: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _LAUNCHER.format(work=work, then=then), str(lock)],
        cwd=CHECKOUT,
        env=clean_environment(os.environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_LCH7_its_exit_code_and_its_word_reach_the_launcher(tmp_path: Path) -> None:
    done = _launched(tmp_path / "lock", 'os.write(ready, b"1"); print("a word"); return 7')
    assert done.stdout == "ended with 7 having said b'1'\n", "stdout is the launcher's alone"
    assert done.stderr == "a word\n"


def test_LCH5_LCH7_one_that_raises_says_why_and_runs_nothing_of_the_launchers(tmp_path: Path) -> None:
    done = _launched(tmp_path / "lock", 'raise RuntimeError("no room")')
    assert done.stdout == "ended with 1 having said b''\n"
    assert done.stderr.endswith("RuntimeError: no room\n")


def test_LCH7_a_signal_ends_it_and_not_the_launchers_handler(tmp_path: Path) -> None:
    waits = 'os.write(ready, b"1"); signal.pause()'
    done = _launched(tmp_path / "lock", waits, "child.send_signal(signal.SIGTERM)")
    assert done.stdout == f"ended with {-signal.SIGTERM} having said b'1'\n"
    assert done.stderr == ""


def test_LCH7_it_holds_no_lock_socket_or_pipe_of_the_launcher(tmp_path: Path) -> None:
    # Seen from inside: stdin, stdout and stderr, its word's pipe, and the directory that is being listed.
    work = 'held = os.listdir("/proc/self/fd"); os.write(ready, b"1"); return len(held)'
    assert _launched(tmp_path / "lock", work).stdout == "ended with 5 having said b'1'\n"


def test_R12_it_dies_with_its_launcher_however_that_went(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    work = f'os.write(ready, b"1"); end = os.open({str(pipe)!r}, os.O_WRONLY); os.write(end, b"I live"); signal.pause()'
    with subprocess.Popen(
        [sys.executable, "-c", _LAUNCHER.format(work=work, then="signal.pause()"), str(tmp_path / "lock")],
        cwd=CHECKOUT,
        env=clean_environment(os.environ),
    ) as launcher:
        reader = os.open(pipe, os.O_RDONLY)  # waits for the child to open its end
        assert os.read(reader, 100) == b"I live"
        launcher.kill()
    assert os.read(reader, 100) == b"", "the only writer is gone"
    os.close(reader)
