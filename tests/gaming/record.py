"""Records what executed notebooks hold and what running them again gives.

    python -m tests.gaming.record

Executes the solution's notebooks as students do (nbclient, no seed, no wall) under both profiles,
runs them again as the grader does, and keeps the texts of both in ``tests/cases/stored``.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import nbformat
from nbclient import NotebookClient

from grader.exchange.kit import write_solution
from grader.grading import Bench
from grader.model import CellRun, NotebookEvidence
from grader.pipeline import build_reference

__all__ = ["FOLDER"]

FOLDER = Path(__file__).parents[1] / "cases" / "stored"
_PICTURES = ("image/png", "image/jpeg", "text/html", "application/vnd.jupyter.widget-view+json")


def _execute(bench: Bench, profile: str, folder: Path) -> dict[str, list[dict[str, Any]]]:
    write_solution(bench.lab, folder / "abgabe")
    shutil.copytree(bench.lab.data, folder / "data")
    env = {**os.environ, **bench.lab.profile(profile).env, "TF_CPP_MIN_LOG_LEVEL": "3"}
    found = {}
    for spec in bench.lab.notebooks:
        notebook = nbformat.read(folder / "abgabe" / f"{spec.name}.ipynb", 4)
        where = {"metadata": {"path": str(folder / "abgabe")}}
        NotebookClient(notebook, timeout=600, resources=where).execute(env=env)
        found[spec.name] = [
            {"source": c.source, "kind": c.cell_type, "outputs": _plain(c.get("outputs", []))}
            for c in notebook.cells
        ]
    return found


def _plain(outputs: list[Any]) -> list[Any]:
    kept = json.loads(json.dumps(outputs))
    for output in kept:
        for name in _PICTURES:
            output.get("data", {}).pop(name, None)
    return [o for o in kept if o.get("name") != "stderr"]


def _rerun(run: NotebookEvidence) -> list[Any]:
    cells = [
        CellRun(
            c.index,
            c.source,
            c.status,
            outputs=tuple(replace(o, html="") for o in c.outputs if not o.image),
        )
        for c in run.cells
    ]
    return [msgspec.to_builtins(c) for c in cells]


def main() -> None:
    """Write one file per profile."""
    bench = Bench.open(Path(__file__).parents[2] / "reference")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for profile in bench.lab.profiles:
        side = build_reference(bench, profile=profile.name)
        with tempfile.TemporaryDirectory() as name:
            stored = _execute(bench, profile.name, Path(name))
        rerun = {n: _rerun(r) for n, r in side.evidence.notebooks.items()}
        text = json.dumps({"stored": stored, "rerun": rerun}, ensure_ascii=False, indent=0)
        (FOLDER / f"{profile.name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
