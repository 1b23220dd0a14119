"""Holds rule ids and test names together (docs/house-style.md, line 45).

A rule is a list item that begins with a bold id (`- **T7** …`) in docs/requirements.md, docs/design.md or a
SPEC.md. A test cites the ids at the start of its name: `def test_T7_warns_…`, `def test_R2_V3_…`,
`it("L7 …")`. This says, file by file, what is cited without being a rule, what is a rule without a test, and
what stands in tests/not_yet.txt although it has one; and that docs/shown-by.md, the table of which tests show which rule,
is of today. Exit 1 if there is anything to say.

    .venv/bin/python .ci/rule_ids.py [--strike] [--table]
        --strike takes out of tests/not_yet.txt what is shown by now; --table writes docs/shown-by.md anew
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOT_YET = Path("tests/not_yet.txt")
TABLE = Path("docs/shown-by.md")
# The rules of the product and its promises; those of a package's SPEC.md stand beside the code they are of.
_IN_TABLE = ("docs/requirements.md", "docs/design.md")
# Here every test shows a rule. Elsewhere a test may also show how a thing is built.
EVERY_TEST_CITES = ("tests/unit/server/domain", "tests/law", "tests/contract")

_ID = r"[A-Z]{1,4}\d{1,3}"
_DEFINITION = re.compile(rf"^\s*[-*] \*\*({_ID})\*\*", re.MULTILINE)
_PYTHON_CITES = re.compile(rf"^test((?:_{_ID})+)_")
_TITLE = re.compile(r"""\b(?:it|test)(?:\.\w+)*(?:\([^()]*\))?\(\s*(["'`])(.*?)\1""", re.DOTALL)
_TITLE_CITES = re.compile(rf"^((?:{_ID}[ ,:]\s*)+)")


@dataclass(frozen=True, slots=True)
class Test:
    """One test: where it stands, its name, the ids its name begins with."""

    file: Path
    name: str
    cites: tuple[str, ...]


def main() -> int:
    """Print every complaint, or one closing line; return the exit code."""
    rules, complaints = defined(ROOT)
    tests = [*python_tests(ROOT), *typescript_tests(ROOT)]
    if "--strike" in sys.argv[1:]:
        strike(ROOT, {rule for test in tests for rule in test.cites})
    complaints += judged(rules, tests, not_yet(ROOT))
    table = written(rules, tests)
    if "--table" in sys.argv[1:]:
        (ROOT / TABLE).write_text(table)
    elif not (ROOT / TABLE).exists() or (ROOT / TABLE).read_text() != table:
        complaints.append(f"{TABLE} is not of today: run .venv/bin/python .ci/rule_ids.py --table")
    for complaint in complaints:
        print(complaint)
    if complaints:
        return 1
    waiting = len(not_yet(ROOT))
    print(f"{len(rules)} rules, {len(tests)} tests; {waiting} rules still without one in {NOT_YET}")
    return 0


def defined(root: Path) -> tuple[dict[str, Path], list[str]]:
    """Return the rules and where each is defined, and a complaint for each id defined twice."""
    rules: dict[str, Path] = {}
    complaints = []
    for file in (root / "docs/requirements.md", root / "docs/design.md", *sorted(specs(root))):
        for found in _DEFINITION.findall(file.read_text()):
            if found in rules:
                complaints.append(
                    f"{file.relative_to(root)}: {found} is defined in {rules[found]} already; take another letter"
                )
            rules[found] = file.relative_to(root)
    return rules, complaints


def specs(root: Path) -> Iterator[Path]:
    """The SPEC.md files beside our code."""
    for package in ("server", "broadcaster", "member_cache", "loadtest", "overlay_web/src"):
        yield from (root / package).rglob("SPEC.md")
    if (root / "overlay_web/SPEC.md").exists():
        yield root / "overlay_web/SPEC.md"


def not_yet(root: Path) -> list[str]:
    """The ids in tests/not_yet.txt; `#` begins a comment."""
    lines = (root / NOT_YET).read_text().splitlines()
    return [word for line in lines for word in line.split("#")[0].split()]


def strike(root: Path, shown: set[str]) -> None:
    """Take the ids in `shown` out of tests/not_yet.txt, and lines that are empty then."""
    kept = []
    for line in (root / NOT_YET).read_text().splitlines():
        words = [word for word in line.split() if word not in shown]
        if line.startswith("#") or not line.split() or words:
            kept.append(line if line.startswith("#") else " ".join(words))
    (root / NOT_YET).write_text("\n".join(kept) + "\n")


def python_tests(root: Path) -> Iterator[Test]:
    for file in sorted((root / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                found = _PYTHON_CITES.match(node.name)
                ids = found[1].strip("_").split("_") if found else []
                yield Test(file.relative_to(root), node.name, tuple(ids))


def typescript_tests(root: Path) -> Iterator[Test]:
    for file in sorted((root / "overlay_web/src").rglob("*.test.ts")):
        for _, title in _TITLE.findall(file.read_text()):
            found = _TITLE_CITES.match(title)
            ids = re.findall(_ID, found[1]) if found else []
            yield Test(file.relative_to(root), title, tuple(ids))


def written(rules: dict[str, Path], tests: list[Test]) -> str:
    """Return the table of rules and the tests that show them, a line each, in the order of the rules."""
    shown: dict[str, list[str]] = {}
    for test in tests:
        name = re.sub(r"\s+", " ", test.name).replace("|", "\\|")
        for rule in test.cites:
            shown.setdefault(rule, []).append(name)
    lines = [
        "# Which tests show which rule",
        "",
        "Written by `.ci/rule_ids.py --table`, checked by `make check`. A test is named once, however many cases it has;",
        "find it by its name. What a rule says stands in [requirements.md](requirements.md) and [design.md](design.md).",
        "",
        "| rule | tests | names |",
        "|---|--:|---|",
    ]
    for rule, file in rules.items():
        if file.as_posix() in _IN_TABLE:
            names = sorted(set(shown.get(rule, ())))
            words = " · ".join(f"`{name}`" for name in names) or "none yet"
            lines.append(f"| **{rule}** | {len(names)} | {words} |")
    return "\n".join(lines) + "\n"


def judged(rules: dict[str, Path], tests: list[Test], waiting: list[str]) -> list[str]:
    """Return what is wrong between the rules, the tests and the ids that wait for a test."""
    shown = {cited for test in tests for cited in test.cites}
    complaints = []
    for test in tests:
        complaints += [
            f"{test.file}: {test.name}: no rule {cited}" for cited in test.cites if cited not in rules
        ]
        if not test.cites and test.file.as_posix().startswith(EVERY_TEST_CITES):
            complaints.append(f"{test.file}: {test.name}: begin the name with the rule it shows")
    for rule, file in rules.items():
        if rule not in shown and rule not in waiting:
            complaints.append(
                f"{file}: no test shows {rule}: name one test_{rule}_… (part of the rule is enough)"
            )
    for rule in waiting:
        if rule not in rules:
            complaints.append(f"{NOT_YET}: there is no rule {rule}: strike it out")
        elif rule in shown:
            complaints.append(f"{NOT_YET}: {rule} has a test now: strike it out")
    complaints += [
        f"{NOT_YET}: {rule} stands twice" for rule in sorted(set(waiting)) if waiting.count(rule) > 1
    ]
    return complaints


if __name__ == "__main__":
    sys.exit(main())
