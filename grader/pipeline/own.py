"""What students do with their own notebooks: a look at them, and the .zip to hand in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grader.engine.base import Engine
from grader.errors import UsageError
from grader.own import OwnWork, open_bench, own_paths, questions_only, run_own
from grader.pipeline.parts import engine_or_own
from grader.running import Listener

if TYPE_CHECKING:
    from grader.handin import HandedIn

__all__ = ["self_check", "submit"]


def self_check(
    paths: list[Path],
    lab: Path | None = None,
    *,
    task: str | None = None,
    training_seconds: float = 20.0,
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> OwnWork:
    """Look at one's own notebooks before handing in; the lab's solutions are not needed.

    Cells that train are stopped after ``training_seconds``. Where only the control questions are
    asked for, nothing runs.

    Parameters
    ----------
    paths : list of Path
        Notebooks, or one folder.
    lab : Path, optional
        A ``selbsttest.json`` or a lab's folder; without it the one beside or above the notebooks.

    Raises
    ------
    UsageError
        If a path does not exist, is neither, or no lab is found.
    """
    bench = open_bench(paths, lab)
    paths = own_paths(paths)
    if questions_only(paths, task):
        return run_own(paths, bench, None, task=task or "kontrollfragen")
    if task is not None:
        bench.description.task(task)
    with engine_or_own(engine) as chosen:
        return run_own(
            paths,
            bench,
            chosen,
            task=task,
            training_seconds=training_seconds,
            listener=listener,
        )


def submit(
    folder: Path,
    target: Path,
    lab: Path | None = None,
    *,
    run: bool = True,
    engine: Engine | None = None,
    listener: Listener | None = None,
) -> HandedIn:
    """Write a group's hand-in as a .zip with a manifest, after a last look at it.

    Parameters
    ----------
    folder : Path
        Where the group works.
    target : Path
        The .zip.
    lab : Path, optional
        As for :func:`self_check`.
    run : bool
        Run the notebooks once more, to find outputs that are stale.

    Raises
    ------
    UsageError
        If there is nothing to hand in, or the .zip cannot be written.
    """
    from grader.handin import hand_in

    if not folder.is_dir():
        raise UsageError(f"{folder} ist kein Ordner.")
    bench = open_bench([folder], lab)
    paths = own_paths([folder])
    if run:
        with engine_or_own(engine) as chosen:
            own = run_own(paths, bench, chosen, listener=listener)
    else:
        own = run_own(paths, bench, None)
    return hand_in(own, target, {n: v for n, v in bench.versions.items() if v})
