"""Values that only mypy keeps frozen."""

from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from server.domain.state import Member
from server.domain.unguarded import unguarded


@dataclass(frozen=True, slots=True)
class Guarded:
    name: str
    points: int = 0
    tags: list[str] = field(default_factory=list, compare=False)
    note: str = field(default="", repr=False, kw_only=True)


@unguarded
@dataclass(frozen=True, slots=True)
class Unguarded:
    name: str
    points: int = 0
    tags: list[str] = field(default_factory=list, compare=False)
    note: str = field(default="", repr=False, kw_only=True)


def test_R3_an_unguarded_value_is_made_compared_and_replaced_like_a_guarded_one() -> None:
    one, other = Unguarded("a", points=3, note="n"), Guarded("a", points=3, note="n")
    assert all(getattr(one, known.name) == getattr(other, known.name) for known in fields(Guarded))
    assert repr(one) == repr(other).replace("Guarded", "Unguarded")
    assert one == Unguarded("a", 3, ["x"], note="n")
    assert hash(one) == hash(Unguarded("a", 3, note="n"))
    assert replace(one, points=4) == Unguarded("a", 4, note="n")
    assert one != replace(one, note="m")
    assert Unguarded("a").tags is not Unguarded("a").tags


def test_R3_what_is_missing_or_too_much_is_named() -> None:
    with pytest.raises(TypeError, match=r"Unguarded.__init__.*name"):
        Unguarded()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="colour"):
        Unguarded("a", colour="red")  # type: ignore[call-arg]


def test_R3_no_field_can_be_added_and_mypy_refuses_to_write_to_those_there_are() -> None:
    guarded, one = Guarded("a"), Unguarded("a")
    with pytest.raises(FrozenInstanceError):
        guarded.points = 1  # type: ignore[misc]
    one.points = 1  # type: ignore[misc]  # an unused ignore is an error: so this line shows that mypy refuses
    with pytest.raises(AttributeError):
        one.colour = "red"  # type: ignore[attr-defined]


def test_R3_only_a_frozen_class_with_slots_is_unguarded() -> None:
    @dataclass
    class Open:
        name: str

    with pytest.raises(TypeError, match="Open: only a frozen dataclass"):
        unguarded(Open)
    assert "__setattr__" not in vars(Member)
