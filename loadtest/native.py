"""Build our few C programs with the machine's own compiler, once per source. NAT1-NAT3.

A binary is cached under a name that holds the hash of source, compiler and flags, so a stale one is never
run. The cache lies in the project's `var/` (never in a folder that others can write to, since it is executed).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from loadtest.errors import ChildFailed, NotInstalled

FLAGS = ("-O2", "-Wall", "-Wextra", "-std=gnu11")
SHARED = (*FLAGS, "-shared", "-fPIC")
"""For a library that is preloaded."""
CACHE = Path(__file__).resolve().parent.parent / "var" / "native"


def compiler() -> str:
    """Return the path of a C compiler; raises `NotInstalled`."""
    for name in (os.environ.get("CC"), "cc", "gcc", "clang"):
        found = shutil.which(name) if name else None
        if found:
            return found
    raise NotInstalled("a C compiler", "apt-get install gcc libc6-dev")


def build(source: Path, cache: Path = CACHE, flags: Sequence[str] = FLAGS) -> Path:
    """Return the program (with `SHARED` the library) built from one C file, compiling it unless the cache has it.

    Raises `NotInstalled` without a compiler, `ChildFailed` with the compiler's words when it refuses.
    """
    cc = compiler()
    version = subprocess.run([cc, "--version"], capture_output=True, check=False).stdout
    key = hashlib.sha256(b"\0".join([source.read_bytes(), version, " ".join(flags).encode()])).hexdigest()[
        :16
    ]
    program = cache / f"{source.stem}-{key}"
    if program.exists():
        return program
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = cache / f".{program.name}.{os.getpid()}"
    done = subprocess.run(
        [cc, *flags, "-o", str(unfinished), str(source), "-ldl"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ChildFailed(cc, f"cannot build {source.name}: {done.stderr.strip()[-2000:]}")
    unfinished.replace(program)  # atomic: two benches at once build twice and both are right
    return program
