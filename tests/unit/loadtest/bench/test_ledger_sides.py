import json

import pytest

from loadtest.bench.ledger_sides import Figures, figures_of
from loadtest.errors import ChildFailed


def test_BEN11_what_a_child_printed_is_read_with_care() -> None:
    said = {
        "events": 10,
        "seconds": 2.0,
        "cpu_s": 1.0,
        "batches": 2,
        "outcomes": {"applied": 9, "conflict": 1},
        "p50_ms": 3.5,
        "p99_ms": 9,
        "rss_mb": [100, 101.5, 102],
        "threads_cpu_s": 0.25,
    }
    read = Figures(
        10, 2.0, 1.0, 2, refused=1, p50_ms=3.5, p99_ms=9.0, rss_mb=(100.0, 101.5, 102.0), threads_cpu_s=0.25
    )
    assert figures_of(json.dumps(said)) == read
    for nonsense in ("", "[]", "{}", '{"events": 1}'):
        with pytest.raises(ChildFailed, match="answered"):
            figures_of(nonsense)
