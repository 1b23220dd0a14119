"""What is counted, and that processes which share a directory are summed."""

import os
import subprocess
import sys
from pathlib import Path

from server.metrics import MULTIPROCESS_DIR, Metrics

WORKER = """
from server.metrics import Metrics
metrics = Metrics()
metrics.connections(3)
metrics.join("joined")
metrics.delivered("kept", 5)
metrics.batch(7, 0.01)
metrics.budget_spent("show", 0.25)
metrics.flush()
"""
READER = "from server.metrics import Metrics; print(Metrics().exposition().decode())"


def run(program: str, folder: Path) -> str:
    env = {**os.environ, MULTIPROCESS_DIR: str(folder)}
    return subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True, timeout=30
    ).stdout


def test_MET1_processes_that_share_a_directory_are_summed_the_dead_included(tmp_path: Path) -> None:
    run(WORKER, tmp_path)
    run(WORKER, tmp_path)
    lines = run(READER, tmp_path).splitlines()
    assert 'liveroom_joins_total{outcome="joined"} 2.0' in lines
    assert 'liveroom_frames_delivered_total{lane="kept"} 10.0' in lines
    assert "liveroom_batch_size_sum 14.0" in lines
    assert 'liveroom_budget_spent_ratio{budget="show"} 0.25' in lines
    for left in tmp_path.glob("gauge_live*"):  # what the launcher does for a worker that died
        left.unlink()
    lines = run(READER, tmp_path).splitlines()
    assert "liveroom_connections 0.0" in lines
    assert 'liveroom_joins_total{outcome="joined"} 2.0' in lines


def test_MET1_two_in_one_process_do_not_mix() -> None:
    one, other = Metrics(), Metrics()
    one.close(4_001)
    assert 'liveroom_closes_total{code="4001"} 1.0' in one.exposition().decode()
    assert "4001" not in other.exposition().decode()


def test_MET2_every_number_the_broadcaster_gives_is_taken() -> None:
    metrics = Metrics()
    metrics.dropped(3, "lagging", 2)
    metrics.fanout(0.001)
    metrics.event_to_socket(0.02)
    metrics.recovery("same")
    metrics.loop_lag(0.003)
    metrics.canary(0.004)
    metrics.overload(3)
    text = metrics.exposition().decode()
    assert 'liveroom_frames_dropped_total{rank="3",reason="lagging"} 2.0' in text
    assert 'liveroom_recoveries_total{result="same"} 1.0' in text
    assert "liveroom_overload_level 3.0" in text
    for name in ("fanout", "event_to_socket", "loop_lag", "bus_canary"):
        assert f"liveroom_{name}_seconds_count 1.0" in text
