"""The domain decides; it does not look, wait or act (house style 1). import-linter cannot say "standard library only"."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import Source, imports, sources

# Modules through which a clock, chance, the disk, the net, threads or another program would come in.
IMPURE = set(
    """
    asyncio concurrent contextvars multiprocessing queue sched select selectors signal subprocess threading _thread
    time random secrets uuid
    os io pathlib shutil tempfile glob fileinput mmap fcntl sqlite3 dbm shelve pickle
    socket socketserver ssl http urllib ftplib smtplib imaplib poplib xmlrpc email
    logging warnings getpass platform locale ctypes importlib
    """.split()
)
PURE = set(sys.stdlib_module_names) - IMPURE
# Built-in calls that do input or output without an import.
ACTING = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}
# What reads the wall clock although its module is allowed for values: `datetime.now()`, `date.today()`.
CLOCK = {"now", "utcnow", "today"}

DOMAIN = list(sources("server/domain"))


def allowed(module: str) -> bool:
    """May the domain import `module`?"""
    if module == "server.ids" or module.startswith(("server.domain.", "server.ids.")):
        return True
    return module.split(".")[0] in PURE


def test_there_is_a_domain_to_look_at() -> None:
    assert len(DOMAIN) > 2


def acts(source: Source) -> Iterator[str]:
    """Every place where a module awaits, reads, writes, keeps global state or asks the clock."""
    for node in ast.walk(source.tree):
        match node:
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith() | ast.Global():
                yield f"{source.path}:{node.lineno}: {type(node).__name__}"
            case ast.Call(func=ast.Name(id=name)) if name in ACTING:
                yield f"{source.path}:{node.lineno}: {name}()"
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCK:
                yield f"{source.path}:{node.lineno}: .{name}()"


def test_the_domain_imports_only_pure_standard_library_itself_and_ids() -> None:
    strangers = [
        f"{source.path}:{line}: {module}"
        for source in DOMAIN
        for module, line in imports(source)
        if not allowed(module)
    ]
    assert strangers == []


def test_the_domain_neither_awaits_nor_reads_nor_writes_nor_asks_the_clock() -> None:
    assert [act for source in DOMAIN for act in acts(source)] == []


def test_what_acts_is_seen() -> None:
    text = "async def f(): await g()\nopen('x')\ndatetime.now()\nglobal_ = 1\nrender(now)\n"
    found = list(acts(Source(Path("x.py"), text, ast.parse(text))))
    assert found == ["x.py:1: AsyncFunctionDef", "x.py:2: open()", "x.py:3: .now()", "x.py:1: Await"]
    assert not allowed("time.monotonic")
    assert not allowed("sqlalchemy.select")
    assert not allowed("server.settings.Settings")
    assert allowed("server.domain.world.World")
    assert allowed("dataclasses.dataclass")
