"""A test that sleeps is slow and still guesses: pass `now`, turn a manual clock, await the thing itself (house style 52)."""

import ast

from tests.architecture.sources import sources

QUICK = ("tests/unit", "tests/law", "tests/contract", "tests/edge", "tests/wire", "tests/architecture")
SLEEPERS = {("asyncio", "sleep"), ("time", "sleep"), ("anyio", "sleep")}


def sleeps(tree: ast.AST) -> list[int]:
    """Lines that call a sleep of more than nothing; `asyncio.sleep(0)` only lets others run."""
    lines = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                asleep = (module, name) in SLEEPERS
            case ast.Name(id="sleep"):
                asleep = True
            case _:
                asleep = False
        nothing = bool(node.args) and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
        if asleep and not nothing:
            lines.append(node.lineno)
    return lines


def test_a_sleep_is_seen_and_a_mere_turn_of_the_loop_is_not() -> None:
    assert sleeps(ast.parse("asyncio.sleep(0)\ntime.sleep(0.1)\nsleep(delay)\nasyncio.sleep(one)")) == [
        2,
        3,
        4,
    ]


def test_no_quick_test_sleeps() -> None:
    assert [f"{source.path}:{line}" for source in sources(*QUICK) for line in sleeps(source.tree)] == []
