"""Peers that run the same cells: plain nbclient, ``nbgrader autograde``, ``otter run``.

Each is prepared as its own documents ask for (that is not measured) and runs in the environment
that ``peers.sh`` makes.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from benchmarks.common import timed
from grader.engine.base import Job
from grader.engine.box import data_files

__all__ = ["PEERS", "Light", "Nbclient", "Nbgrader", "Otter", "Outcome", "Peer", "make_peer"]

PEERS = ("nbclient", "nbgrader", "otter")
_TEST = "assert model.count_params() > 0"


@dataclass(frozen=True)
class Light:
    """A notebook without long training; ``slots`` are its cells' places in the lab."""

    group: str
    job: Job
    slots: tuple[tuple[str, ...], ...]

    @property
    def key(self) -> str:
        """Group and notebook."""
        return f"{self.group}-{self.job.notebook}"


# What a side left behind: by notebook and cell index, whether it ran well and what it printed.
Outcome = dict[str, dict[int, tuple[bool, str]]]


class Peer:
    """A peer, its environment, and the notebooks it is to run."""

    def __init__(self, venv: Path, env: Mapping[str, str], jobs: int) -> None:
        self.bin = venv.absolute() / "bin"
        if not (self.bin / "nbgrader").exists():
            sys.exit(f"No peers in {venv}: run benchmarks/peers.sh first.")
        path = f"{self.bin}:{os.environ.get('PATH', os.defpath)}"
        self.env = {**os.environ, "PATH": path, "VIRTUAL_ENV": str(venv.absolute()), **env}
        self.jobs = jobs

    def prepare(self, lights: list[Light], folder: Path) -> None:
        """Write the notebooks in the form that the peer wants, once."""
        self.lights = lights
        self.folder = folder

    def run(self) -> float:
        """Run all notebooks from their state as submitted; the seconds it took."""
        raise NotImplementedError

    def outcome(self) -> Outcome:
        """What the last run left behind."""
        return {light.key: _outcome(self.executed(light)) for light in self.lights}

    def executed(self, light: Light) -> Any:
        """The notebook as the last run wrote it."""
        raise NotImplementedError

    def score(self) -> str:
        """A word on the points that the peer gave."""
        return "no points"

    def command(self, *arguments: str, cwd: Path) -> None:
        """Run one of the peer's programs; shows what it said if it fails."""
        program = [str(self.bin / arguments[0]), *arguments[1:]]
        done = subprocess.run(program, cwd=cwd, env=self.env, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(arguments)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


class Nbclient(Peer):
    """``NotebookClient`` in as many processes as notebooks run at a time."""

    def prepare(self, lights: list[Light], folder: Path) -> None:
        super().prepare(lights, folder)
        for light in lights:
            (folder / "submitted" / light.group / "lab").mkdir(parents=True, exist_ok=True)
            nbformat.write(_notebook(light), self._path(light, "submitted"))
            _copy_data(light, folder / "submitted" / light.group / "data")

    def run(self) -> float:
        shutil.rmtree(self.folder / "executed", ignore_errors=True)
        shutil.copytree(self.folder / "submitted", self.folder / "executed")
        paths = [str(self._path(light, "executed")) for light in self.lights]
        script = str(Path(__file__).with_name("plain.py"))
        arguments = ("python", script, str(self.jobs), *paths)
        return timed(lambda: self.command(*arguments, cwd=self.folder))

    def executed(self, light: Light) -> Any:
        return nbformat.read(self._path(light, "executed"), as_version=4)

    def _path(self, light: Light, stage: str) -> Path:
        return self.folder / stage / light.group / "lab" / f"{light.job.notebook}.ipynb"


class Nbgrader(Peer):
    """A course folder with one assignment; each notebook ends with an autograded test."""

    def prepare(self, lights: list[Light], folder: Path) -> None:
        super().prepare(lights, folder)
        (folder / "nbgrader_config.py").write_text(
            "c = get_config()\n"
            "c.CourseDirectory.course_id = 'course'\n"
            "c.Execute.timeout = 600\n"  # the default, 30 s, is meant for cells without TensorFlow
        )
        source = folder / "source" / "lab"
        source.mkdir(parents=True)
        for name in sorted({light.job.notebook for light in lights}):
            places = [s for la in lights if la.job.notebook == name for p in la.slots for s in p]
            cells = [_nbgrader_cell(s, "...", solution=True) for s in dict.fromkeys(places)]
            cells.append(_nbgrader_cell("test", _TEST, solution=False))
            nbformat.write(_new_notebook(cells), source / f"{name}.ipynb")
        self.command("nbgrader", "generate_assignment", "lab", "--create", cwd=folder)
        for light in lights:
            target = folder / "submitted" / light.group / "lab"
            target.mkdir(parents=True, exist_ok=True)
            notebook = _notebook(light)
            released = folder / "release" / "lab" / f"{light.job.notebook}.ipynb"
            _mark_solutions(notebook, light)
            notebook.cells.append(nbformat.read(released, as_version=4).cells[-1])
            nbformat.write(notebook, target / f"{light.job.notebook}.ipynb")
            _copy_data(light, folder / "autograded" / light.group / "data")

    def run(self) -> float:
        for light in self.lights:
            shutil.rmtree(self.folder / "autograded" / light.group / "lab", ignore_errors=True)
        return timed(lambda: self.command("nbgrader", "autograde", "lab", cwd=self.folder))

    def executed(self, light: Light) -> Any:
        path = self.folder / "autograded" / light.group / "lab" / f"{light.job.notebook}.ipynb"
        return nbformat.read(path, as_version=4)

    def score(self) -> str:
        with sqlite3.connect(self.folder / "gradebook.db") as gradebook:
            (points,) = gradebook.execute("SELECT SUM(auto_score) FROM grade").fetchone()
        return f"nbgrader gave {points:g} of {len(self.lights)} points"


class Otter(Peer):
    """One ``otter run`` per notebook, with an autograder of one test that holds the data.

    otter runs a notebook in a folder of its own with the autograder's files inside: data cannot
    lie beside that folder, hence ``data/`` instead of ``../data/`` here.
    """

    def prepare(self, lights: list[Light], folder: Path) -> None:
        super().prepare(lights, folder)
        _copy_data(lights[0], folder / "files" / "data")
        for path in (folder / "files" / "data").glob("*.py"):
            path.write_text(path.read_text("utf-8").replace("../data", "data"), "utf-8")
        with zipfile.ZipFile(folder / "autograder.zip", "w") as archive:
            archive.writestr("otter_config.json", json.dumps({"pdf": False}))
            archive.writestr("tests/model.py", _OTTER_TEST)
            for path in (folder / "files").rglob("*"):
                archive.write(path, path.relative_to(folder))
        for light in lights:
            notebook = _notebook(light)
            for cell in notebook.cells:
                cell.source = cell.source.replace("../data", "data")
            (folder / "results" / light.key).mkdir(parents=True)
            nbformat.write(notebook, folder / f"{light.key}.ipynb")

    def run(self) -> float:
        return timed(lambda: [self._grade(light) for light in self.lights])

    def _grade(self, light: Light) -> None:
        # Where it is called, otter leaves the pickled result, with the outputs of all cells.
        arguments = [
            "-a",
            "../../autograder.zip",
            "-o",
            ".",
            "--pickle-results",
            f"../../{light.key}.ipynb",
        ]
        self.command("otter", "run", *arguments, cwd=self.folder / "results" / light.key)

    def executed(self, light: Light) -> Any:
        # The result can only be read where otter is installed.
        code = (
            "import sys, dill, nbformat; "
            "nbformat.write(dill.load(open(sys.argv[1], 'rb')).notebook, sys.argv[2])"
        )
        target = self.folder / f"{light.key}-executed.ipynb"
        pickled = str(self.folder / "results" / light.key / "results.pkl")
        self.command("python", "-c", code, pickled, str(target), cwd=self.folder)
        return nbformat.read(target, as_version=4)

    def score(self) -> str:
        points = 0.0
        for light in self.lights:
            path = self.folder / "results" / light.key / "results.json"
            tests = json.loads(path.read_text("utf-8"))["tests"]
            points += sum(test.get("score", 0) for test in tests)
        return f"otter gave {points:g} of {len(self.lights)} points"


_OTTER_TEST = f"""
from otter.test_files import test_case

OK_FORMAT = False
name = "model"
points = 1


@test_case(points=1)
def test_model(model):
    {_TEST}
"""


def make_peer(name: str, venv: Path, env: Mapping[str, str], jobs: int) -> Peer:
    """The peer of that name."""
    kinds: dict[str, type[Peer]] = {"nbclient": Nbclient, "nbgrader": Nbgrader, "otter": Otter}
    return kinds[name](venv, env, jobs)


# --------------------------------------------------------------------------- notebooks


def _new_notebook(cells: list[Any]) -> Any:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _notebook(light: Light) -> Any:
    cells = [nbformat.v4.new_code_cell(c.source, id=f"cell-{c.index}") for c in light.job.cells]
    return _new_notebook(cells)


def _nbgrader_cell(slot: str, source: str, *, solution: bool) -> Any:
    metadata = {
        "grade": not solution,
        "grade_id": slot,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
        **({} if solution else {"points": 1}),
    }
    return nbformat.v4.new_code_cell(source, metadata={"nbgrader": metadata})


def _mark_solutions(notebook: Any, light: Light) -> None:
    """Give cells their place in the assignment; a place that occurs again stays with the first."""
    seen: set[str] = set()
    for cell, slots in zip(notebook.cells, light.slots, strict=True):
        if slots and slots[0] not in seen:
            seen.add(slots[0])
            cell.metadata = _nbgrader_cell(slots[0], "", solution=True).metadata


def _copy_data(light: Light, target: Path) -> None:
    if target.exists():
        return
    for path in data_files(light.job.data_path, light.job.data_exclude):
        copy = target / path.relative_to(light.job.data_path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _outcome(notebook: Any) -> dict[int, tuple[bool, str]]:
    found = {}
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.id.startswith("cell-"):
            continue
        texts = []
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stdout":
                texts.append(output.text)
            elif output.output_type == "execute_result":
                texts.append(output.data.get("text/plain", ""))
        ok = cell.execution_count is not None
        ok = ok and all(o.output_type != "error" for o in cell.outputs)
        found[int(cell.id.removeprefix("cell-"))] = (ok, "\n".join(texts))
    return found
