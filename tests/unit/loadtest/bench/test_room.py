from dataclasses import replace

from loadtest.bench.gate_sale import Asked
from loadtest.bench.room import Opening, doubt, rows_of
from loadtest.bench.rows import Outcome
from tests.unit.loadtest.bench.test_gate_sale import EXACT

ASKED = tuple(Asked(n, 1_000_000_000, 1_010_000_000 + n * 1_000_000, "sold_out") for n in range(3))
OPENING = Opening(
    name="early",
    sale=EXACT,
    everybody=ASKED,
    asked_s=1.0,
    late_ms=0.2,
    first_decided_ms=1,
    within=3,
    errors_ms=(-1.0, 0.5, 2.0),
    told=3,
    cpu_us=700.0,
    load=0.8,
    swarm_load=0.1,
)


def outcomes(opening: Opening, *, apart: bool = True) -> dict[str, Outcome]:
    return {row.name: row.outcome for row in rows_of("sqlite", [opening], "the ledger is right", apart=apart)}


def test_BEN14_skew_waits_and_exactness_each_have_a_row() -> None:
    skew, wait, permits = rows_of("sqlite", [OPENING], "the ledger is right", apart=True)
    assert (skew.value, wait.value, permits.value) == (3.0, 12.0, 2)
    assert "first viewer -2.0 ms, last +1.0 ms" in skew.note
    assert "3 asked in 1.00 s" in wait.note
    assert "the ledger is right" in permits.note
    assert set(outcomes(OPENING).values()) == {Outcome.MET}


def test_BEN3_BEN14_a_piece_too_many_is_a_failure_however_fast_it_was() -> None:
    wrong = replace(OPENING, sale=replace(EXACT, may_go=1))
    assert outcomes(wrong)["permits_sqlite"] is Outcome.FAILED


def test_BEN4_SWM4_a_generator_at_its_limit_judges_no_wait() -> None:
    busy = replace(OPENING, swarm_load=0.9)
    assert outcomes(busy)["permit_p99_sqlite"] is Outcome.NOT_JUDGED
    assert "generator-bound" in doubt(busy, apart=True)
    assert outcomes(OPENING, apart=False)["permit_p99_sqlite"] is Outcome.NOT_JUDGED
