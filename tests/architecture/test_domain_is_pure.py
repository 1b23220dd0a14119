"""The domain decides; it does not look, wait or act (house style 1). import-linter cannot say "standard library only"."""

import ast
import sys

import pytest

from tests.architecture.sources import Source, imports, sources

# Modules through which a clock, chance, the disk, the net, threads or another program would come in.
IMPURE = {
    *("asyncio", "concurrent", "contextvars", "multiprocessing", "queue", "sched", "select", "selectors"),
    *("signal", "subprocess", "threading", "_thread"),
    *("time", "random", "secrets", "uuid"),
    *(
        "os",
        "io",
        "pathlib",
        "shutil",
        "tempfile",
        "glob",
        "fileinput",
        "mmap",
        "fcntl",
        "sqlite3",
        "dbm",
        "shelve",
    ),
    *(
        "socket",
        "socketserver",
        "ssl",
        "http",
        "urllib",
        "ftplib",
        "smtplib",
        "imaplib",
        "poplib",
        "xmlrpc",
        "email",
    ),
    *("logging", "warnings", "print", "getpass", "platform", "locale", "ctypes", "importlib", "pickle"),
}
PURE = set(sys.stdlib_module_names) - IMPURE
# Built-in calls that do input or output without an import.
ACTING = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}
# What reads the wall clock although its module is allowed for values: `datetime.now()`, `date.today()`.
CLOCK = {"now", "utcnow", "today", "fromtimestamp_now"}

DOMAIN = list(sources("server/domain"))


def allowed(module: str) -> bool:
    """May the domain import `module`?"""
    if module == "server.ids" or module.startswith(("server.domain.", "server.ids.")):
        return True
    return module.split(".")[0] in PURE


def test_there_is_a_domain_to_look_at() -> None:
    assert len(DOMAIN) > 2


@pytest.mark.parametrize("source", DOMAIN, ids=lambda source: source.module)
def test_a_domain_module_imports_only_pure_standard_library_itself_and_ids(source: Source) -> None:
    strangers = [f"{source.path}:{line}: {module}" for module, line in imports(source) if not allowed(module)]
    assert strangers == []


@pytest.mark.parametrize("source", DOMAIN, ids=lambda source: source.module)
def test_a_domain_module_neither_awaits_nor_reads_nor_writes_nor_asks_the_clock(source: Source) -> None:
    acts = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith | ast.Global):
            acts.append(f"{source.path}:{node.lineno}: {type(node).__name__}")
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in ACTING:
                acts.append(f"{source.path}:{node.lineno}: {node.func.id}()")
            elif isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK:
                acts.append(f"{source.path}:{node.lineno}: .{node.func.attr}()")
    assert acts == []
