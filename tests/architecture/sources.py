"""Our own source files, as text and as trees, for the tests beside this module."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = ("server", "broadcaster", "member_cache", "loadtest")


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file: its path from the checkout, its text, its tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """The name by which it is imported."""
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources(*folders: str) -> Iterator[Source]:
    """Every Python file under `folders`, sorted by path."""
    for folder in folders:
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            text = path.read_text()
            yield Source(path.relative_to(CHECKOUT), text, ast.parse(text, str(path)))


def imports(source: Source) -> Iterator[tuple[str, int]]:
    """Every module a file imports, absolute, with the line; also those under `if TYPE_CHECKING`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source.path}:{node.lineno}: relative import; say the whole name"
            assert node.module is not None
            # `from server import ids` imports server.ids: name both.
            yield from ((f"{node.module}.{name.name}", node.lineno) for name in node.names)
