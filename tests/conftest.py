"""Fixtures that several test folders share."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from grader import cli, console, pipeline

ROOT = Path(__file__).parents[1]
# It takes minutes, and its cells have a limit of time: beside it run files without kernels.
_FIRST = "submissions/test_cohort.py"
# The longest of the others with kernels; the shorter ones fill what is left at the end.
_LONG = (
    "walls/test_attacks.py",
    "evidence/test_training.py",
    "engine/test_engines.py",
    "exchange/test_secrets.py",
    "test_individuals.py",
    "dashboard/test_day.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which files begin; xdist keeps to it with ``--no-loadscope-reorder``."""
    kernels = {_file(item) for item in items if item.get_closest_marker("kernel")}
    ranks = dict.fromkeys(kernels, 3) | dict.fromkeys(_LONG, 2) | {_FIRST: 0}
    order = {file: number for number, file in enumerate(_LONG)}
    items.sort(key=lambda i: (ranks.get(_file(i), 1), order.get(_file(i), 0)))


def _file(item: pytest.Item) -> str:
    return item.path.relative_to(ROOT / "tests").as_posix()


@pytest.fixture(scope="session")
def graded_cohort(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[pipeline.CohortResult, Path]:
    """The example cohort, graded for real with two kernels at a time: takes minutes.

    Half of its time would go into one given cell, which trains for 100 epochs and draws after each;
    here it has 15. ``python -m benchmarks.judgement --half example`` grades what was handed in.

    Returns
    -------
    result : CohortResult
    out : Path
        The folder with everything that ``grader grade`` writes.
    """
    out = tmp_path_factory.mktemp("cohort")
    cohort = shortened(ROOT / "submissions", tmp_path_factory.mktemp("shortened"))
    result = pipeline.grade_cohort(cohort, ROOT / "reference", out, jobs=2)
    return result, out


def shortened(submissions: Path, folder: Path) -> Path:
    """Copy the submissions into ``folder``, the long given training with 15 of its 100 epochs."""
    given = re.compile(rb"(epochs=)100(, callbacks=\[QRS\(\)\])")
    found = 0
    for path in sorted(submissions.glob("gruppe*")):
        if path.is_file():
            shutil.copy2(path, folder)
            continue
        shutil.copytree(path, folder / path.name)
        for notebook in (folder / path.name).rglob("*.ipynb"):
            content, count = given.subn(rb"\g<1>15\2", notebook.read_bytes())
            notebook.write_bytes(content)
            found += count
    assert found >= 15, "the given cell is written otherwise now"
    return folder


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
