import subprocess
from pathlib import Path

import pytest

from loadtest.errors import ChildFailed, NotInstalled
from loadtest.native import build


def source(folder: Path, number: int) -> Path:
    file = folder / "one.c"
    file.write_text(f"int main(void) {{ return {number}; }}\n")
    return file


def test_NAT1_a_program_is_built_once_and_anew_when_its_source_changes(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    program = build(source(tmp_path, 3), cache)
    built = program.stat().st_mtime_ns
    assert subprocess.run([program], check=False).returncode == 3
    assert build(source(tmp_path, 3), cache).stat().st_mtime_ns == built
    assert subprocess.run([build(source(tmp_path, 4), cache)], check=False).returncode == 4
    assert cache.stat().st_mode & 0o077 == 0


def test_NAT2_without_a_compiler_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(NotInstalled, match="apt-get install gcc"):
        build(source(tmp_path, 3), tmp_path / "cache")


def test_NAT2_a_source_the_compiler_refuses_gives_its_words(tmp_path: Path) -> None:
    broken = tmp_path / "broken.c"
    broken.write_text("int main(void) { return oops; }\n")
    with pytest.raises(ChildFailed, match="oops"):
        build(broken, tmp_path / "cache")
