import msgpack
import pytest

from server.domain.attending import Here
from server.hot.people import read, written
from server.ids import AuthorTag, TierId

PEOPLE = [
    Here(AuthorTag("a_1"), TierId("silver"), 50, TierId("silver"), 9, born_today=True),
    Here(AuthorTag("a_2"), TierId("gold")),
]


def test_HOT10_who_is_here_is_read_as_it_was_written() -> None:
    assert read(written(PEOPLE, 7)) == (7, PEOPLE)
    assert read(written([], 7)) == (7, [])


@pytest.mark.parametrize(
    "body",
    [b"", b"\xc1", msgpack.packb(3), msgpack.packb(("x", [])), msgpack.packb((1, [[1, 2]])), b"\x92\x01"],
)
def test_HOT10_what_another_program_wrote_counts_as_nobody(body: bytes) -> None:
    assert read(body) is None
