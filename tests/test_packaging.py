"""The wheel holds the grader and its templates, and nothing of a lab."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
SETUP = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_every_package_is_in_the_wheel() -> None:
    found = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "grader").rglob("__init__.py")
    }
    assert set(SETUP["tool"]["setuptools"]["packages"]) == found | {"grader.templates"}


def test_every_template_is_in_the_wheel() -> None:
    patterns = SETUP["tool"]["setuptools"]["package-data"]["grader.templates"]
    packed = {path for pattern in patterns for path in (ROOT / "templates").glob(pattern)}
    assert packed == {path for path in (ROOT / "templates").rglob("*") if path.is_file()}
    assert packed


def test_every_dependency_says_why_and_is_pinned() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    pins = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        if "==" in line
    }
    for requirement in SETUP["project"]["dependencies"]:
        line = next(entry for entry in text.splitlines() if f'"{requirement}"' in entry)
        assert "# " in line, f"{requirement} needs a reason"
    names = [
        requirement.split(">")[0].split("[")[0].lower().replace("_", "-")
        for group in (
            SETUP["project"]["dependencies"],
            *SETUP["project"]["optional-dependencies"].values(),
        )
        for requirement in group
    ]
    assert set(names) <= pins


def test_constraints_name_no_index() -> None:
    text = (ROOT / "constraints.txt").read_text("utf-8")
    assert "://" not in text and " @ " not in text and "--" not in text
