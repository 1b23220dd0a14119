"""When a batch is kept piece by piece."""

from __future__ import annotations

from itertools import pairwise

import pytest

from server.ledger.member_keeping import pauses_of


@pytest.mark.parametrize("commands", [1, 2, 255])
def test_LED25_a_small_batch_is_kept_at_its_end(commands: int) -> None:
    assert not pauses_of(commands)


@pytest.mark.parametrize("commands", [256, 260, 497, 512, 1_000])
def test_LED25_little_is_left_of_a_large_batch_when_all_is_decided(commands: int) -> None:
    pauses = sorted(pauses_of(commands))
    assert all(pause % 16 == 0 for pause in pauses)
    assert 0 < commands - pauses[-1] < 256
    assert all(after - before >= 128 for before, after in pairwise(pauses))
