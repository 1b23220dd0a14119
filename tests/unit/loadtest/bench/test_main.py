import json
from pathlib import Path

import pytest

from loadtest.bench import __main__ as bench, ledger, ledger_curve
from loadtest.bench.cores import Cores
from loadtest.bench.rows import Goal, Row, judged
from loadtest.errors import ChildFailed


def good(cores: Cores) -> list[Row]:
    return [judged(Row("cpu", "ours", 5.0, "µs", goals=(Goal(10),)), {})]


def failing(cores: Cores) -> list[Row]:
    return [judged(Row("cpu", "ours", 31.0, "µs", goals=(Goal(10),)), {})]


def impossible(cores: Cores) -> list[Row]:
    raise ChildFailed("nchan", "does not listen")


@pytest.fixture
def benches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "BENCHES", {"good": good, "failing": failing, "impossible": impossible})


@pytest.mark.usefixtures("benches")
def test_BEN1_with_json_standard_output_holds_rows_and_nothing_else(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert bench.main(["good", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)
    assert (row["name"], row["who"], row["value"], row["verdict"]) == ("cpu", "ours", 5.0, "met")


@pytest.mark.usefixtures("benches")
def test_BEN3_a_failed_goal_is_exit_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["good", "failing"]) == 1
    assert "failed" in capsys.readouterr().out


@pytest.mark.usefixtures("benches")
def test_BEN6_what_cannot_be_done_is_exit_status_2_and_the_others_still_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert bench.main(["--json"]) == 2
    said = capsys.readouterr()
    assert len(json.loads(said.out)) == 2
    assert "impossible: nchan: does not listen" in said.err


@pytest.mark.usefixtures("benches")
def test_BEN6_an_unknown_benchmark_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(["speed"])
    assert ended.value.code == 2
    assert "good, failing, impossible" in capsys.readouterr().err


@pytest.mark.parametrize(
    "given, said",
    [
        (["ledger", "--at", "somewhere"], "--at goes with --curve"),
        (["ledger", "--flush-ms", "-1"], "argument --flush-ms: 0 to 1000"),
        (["ledger", "--flush-ms", "1001"], "argument --flush-ms: 0 to 1000"),
    ],
)
def test_BEN13_BEN22_an_option_that_makes_no_sense_is_refused(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(given)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_BEN13_BEN22_the_ledger_is_told_what_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[object] = []

    def beside(_cores: Cores, *, events: int | None, flush_ms: float) -> list[Row]:
        told.append((events, flush_ms))
        return []

    def curve(_cores: Cores, *, at: Path | None) -> list[Row]:
        told.append(at)
        return []

    monkeypatch.setattr(ledger, "run", beside)
    monkeypatch.setattr(ledger_curve, "run", curve)
    assert bench.main(["ledger", "--json"]) == 0
    assert bench.main(["ledger", "--json", "--events", "2000", "--flush-ms", "0.5"]) == 0
    assert bench.main(["ledger", "--json", "--curve", "--at", str(tmp_path)]) == 0
    assert told == [(None, 2.0), (2_000, 0.5), tmp_path]
    assert capsys.readouterr().out == "[]\n" * 3
