"""Blind boxes are as likely as they say, whatever was opened before, and remember what was taken."""

import json
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from server.domain.boxes import (
    GOODS,
    POINTS,
    BoxBook,
    BoxOpening,
    BoxPrize,
    BoxSeed,
    BoxSeries,
    seed_name,
    wrong_contents,
)
from server.domain.fairness import box_of, commitment_of
from server.ids import MemberId, OpeningId, SeriesId

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "golden" / "fairness.json").read_text(encoding="utf-8")
)
SEED = sha256(b"a fixed seed").digest()
WEIGHTS = (50, 35, 13, 2)
CHI2_OF_3_AT_1_IN_1000 = 16.27


@pytest.mark.parametrize("word", ["ref-1", "口红", "a:1", ""])
def test_P3_boxes_of_one_seed_are_as_likely_as_their_weights_say(word: str) -> None:
    n = 4_000
    found = Counter(box_of(SEED, word, nonce, WEIGHTS) for nonce in range(1, n + 1))
    expected = [n * weight / sum(WEIGHTS) for weight in WEIGHTS]
    chi2 = sum((found[index] - one) ** 2 / one for index, one in enumerate(expected))
    assert chi2 < CHI2_OF_3_AT_1_IN_1000


def test_P3_what_is_left_is_as_likely_among_itself_as_before() -> None:
    n = 4_000
    found = Counter(box_of(SEED, "r", nonce, WEIGHTS[1:]) for nonce in range(1, n + 1))
    expected = [n * weight / sum(WEIGHTS[1:]) for weight in WEIGHTS[1:]]
    assert sum((found[index] - one) ** 2 / one for index, one in enumerate(expected)) < 13.82


@pytest.mark.parametrize("change", ["seed", "word", "nonce"])
def test_P3_another_seed_word_or_count_gives_other_boxes(change: str) -> None:
    other = sha256(b"another").digest() if change == "seed" else SEED
    plain = [box_of(SEED, "r", nonce, (1,) * 20) for nonce in range(1, 60)]
    changed = [
        box_of(
            other, "x" if change == "word" else "r", nonce + (1_000 if change == "nonce" else 0), (1,) * 20
        )
        for nonce in range(1, 60)
    ]
    assert sum(one == two for one, two in zip(plain, changed, strict=True)) < 12


def test_P3_a_seed_is_promised_for_one_series_and_day_as_in_the_vectors() -> None:
    [case, *_] = GOLDEN["boxes"]
    series, _, day = case["series"].rpartition("_")
    name = seed_name(SeriesId(series), int(day))
    assert commitment_of(bytes.fromhex(case["seed"]), name) == case["commitment"]
    assert len({seed_name(SeriesId(one), day) for one in ("a", "b") for day in (1, 2)}) == 4


def test_P3_a_book_counts_pieces_of_prizes_with_a_stock_alone_and_says_what_is_new() -> None:
    book = BoxBook()
    series = BoxSeries(SeriesId("bag"))
    book.put_series(series)
    book.put_seed(BoxSeed(series.id, 1, "c", "s", 0))
    one = BoxOpening(
        OpeningId("bx1"), MemberId("m"), series.id, 1, 1, "r", (("a", 1), ("b", 2)), 1, GOODS, 0, True, 5
    )
    book.put_opening(replace(series, opened=1), one)
    book.put_opening(replace(series, opened=2), replace(one, id=OpeningId("bx2"), nonce=2, limited=False))
    assert dict(book.given) == {("bag", "b"): 1}
    assert (book.new_series, book.touched_series) == ({"bag"}, set())
    assert book.series[series.id].opened == 2
    assert book.new_openings == {"bx1", "bx2"}


@pytest.mark.parametrize(
    "contents, wrong",
    [
        ((), "contents: 1 to"),
        ((BoxPrize("a", GOODS, 1),) * 2, "a name of its own"),
        ((BoxPrize("a", GOODS, 1), BoxPrize("b", GOODS, 0)), "contents.1.weight"),
        ((BoxPrize("a", GOODS, 1, stock=-1),), "contents.0.stock"),
        ((BoxPrize("a", POINTS, 1, points=5, off=5),), "contents.0:"),
        ((BoxPrize("a", "surprise", 1),), "contents.0:"),
        ((BoxPrize("a", "coupon", 1, off=5, valid_ms=1),), None),
    ],
)
def test_P2_wrong_contents_name_their_field(contents: tuple[BoxPrize, ...], wrong: str | None) -> None:
    found = wrong_contents(contents)
    assert (found is None) if wrong is None else (found is not None and wrong in found)
