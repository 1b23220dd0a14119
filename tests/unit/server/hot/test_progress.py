import pytest

from server.hot.ports import Progress
from server.hot.progress import read, written


def test_HOT5_progress_is_read_as_it_was_written() -> None:
    progress = Progress(1, 2, -1, 4, 5, present=True, seq=7)
    assert read(written(progress)) == progress


@pytest.mark.parametrize("text", [b"", b"1:2", b"1:2:3:4:5:6:7:8", b"a:b:c:d:e:f:g"])
def test_HOT5_what_is_not_progress_counts_as_none(text: bytes) -> None:
    assert read(text) is None


def test_HOT5_the_seq_stands_first_where_the_script_looks_for_it() -> None:
    assert written(Progress(seq=42)).startswith(b"42:")
