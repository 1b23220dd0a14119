"""What docs/house-style.md says about files, where a linter cannot see it."""

import ast
import io
import re
import tokenize

from tests.architecture.sources import CHECKOUT, PACKAGES, Source, sources

OURS = list(sources(*PACKAGES))
TESTS = list(sources("tests"))
MOST_LINES = 600
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "shared"}
FRONT_END = [
    path
    for pattern in ("*.ts", "*.css", "*.html")
    for path in sorted((CHECKOUT / "overlay_web").rglob(pattern))
    if not {"node_modules", "dist"} & set(path.parts)
]


def test_a_package_init_holds_only_its_docstring() -> None:
    for source in OURS:
        if source.path.name == "__init__.py":
            [only] = source.tree.body
            assert isinstance(only, ast.Expr), f"{source.path}: more than a docstring"
            assert isinstance(only.value, ast.Constant), f"{source.path}: more than a docstring"


def test_every_module_says_what_it_is() -> None:
    silent = [source.path.as_posix() for source in OURS if not ast.get_docstring(source.tree)]
    assert silent == []


def test_no_file_is_longer_than_one_idea() -> None:
    lengths = {source.path.as_posix(): source.text.count("\n") for source in [*OURS, *TESTS]}
    lengths |= {path.relative_to(CHECKOUT).as_posix(): path.read_text().count("\n") for path in FRONT_END}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_file_is_named_after_nothing() -> None:
    files = [source.path for source in [*OURS, *TESTS]] + FRONT_END
    assert [path.as_posix() for path in files if path.name.split(".")[0] in NAMELESS] == []


def test_nothing_is_left_for_later_in_a_comment() -> None:
    left = [
        f"{source.path}:{token.start[0]}: {token.string}"
        for source in [*OURS, *TESTS]
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline)
        if token.type == tokenize.COMMENT and UNFINISHED.search(token.string)
    ]
    assert left == []


def test_nothing_is_left_for_later_in_the_front_end() -> None:
    left = [
        f"{path.relative_to(CHECKOUT)}:{number}: {line.strip()}"
        for path in FRONT_END
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    assert left == []


def test_nothing_raises_not_implemented() -> None:
    unfinished = [
        f"{source.path}:{node.lineno}"
        for source in OURS
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Name) and node.id == "NotImplementedError"
    ]
    assert unfinished == []


def silent_handlers(source: Source) -> list[str]:
    """`except …: pass` without a comment on it or beside it."""
    lines = source.text.splitlines()
    return [
        f"{source.path}:{node.lineno}: {lines[node.lineno - 1].strip()} pass"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler)
        and all(isinstance(statement, ast.Pass) for statement in node.body)
        and not any("#" in line for line in lines[node.lineno - 2 : node.body[-1].lineno])
    ]


def test_no_error_is_swallowed_without_a_reason_beside_it() -> None:
    assert [silent for source in OURS for silent in silent_handlers(source)] == []
