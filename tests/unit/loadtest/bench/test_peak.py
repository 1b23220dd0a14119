"""What a full house's figures may say: pure parts, and the page they are written on."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loadtest.bench.big_room import doubt, reached, together
from loadtest.bench.cores import Cores
from loadtest.bench.idle import Watched, rows_of
from loadtest.bench.machine import busy_share
from loadtest.bench.peak import run, with_doubt, write
from loadtest.bench.rows import Goal, Outcome, Row, judged
from loadtest.bench.sampling import Sample
from loadtest.bench.storm import busiest_second
from loadtest.errors import ChildFailed
from loadtest.histogram import Histogram
from loadtest.swarm import Window

CORES = Cores(0, 1)


def window(latency_ms: int | None = 10, **changed: float) -> Window:
    latency = None
    if latency_ms is not None:
        latency = Histogram()
        latency.add(latency_ms * 1_000_000)
    usual = Window(10.0, 100, 50, 200, 0, 0.5, latency)
    return replace(usual, **changed)  # type: ignore[arg-type]


def test_BEN15_a_viewer_who_was_lost_got_nothing() -> None:
    whole = reached("reach", Sample(window(), 0), 100, "")
    assert (whole.value, whole.outcome) == (100.0, Outcome.MET)
    holes = reached("reach", Sample(window(missing=200), 0), 100, "")
    assert (holes.value, holes.outcome) == (50.0, Outcome.MISSED)
    lost = reached("reach", Sample(window(viewers=75), 0), 100, "")
    assert lost.value == 75.0
    silent = reached("reach", Sample(window(deliveries=0), 0), 100, "")
    assert (silent.value, silent.outcome) == (0.0, Outcome.FAILED)


@pytest.mark.parametrize("busy, apart, judges", [(0.1, True, True), (0.11, True, False), (0.0, False, False)])
def test_BEN15_latency_is_judged_on_a_quiet_machine_with_two_cores(
    busy: float, apart: bool, judges: bool
) -> None:
    assert (doubt(busy, apart=apart) == "") is judges


def test_BEN16_several_swarms_are_one_and_the_busiest_decides() -> None:
    both = together([window(10), window(30, load=0.7, missing=3)])
    assert (both.viewers, both.messages, both.deliveries, both.missing, both.load) == (200, 100, 400, 3, 0.7)
    assert both.latency_ns is not None
    assert both.latency_ns.total == 2
    assert together([window(), window(None, load=0.9), window()]).latency_ns is None


def test_BEN17_on_a_busy_machine_a_goal_met_stands_and_a_miss_is_not_judged() -> None:
    met = judged(Row("cost", "ours", 9.0, "µs", goals=(Goal(10.0),)), {})
    missed = judged(Row("cost", "ours", 12.0, "µs", goals=(Goal(10.0),), note="n"), {})
    assert [with_doubt(row, 0.5).outcome for row in (met, missed)] == [Outcome.MET, Outcome.NOT_JUDGED]
    assert with_doubt(missed, 0.5).note == "n; the machine was busy: others used 50% of it"
    assert with_doubt(missed, 0.05) == missed


def test_BEN17_who_used_the_machine_is_read_from_its_ticks() -> None:
    before = "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1"
    after = "cpu  150 0 75 850 75 0 0 0 0 0\ncpu0 1"
    assert busy_share(before, after) == pytest.approx(75 / 150)
    assert busy_share(before, before) == 0


def test_BEN17_a_run_is_written_with_machine_versions_and_date_and_what_could_not_be_done(
    tmp_path: Path,
) -> None:
    def steps(cores: Cores) -> list[Row]:
        return [judged(Row("p99", "ours", 250.0, "ms", goals=(Goal(300.0),), note="15000 viewers"), {})]

    def broken(cores: Cores) -> list[Row]:
        raise ChildFailed("ours", "fell over")

    rows, not_done = run(CORES, [("one", steps), ("two", broken)])
    at = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    page = write(rows, not_done, tmp_path, at)
    assert page.name == "2026-11-22-peak.md"
    text = page.read_text()
    assert "| p99 | ours | 250.00 ms |  | ≤ 300 ms | met |" in text
    assert "not done: two: ours: fell over" in text
    document = json.loads((tmp_path / "2026-11-22-peak.json").read_text())
    assert document["about"]["date"] == "2026-11-22 03:00 UTC"
    assert {"machine", "python", "uvloop", "redis-server"} <= document["about"].keys()
    assert [row["verdict"] for row in document["rows"]] == ["met"]


def test_BEN18_what_the_process_takes_without_viewers_is_no_viewers() -> None:
    crowd = Watched(6_000, 36 * 2**20, 2_000_000_000, 20_000_000, 30.0, 12_000, 0)
    memory, cpu = rows_of(crowd)
    assert memory.value == pytest.approx(6.144)
    assert cpu.value == pytest.approx((2_000_000 / 30 - 20_000) / 6_000)
    assert (memory.outcome, cpu.outcome) == (Outcome.MET, Outcome.MET)
    assert "2.00 beats each" in cpu.note
    dear = rows_of(replace(crowd, cpu_ns=3_000_000_000))[1]
    assert dear.outcome is Outcome.MISSED


def test_BEN20_the_busiest_second_may_begin_at_any_tenth() -> None:
    assert busiest_second([]) == 0
    assert busiest_second([1] * 30) == 10
    assert busiest_second([0] * 5 + [7, *[0] * 8, 5, 1, 0]) == 12
