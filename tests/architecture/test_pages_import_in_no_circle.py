"""Modules of the pages import each other in one direction (design, section 2): types, too."""

import re
from collections.abc import Mapping, Set
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.sources import CHECKOUT

PAGES = CHECKOUT / "overlay_web/src"
# `import … from "./x.js"`, `export … from "./x.js"`, `import "./x.js"` and `import("./x.js")`.
_IMPORTED = re.compile(
    r"""(?:^(?:import|export)\b[^;"']*|\bimport\()["'](\.{1,2}/[^"']+)["']""", re.MULTILINE
)


def imported(folder: Path) -> dict[str, Set[str]]:
    """Return by module which modules it imports, as paths below `folder`."""
    return {
        path.relative_to(folder).as_posix(): {
            (path.parent / name).resolve().relative_to(folder.resolve()).with_suffix(".ts").as_posix()
            for name in _IMPORTED.findall(path.read_text())
            if name.endswith(".js")
        }
        for path in sorted(folder.rglob("*.ts"))
    }


def circle_in(modules: Mapping[str, Set[str]]) -> list[str]:
    try:
        TopologicalSorter(modules).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_modules_of_the_pages_import_each_other_in_no_circle() -> None:
    modules = imported(PAGES)
    assert {name for names in modules.values() for name in names} <= modules.keys(), (
        "an import names no module"
    )
    assert "text/page-words.ts" in modules["text/en.ts"]  # types count
    assert circle_in(modules) == []


@pytest.mark.parametrize(
    "back",
    [
        'import type { B } from "../a.js";',
        'import {\n  type B,\n} from "../a.js";',
        'export { B } from "../a.js";',
        'import "../a.js";',
        'const a = await import("../a.js");',
    ],
    ids=["type", "lines", "export", "bare", "later"],
)
def test_a_circle_is_found_however_it_is_closed(tmp_path: Path, back: str) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "a.ts").write_text('import { b } from "./text/b.js";\n')
    (tmp_path / "text/b.ts").write_text(f"{back}\n")
    assert sorted(set(circle_in(imported(tmp_path)))) == ["a.ts", "text/b.ts"]
