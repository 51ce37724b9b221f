"""Runs every attack once per configuration, several at a time, beside a sibling."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from grader.engine.base import Engine, Job
from grader.engine.fresh import FreshEngine
from grader.engine.standing import missing_layers
from grader.engine.walls import Walls
from grader.engine.warm import WarmEngine
from grader.model import NotebookEvidence
from tests.walls.attack import ALL, INNER, OUTER, UNWALLED, Notebook, Probe, make_job
from tests.walls.attacks_ending import ENDING
from tests.walls.attacks_exhausting import EXHAUSTING
from tests.walls.attacks_kernel import KERNEL
from tests.walls.attacks_markup import MARKUP
from tests.walls.attacks_messages import MESSAGES
from tests.walls.attacks_network import NETWORK
from tests.walls.attacks_planting import PLANTING
from tests.walls.attacks_processes import PROCESSES
from tests.walls.attacks_python import PYTHON
from tests.walls.attacks_reading import READING
from tests.walls.attacks_writing import WRITING
from tests.walls.inside import first_cell, probing_cell
from tests.walls.scene import Scene, own_temporary_folder, scene
from tests.walls.sibling import noticed, sibling_job

PROBES: tuple[Probe, ...] = (*READING, *WRITING, *NETWORK, *PROCESSES, *KERNEL)
NOTEBOOKS: tuple[Notebook, ...] = (*EXHAUSTING, *ENDING, *PLANTING, *MARKUP, *MESSAGES, *PYTHON)
AT_ONCE = 8


def engine_of(configuration: str) -> Engine:
    """The engine with the layers of a configuration; skips where they cannot stand."""
    if configuration == UNWALLED:
        return FreshEngine(Walls.only())
    layers = {
        ALL: Walls().names,
        OUTER: ("outer",),
        INNER: tuple(n for n in Walls().names if n != "outer"),
    }[configuration]
    missing = [f"{n}: {missing_layers()[n]}" for n in layers if missing_layers()[n]]
    if missing:
        pytest.skip("; ".join(missing))
    walls = Walls.only(*layers)
    return FreshEngine(walls) if configuration == OUTER else WarmEngine(walls)


@dataclass
class Siege:
    """What came of all attacks in one configuration.

    Attributes
    ----------
    seen : mapping of str to str
        By probing attack: what it reported, or how its cell failed.
    runs : mapping of str to NotebookEvidence or str
        By attack with a notebook of its own: the evidence, or the exception.
    siblings : list of str
        What each of the siblings that ran meanwhile noticed.
    closing : str
        What went wrong when the engine was closed.
    left : list of str
        What it left in the temporary folder.
    changed, planted, contacts, unharmed
        What the victims tell; see :class:`Scene`.
    """

    seen: dict[str, str] = field(default_factory=dict)
    runs: dict[str, NotebookEvidence | str] = field(default_factory=dict)
    siblings: list[str] = field(default_factory=list)
    closing: str = ""
    left: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    planted: list[Path] = field(default_factory=list)
    contacts: list[str] = field(default_factory=list)
    unharmed: bool = False


class _Field:
    """Runs the jobs of a siege."""

    def __init__(self, engine: Engine, victims: Scene) -> None:
        self.engine = engine
        self.victims = victims
        self.siege = Siege()
        self.over = threading.Event()

    def run(self, job: Job) -> NotebookEvidence | str:
        try:
            return self.engine.run(job)
        except BaseException as error:
            return f"{type(error).__name__}: {error}"

    def probes(self, probes: list[Probe], dangerous: bool) -> None:
        cells = [first_cell(self.victims.known, dangerous)]
        cells += [probing_cell(p.name, p.code) for p in probes]
        run = self.run(make_job(cells, self.victims.data, label="probes"))
        for index, probe in enumerate(probes, start=1):
            if isinstance(run, str):
                self.siege.seen[probe.name] = run
                continue
            cell = run.cells[index]
            told = cell.variables.get(probe.name)
            failed = f"{cell.status} {cell.error} {cell.error_message}"
            self.siege.seen[probe.name] = failed if told is None else str(told.scalar)

    def notebook(self, attack: Notebook) -> None:
        cells = [first_cell(self.victims.known), "before = 41"]
        cells += [e.code for e in attack.cells]
        job = make_job(
            [*cells, "after = 42"],
            self.victims.data,
            label=attack.name,
            seconds=attack.seconds,
            limits=attack.limits,
            imports=attack.imports,
            env=attack.env,
        )
        self.siege.runs[attack.name] = self.run(job)

    def siblings(self, seconds: float) -> None:
        while not self.over.is_set():
            job = sibling_job(self.victims, seconds)
            run = self.run(job)
            self.siege.siblings.append(run if isinstance(run, str) else noticed(job, run))


@cache
def _probes(configuration: str) -> list[Probe]:
    if configuration == UNWALLED:
        return [p for p in PROBES if p.control]
    return [p for p in PROBES if configuration in p.holds]


def _besiege(configuration: str, victims: Scene) -> Siege:
    with own_temporary_folder() as folder:
        victims.known["temporary"] = str(folder)
        victims.contacts.clear()
        field_ = _Field(engine_of(configuration), victims)
        siege = field_.siege
        try:
            _attack(field_, configuration)
        finally:
            try:
                field_.engine.close()
            except Exception as error:
                # Told by a test of its own: what came of the attacks is known all the same.
                siege.closing = f"{type(error).__name__}: {error}"
        siege.left = sorted(path.name for path in folder.iterdir())
    siege.changed = victims.changed()
    siege.planted = victims.planted()
    siege.contacts = list(victims.contacts)
    siege.unharmed = victims.victim.unharmed()
    return siege


def _attack(field_: _Field, configuration: str) -> None:
    walled = configuration != UNWALLED
    sibling = threading.Thread(target=field_.siblings, args=(4.0 if walled else 2.0,))
    sibling.start()
    try:
        notebooks = [n for n in NOTEBOOKS if configuration in n.holds]
        notebooks.sort(key=lambda n: not n.slow)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = [pool.submit(field_.probes, _probes(configuration), walled)]
            done += [pool.submit(field_.notebook, n) for n in notebooks]
            for future in done:
                future.result()
    finally:
        field_.over.set()
        sibling.join()


@pytest.fixture(scope="session")
def victims() -> Iterator[Scene]:
    """The scene; its secret is also in the environment of everything that the test starts."""
    with scene() as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_CANARY", made.secret)
        yield made


@pytest.fixture(scope="session")
def sieges(victims: Scene) -> dict[str, Siege | Exception]:
    """What has been run so far; see :func:`siege_of`."""
    return {}


def siege_of(configuration: str, victims: Scene, sieges: dict[str, Siege | Exception]) -> Siege:
    """Run all attacks of a configuration, if that has not been done.

    Raises
    ------
    Exception
        What kept them from being run; it is raised for every test of the configuration.
    """
    if configuration not in sieges:
        try:
            sieges[configuration] = _besiege(configuration, victims)
        except Exception as error:
            sieges[configuration] = error
    found = sieges[configuration]
    if isinstance(found, Exception):
        raise found
    return found


def by_configuration(attacks: tuple[Probe | Notebook, ...]) -> list[object]:
    """Parameters: every attack in every configuration that must hold, one after the other."""
    return [
        pytest.param(configuration, attack, id=f"{configuration}-{attack.name}")
        for configuration in (ALL, OUTER, INNER)
        for attack in attacks
        if configuration in attack.holds
    ]


__all__ = ["NOTEBOOKS", "PROBES", "Siege", "by_configuration", "engine_of", "siege_of"]
