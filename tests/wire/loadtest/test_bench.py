"""The benchmarks themselves, small: real servers, real sockets, real databases. Figures are not judged here."""

import asyncio
import json
from pathlib import Path

import pytest

from loadtest.bench import fanout, join, ledger_curve, room
from loadtest.bench.cores import choose_cores
from loadtest.bench.filled_ledger import fill
from loadtest.bench.ledger_databases import KINDS, SqliteShelf
from loadtest.bench.ours import OursFanout
from loadtest.bench.peers import Floor, LinePeer, Nchan, NodeWs, Peer
from loadtest.bench.rows import Outcome, Row, as_json
from loadtest.child import Child, python_module
from loadtest.errors import NotInstalled
from server.clock import SystemClock
from server.ledger.engines import Engines
from server.ledger.verify import verify


class NotHere(LinePeer):
    who = "not here"

    def command(self) -> list[str]:
        raise NotInstalled("the peer", "apt-get install peer")


def small_fanout(*peers: Peer) -> list[Row]:
    return fanout.run(peers, choose_cores(), viewers=30, rounds=1, seconds=0.2)


@pytest.mark.parametrize("peer", [Floor, OursFanout, Nchan, NodeWs])
def test_BEN5_BEN9_every_viewer_of_a_peer_gets_every_message_or_the_row_says_how_to_install_it(
    peer: type[Peer],
) -> None:
    [row] = small_fanout(peer(choose_cores()))
    if row.outcome is Outcome.NOT_INSTALLED:
        assert row.value is None
        assert "install" in row.note
    else:
        assert row.value is not None
        assert row.value > 0
        assert "reach 100.00%" in row.note


def test_BEN5_a_peer_that_is_missing_does_not_keep_the_others_from_being_measured() -> None:
    floor, missing = small_fanout(NotHere(choose_cores()), Floor(choose_cores()))
    assert floor.who == "floor"
    assert (missing.outcome, missing.note) == (
        Outcome.NOT_INSTALLED,
        "the peer is not installed (apt-get install peer)",
    )


def test_BEN4_without_a_compiler_the_floor_is_in_python_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path_factory.mktemp("empty")))
    monkeypatch.delenv("CC", raising=False)
    [row] = small_fanout(Floor(choose_cores()))
    assert as_json(row)["who"] == "floor (python)"
    assert row.value


def test_BEN10_joins_are_counted_at_each_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(join, "FIRST_LOOK", 50)
    monkeypatch.setattr(join, "MOST_AT_ONCE", 100)
    [row] = join.run([Floor(choose_cores())], choose_cores(), rounds=1)
    assert row.value
    assert row.note.startswith("100 joins at ")


def said_by(module: str, *options: str) -> list[str]:
    with Child(module, python_module(f"loadtest.bench.{module}", *options)) as child:
        return child.hear_all(90)


def test_BEN11_the_plain_loop_makes_events_durable(tmp_path: Path) -> None:
    [said] = said_by("plain_ledger", "--database-url", f"sqlite:///{tmp_path}/events.db", "--seconds", "0.2")
    assert json.loads(said)["events"] > 0


async def test_BEN11_BEN13_ours_makes_events_durable_in_a_ledger_whose_sums_were_and_stay_right(
    database_url: str,
) -> None:
    engines = Engines(database_url, patient=True)
    try:  # uvloop would wait for a connection that a failure left open, for ever
        await fill(engines, members=60, lines=3, now_ms=SystemClock().now_ms())
        filled = await verify(engines)
        assert (filled.members, filled.entries, filled.differences) == (60, 180, ())
        options = ("--database-url", database_url, "--events", "1000", "--members", "60")
        [said] = await asyncio.to_thread(said_by, "ours_ledger", *options)
        figures = json.loads(said)
        assert figures["events"] >= 1_000
        assert set(figures["outcomes"]) == {"applied"}
        assert len(figures["rss_mb"]) == 11
        after = await verify(engines)
        assert after.entries > 180
        assert after.differences == ()
    finally:
        await engines.close()


def test_BEN13_the_curve_is_the_cost_of_an_event_by_the_size_of_the_ledger(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ledger_curve, "EVENTS", 500)
    rows = ledger_curve.curve_of("sqlite", SqliteShelf(tmp_path), choose_cores(), members=(20, 200), rounds=1)
    assert [row.who for row in rows] == [
        "ours, 20 members, 200 entries, all come",
        "ours, 200 members, 2000 entries, 20 come",
        "ours, 20 members, 200 entries, all come once",
        "ours, 200 members, 2000 entries, all come",
    ]
    assert [row.ratio is not None for row in rows] == [False, True, True, True]
    assert [bool(row.goals) for row in rows] == [False, True, False, True]
    assert not [row.note for row in rows if "refused" in row.note], "every member is found"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["sqlite-200x10.db", "sqlite-20x10.db"]
    said = capsys.readouterr().err
    assert said.count("sqlite, ours, 200 members") == 2
    assert said.count("sqlite, ours, 20 members, 200 entries, all come:") == 3, (
        "one before each of the others"
    )


def test_BEN12_events_of_one_window_are_counted_one_by_one() -> None:
    cores = choose_cores()
    floor = Row("cpu_per_delivery", "floor", 1e9, "µs")
    row = fanout.run_gathered(OursFanout(cores, gathered=True), cores, [floor], viewers=20, seconds=0.5)
    assert row.value
    assert row.ratio == row.value / 1e9
    events_a_message = float(row.note.partition(" events a message")[0].rpartition(" ")[2])
    assert events_a_message > 2  # 100 a second, in windows of 50 ms
    assert "reach 100.00%" in row.note


def test_BEN14_L5_R3_a_hundred_viewers_at_an_opening_gate_get_what_there_is_to_the_piece() -> None:
    kinds = {"sqlite": KINDS["sqlite"]}
    rows = room.run(choose_cores(), viewers=100, seconds=0.2, lead_s=2.5, kinds=kinds)
    permits = {row.who: row for row in rows if row.name == "permits_sqlite"}
    assert {who: (row.value, row.outcome) for who, row in permits.items()} == {
        "ours, early": (9, Outcome.MET),
        "ours, public": (30, Outcome.MET),
    }, [row.note for row in rows]
    assert all("the ledger is right" in row.note for row in permits.values())
    assert all(
        "100 viewers had the gate before" in row.note for row in rows if row.name == "gate_skew_sqlite"
    )
