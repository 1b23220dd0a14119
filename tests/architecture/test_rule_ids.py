"""The check that holds rules and tests together can itself fail."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.architecture.sources import CHECKOUT


@pytest.fixture(scope="module")
def rule_ids() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rule_ids", CHECKOUT / ".ci" / "rule_ids.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small project: rules T1 and T2 and promise R1, T1 shown in Python, R1 in TypeScript, T2 waiting."""
    for name, text in {
        "docs/requirements.md": "- **T1** One.\n- **T2** Two; see **T9**.\n",
        "docs/design.md": "- **R1** Promise.\n",
        "tests/law/test_one.py": "def test_T1_says_so() -> None: ...\n",
        "overlay_web/src/a.test.ts": 'it("R1 holds", () => {});\nit.each([1])(`R1 ${n}`, () => {});\n',
        "tests/not_yet.txt": "# later\nT2\n",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def complaints(rule_ids: ModuleType, root: Path) -> list[str]:
    rules, found = rule_ids.defined(root)
    tests = [*rule_ids.python_tests(root), *rule_ids.typescript_tests(root)]
    return [*found, *rule_ids.judged(rules, tests, rule_ids.not_yet(root))]


def test_a_project_in_order_is_not_complained_about(rule_ids: ModuleType, checkout: Path) -> None:
    assert complaints(rule_ids, checkout) == []


@pytest.mark.parametrize(
    "file, text, complaint",
    [
        ("tests/not_yet.txt", "", "no test shows T2"),
        ("tests/not_yet.txt", "T2 T1", "T1 has a test now"),
        ("tests/not_yet.txt", "T2 T7", "there is no rule T7"),
        ("tests/not_yet.txt", "T2 T2", "T2 stands twice"),
        ("tests/law/test_one.py", "def test_T1_T8_x(): ...\n", "no rule T8"),
        ("tests/law/test_two.py", "async def test_things_work(): ...\n", "begin the name with the rule"),
        ("overlay_web/src/a.test.ts", 'it("holds R1", () => {});', "no test shows R1"),
        ("docs/design.md", "- **R1** Promise.\n- **T1** Again.\n", "T1 is defined in"),
    ],
)
def test_what_is_out_of_order_is_named(
    rule_ids: ModuleType, checkout: Path, file: str, text: str, complaint: str
) -> None:
    (checkout / file).write_text(text)
    [said] = complaints(rule_ids, checkout)
    assert complaint in said
