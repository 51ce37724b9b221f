"""Fixtures that several test folders share."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.console import Console

from grader import cli, console, pipeline

ROOT = Path(__file__).parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the file that takes minutes, so that no worker waits for it at the end."""
    long = {i.path for i in items if "graded_cohort" in getattr(i, "fixturenames", ())}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def graded_cohort(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[pipeline.CohortResult, Path]:
    """The example cohort, graded for real with two kernels at a time: takes minutes.

    Returns
    -------
    result : CohortResult
    out : Path
        The folder with everything that ``grader grade`` writes.
    """
    out = tmp_path_factory.mktemp("cohort")
    result = pipeline.grade_cohort(ROOT / "submissions", ROOT / "reference", out, jobs=2)
    return result, out


class Ended:
    """How a command ended: exit code, what it printed and what it complained about."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = flat(out)
        self.err = flat(err)


def flat(text: str) -> str:
    """One line without colours, frames and line breaks of the terminal."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|[─│╭╮╰╯┃━┏┓┗┛┡┩╇└┘┴┼├┤]", " ", text).split())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Run ``grader …`` in this process, in the checkout, on a wide terminal."""
    monkeypatch.chdir(ROOT)
    for name in ("_OUT", "_ERR"):
        made = Console(stderr=name == "_ERR", highlight=False, width=200)
        monkeypatch.setattr(console, name, made)

    def call(*words: str) -> Ended:
        monkeypatch.setattr("sys.argv", ["grader", *words])
        code: object = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        out, err = capsys.readouterr()
        assert isinstance(code, int)
        assert "Traceback" not in out + err
        return Ended(code, out, err)

    return call
