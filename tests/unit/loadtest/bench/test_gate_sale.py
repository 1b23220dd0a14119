from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgpack
import pytest

from loadtest.bench.gate_sale import Asked, Sale, asked_again, asked_of, clock_errors_ms, quantile
from loadtest.errors import ContractBroken
from loadtest.swarm import Answer, Said


def said(*messages: Sequence[Mapping[str, object]], trip_ns: int = 2_000_000) -> Said:
    answers = [Answer(n, 1_000, 1_000 + trip_ns, msgpack.packb(one)) for n, one in enumerate(messages)]
    return Said(len(answers), 1_000, 1_000, tuple(answers))


def permit(number: int, name: str, given_ms: int = 100) -> Asked:
    return Asked(number, 0, 1_000_000, "done", name, given_ms)


EXACT = Sale(
    stock=10,
    may_go=2,
    opens_ms={0: 100, 1: 100, 2: 400},
    sent=3,
    asked=(permit(0, "a"), permit(1, "b"), Asked(2, 0, 1, "not_open")),
    verified=2,
    used_twice=0,
    sold=2,
)


def test_BEN14_a_sale_to_the_piece_has_no_faults() -> None:
    assert EXACT.faults() == []
    assert EXACT.codes() == {"done": 2, "not_open": 1}


@pytest.mark.parametrize(
    "wrong, words",
    [
        (replace(EXACT, may_go=3), "2 permits were given of 3"),
        (replace(EXACT, verified=1), "of 2 permits 1 were used"),
        (replace(EXACT, sold=3), "the gate says 3 are sold"),
        (replace(EXACT, used_twice=1), "1 permits were used twice"),
        (replace(EXACT, asked=(permit(0, "a"), permit(2, "b")), sent=2), "1 permits were given before"),
        (replace(EXACT, stock=1), "2 pieces were sold of 1"),
        (replace(EXACT, sent=4), "1 of 4 viewers were not answered"),
    ],
)
def test_BEN14_whatever_is_not_exact_is_said(wrong: Sale, words: str) -> None:
    assert any(words in fault for fault in wrong.faults())


def test_BEN14_the_same_permit_asked_for_twice_is_one_piece() -> None:
    again = replace(EXACT, asked=(*EXACT.asked, permit(0, "a")), sent=4)
    assert again.faults() == []


def test_BEN14_answers_are_read_by_their_ref_beside_other_frames() -> None:
    pulse: dict[str, object] = {"type": "pulse", "key": "gate:g1", "value": {"stock_left": 3}}
    done = {"type": "done", "ref": "ask", "result": {"permit": "jwt", "expires_ms": 60_100}}
    late = {"type": "refused", "ref": "ask", "code": "sold_out"}
    first, second = asked_of(said([pulse, done], [late]), "ask")
    assert (first.code, first.permit, first.given_ms, first.waited_ms) == ("done", "jwt", 100, 2.0)
    assert (second.number, second.code, second.permit) == (1, "sold_out", "")
    with pytest.raises(ContractBroken, match="no answer"):
        asked_of(said([pulse]), "ask")


def test_BEN14_R2_who_was_told_to_try_later_asks_again_and_the_others_get_their_answer_again() -> None:
    later, done, late = Asked(0, 10, 20, "try_later"), permit(1, "a"), Asked(2, 10, 30, "sold_out")
    again = asked_again((later, done, late), (permit(0, "b"), permit(1, "a"), Asked(2, 50, 60, "sold_out")))
    assert [(one.code, one.permit) for one in again] == [("done", "b"), ("done", "a"), ("sold_out", "")]
    assert (again[0].said_ns, again[2].heard_ns) == (10, 30), "it waited from the first time"
    with pytest.raises(ContractBroken, match="viewer 1 was answered done, then sold_out"):
        asked_again((done,), (Asked(1, 50, 60, "sold_out"),))


def test_BEN14_CRD5_a_clock_is_read_by_the_exchange_of_least_round_trip() -> None:
    """The server's clock is 5 000 ms ahead of the monotonic one; the slow way said 40 ms more."""
    slow = said([{"type": "time", "t0": 1, "t1": 5_060, "t2": 5_060}], trip_ns=40_000_000).answers
    quick = said([{"type": "time", "t0": 2, "t1": 5_001, "t2": 5_001}], trip_ns=2_000_000).answers
    for rounds in ((slow, quick), (quick, slow)):
        assert clock_errors_ms(rounds, 5_000_000_000)[0] == pytest.approx(0.0, abs=0.01)
    assert clock_errors_ms((slow,), 5_000_000_000)[0] == pytest.approx(40.0, abs=0.01)


def test_BEN14_a_quantile_is_one_of_the_values() -> None:
    assert [quantile([3.0, 1.0, 2.0], q) for q in (0.5, 0.99)] == [2.0, 3.0]
    assert quantile([], 0.5) == 0.0
