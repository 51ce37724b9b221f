"""A lab: its notebooks, slots, tasks, checks, points and limits, read from ``lab.toml``."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from grader.errors import LabError

__all__ = [
    "CheckSpec",
    "Individual",
    "Kernel",
    "Lab",
    "Late",
    "Limits",
    "Look",
    "NotebookSpec",
    "Profile",
    "Release",
    "ResultSpec",
    "Slot",
    "Task",
    "Variant",
]


_Made = TypeVar("_Made")
_COMPARED = {
    "variant": ("values", "choice", "printed", "pictures", "table"),
    "individual": ("values", "table", "text"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one notebook's run: seconds, bytes and megabytes (MiB)."""

    cell_seconds: float = 60.0
    notebook_seconds: float = 1800.0
    start_seconds: float = 120.0
    memory_mb: int = 4096
    output_bytes: int = 4_000_000
    array_bytes: int = 2_000_000
    files_mb: int = 200
    processes: int = 256
    capture_seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """What every kernel of this lab is started with.

    ``imports`` are imported in every kernel before the first cell; ``warm`` names further modules
    that notebooks import, which kernels that are forked find already loaded.
    ``retry`` names packages: a submission with an error raised inside one of them is run under the
    lab's other profile as well, and the run with fewer failing cells counts. ``compile_training``
    lets long trainings take many steps per call (:mod:`grader.evidence.training`).
    """

    imports: tuple[str, ...] = ()
    warm: tuple[str, ...] = ()
    retry: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    probe_samples: int = 64
    compile_training: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """What handing in late costs, beyond ``free_days`` days: points, or percent of those reached.

    A day that has begun counts as one. Without a date due nothing is late.
    """

    free_days: int = 0
    points_per_day: float = 0.0
    percent_per_day: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A kernel environment; ``signs`` are regular expressions over code that ask for it."""

    name: str
    title: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookSpec:
    """A notebook of the lab; ``source`` is its jupytext file beside ``lab.toml``."""

    name: str
    title: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """What a cell that belongs to a slot does, as its evidence shows it; all that is named.

    ``call``: a recorded call, its result with ``rows`` rows, its ``x`` with ``width`` values per
    row, its file matching the pattern ``path``. ``cmap``: an image shown in this colormap.
    ``kind``: a variable of this kind (with ``width`` values per row) that is new or, with
    ``again``, changed.
    """

    call: str = ""
    rows: int = 0
    width: int = 0
    path: str = ""
    cmap: str = ""
    kind: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place in a notebook that the lab knows by name: a cell of the released notebook.

    ``kind``: ``setup`` (given, needed by every task), ``code`` (captured), ``text`` (an answer in
    Markdown). ``seconds`` overrides the cell's time limit; ``training`` marks what a self-check
    may cut short. ``code`` are patterns that the slot's code shows, all of them, whatever its
    style; any one of ``signs`` tells in the evidence that a cell is this slot's. ``formerly`` are
    names that notebooks in students' hands may still have for it.
    """

    id: str
    task: str
    notebook: str = ""
    kind: Literal["setup", "code", "text"] = "code"
    seconds: float | None = None
    training: bool = False
    code: tuple[str, ...] = ()
    signs: tuple[Sign, ...] = ()
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """A check's place in the lab.

    ``kind``: ``auto`` (judged), ``text`` (free text, always needs a human). ``public`` checks may
    be named in a self-check; the others say that they are judged later. ``network`` names the slot
    in which a call of a network must have said the values: the same numbers from elsewhere do not
    count.
    """

    id: str
    points: float
    title: str
    task: str = ""
    kind: Literal["auto", "text"] = "auto"
    public: bool = False
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task: where it stands, what it is called, how it is judged."""

    id: str
    title: str
    notebook: str = ""
    text: str = ""
    checks: tuple[CheckSpec, ...] = ()

    @property
    def points(self) -> float:
        """Most points that the task can give."""
        return sum(c.points for c in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSpec:
    """A result that is compared in a run with other data, and how.

    ``names`` are the reference's variables. ``kind``: ``values`` (an array that agrees with the
    reference's), ``choice`` (an array whose largest entries per row count), ``printed`` (those
    entries as printed numbers), ``pictures`` (arrays and shown images, which only have to change),
    ``table`` (row by row), ``text`` (numbers in an answer, individual kits only). ``typed`` marks
    what may be typed in.
    """

    slot: str
    title: str
    names: tuple[str, ...] = ()
    kind: Literal["values", "choice", "printed", "pictures", "table", "text"] = "values"
    typed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """How other data are made: ``python -m <module> <copy of the data> <seed>`` in ``folder``.

    Cells that train are stopped after ``training_seconds``, unless a result comes from them.
    ``notes`` says per task why nothing is compared there.
    """

    module: str
    folder: str = "."
    training_seconds: float = 20.0
    notes: Mapping[str, str] = field(default_factory=dict)
    results: tuple[ResultSpec, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a self-check looks for in a slot: nothing but what the task's own text says.

    It goes to students as it stands. ``wanted`` says it in German; ``check`` names the public check
    that it stands for.

    ``kind``: ``numbers`` (an array of ``shape``, 0 for any length, or of ``size`` entries, all in
    [``low``, ``high``]; with ``sums`` each row adds up to 1), ``table`` (at least ``rows`` rows and
    ``columns`` columns, and ``rows`` numbers of one type at the end of ``column``), ``network``
    (``inputs``, ``outputs`` and ``neurons`` of its dense layers, each activation one of
    ``activations``, at least the layers ``layers``; with ``sums`` its outputs add up to 1),
    ``lines`` (a curve of
    ``size`` points between ``low`` and ``high``; with ``labels`` the axes have some), ``pictures``
    (``count`` images, in each of ``cmaps``), ``files`` (``count`` saved images), ``call`` (a call
    of one of ``names``). Of numbers there are ``count`` different ones. ``names`` are variables as
    the task asks for; others of the same kind count too.
    """

    slot: str
    kind: Literal["numbers", "table", "network", "lines", "pictures", "files", "call"]
    wanted: str
    check: str = ""
    names: tuple[str, ...] = ()
    count: int = 1
    shape: tuple[int, ...] = ()
    size: int = 0
    low: float | None = None
    high: float | None = None
    sums: bool = False
    rows: int = 0
    columns: int = 0
    column: str = ""
    inputs: int = 0
    outputs: int = 0
    neurons: int = 0
    activations: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    cmaps: tuple[str, ...] = ()
    labels: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Individual:
    """How a group's own kit is made: ``python -m <module> <folder> <number>`` in ``folder``.

    The folder holds copies of the lab's data (``data``) and sources (``notebooks``), of which the
    module replaces what is a group's own. ``results`` are compared with other groups' references:
    ``values``, ``table`` or ``text``.
    """

    module: str
    folder: str = "."
    results: tuple[ResultSpec, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What is handed out, besides notebooks and questions.

    ``files`` are patterns of the data folder's files that go out, all without any; what matches
    none is an error, so that nothing goes out by accident. ``given`` are variables of the solution
    that hold what students get anyway: such arrays are no secret. ``notes`` is Markdown for the
    kit's README.
    """

    files: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    notes: str = ""


@dataclass(frozen=True, kw_only=True)
class Lab:
    """Everything that the engine knows of a lab. Paths are absolute."""

    id: str
    title: str
    folder: Path
    data: Path
    notebooks: tuple[NotebookSpec, ...]
    tasks: tuple[Task, ...]
    slots: tuple[Slot, ...]
    questions: tuple[str, ...]
    limits: Limits = Limits()
    kernel: Kernel = Kernel()
    late: Late = Late()
    profiles: tuple[Profile, ...] = ()
    data_exclude: tuple[str, ...] = ()
    protocol: Mapping[str, Any] = field(default_factory=dict)
    variant: Variant | None = None
    looks: tuple[Look, ...] = ()
    individual: Individual | None = None
    release: Release = Release()

    @classmethod
    def load(cls, folder: Path | str) -> Lab:
        """Read and check ``lab.toml`` in ``folder``.

        Raises
        ------
        LabError
            If the file is missing, is no TOML, or contradicts itself.
        """
        folder = Path(folder).resolve()
        path = folder / "lab.toml"
        if not path.is_file():
            raise LabError(f"Kein Labor in {folder}: die Datei lab.toml fehlt.")
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
            lab = _from_toml(folder, raw)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
            raise LabError(f"{path}: {error}") from error
        _validate(lab)
        return lab

    @property
    def max_points(self) -> float:
        """Sum of all checks' points."""
        return sum(t.points for t in self.tasks)

    @cached_property
    def checks(self) -> Mapping[str, CheckSpec]:
        """All checks by id, in the lab's order."""
        return {c.id: c for t in self.tasks for c in t.checks}

    @cached_property
    def slot_by_id(self) -> Mapping[str, Slot]:
        """All slots by id, in the lab's order."""
        return {s.id: s for s in self.slots}

    def task(self, task_id: str) -> Task:
        """Return a task by id (KeyError if there is none)."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise KeyError(task_id)

    def profile(self, name: str) -> Profile:
        """Return a profile by name.

        Raises
        ------
        LabError
            If the lab has no such profile.
        """
        for profile in self.profiles:
            if profile.name == name:
                return profile
        known = ", ".join(p.name for p in self.profiles)
        raise LabError(f"Das Labor kennt kein Profil {name!r}; es gibt: {known}.")

    def notebook_slots(self, notebook: str) -> tuple[Slot, ...]:
        """Slots of one notebook, in the lab's order."""
        return tuple(s for s in self.slots if s.notebook == notebook)


def _from_toml(folder: Path, raw: dict[str, Any]) -> Lab:
    def convert(value: Any, kind: Any) -> Any:
        return msgspec.convert(value, kind, strict=True)

    head = raw.get("lab", {})
    data = raw.get("data", {})
    tasks = []
    for entry in raw.get("task", []):
        checks = tuple(
            convert({**check, "task": entry.get("id", "")}, CheckSpec)
            for check in entry.get("check", [])
        )
        fields = {k: v for k, v in entry.items() if k != "check"}
        task = convert(fields, Task)
        tasks.append(Task(**{**_fields(task), "checks": checks}))
    by_task = {t.id: t.notebook for t in tasks}
    slots = []
    for entry in raw.get("slot", []):
        filled = {**entry}
        filled.setdefault("notebook", by_task.get(entry.get("task", ""), ""))
        slots.append(convert(filled, Slot))
    return Lab(
        id=convert(head.get("id", ""), str),
        title=convert(head.get("title", ""), str),
        folder=folder,
        data=(folder / convert(data.get("folder", "../data"), str)).resolve(),
        data_exclude=convert(data.get("exclude", []), tuple[str, ...]),
        notebooks=convert(raw.get("notebook", []), tuple[NotebookSpec, ...]),
        tasks=tuple(tasks),
        slots=tuple(slots),
        questions=convert(raw.get("questions", {}).get("texts", []), tuple[str, ...]),
        limits=convert(raw.get("limits", {}), Limits),
        kernel=convert(raw.get("kernel", {}), Kernel),
        late=convert(raw.get("late", {}), Late),
        profiles=convert(
            [{"name": n, **p} for n, p in raw.get("profiles", {}).items()], tuple[Profile, ...]
        ),
        protocol=raw.get("protocol", {}),
        variant=_with_results(raw["variant"], Variant) if "variant" in raw else None,
        individual=_with_results(raw["individual"], Individual) if "individual" in raw else None,
        release=convert(raw.get("release", {}), Release),
        looks=convert(raw.get("look", []), tuple[Look, ...]),
    )


def _with_results(raw: dict[str, Any], kind: type[_Made]) -> _Made:
    renamed = {"results" if k == "result" else k: v for k, v in raw.items()}
    return msgspec.convert(renamed, kind, strict=True)


def _fields(task: Task) -> dict[str, Any]:
    return {name: getattr(task, name) for name in ("id", "title", "notebook", "text", "checks")}


def _validate(lab: Lab) -> None:
    notebooks = {n.name for n in lab.notebooks}
    tasks = {t.id for t in lab.tasks}
    ids = [c.id for t in lab.tasks for c in t.checks]
    faults = [f"Prüfung {i} steht zweimal da" for i in sorted({i for i in ids if ids.count(i) > 1})]
    faults += [
        f"Aufgabe {t.id} nennt das unbekannte Notebook {t.notebook!r}"
        for t in lab.tasks
        if t.notebook and t.notebook not in notebooks
    ]
    slots = {s.id for s in lab.slots}
    faults += [
        f"Prüfung {c.id} nennt den unbekannten Platz {c.network!r}"
        for t in lab.tasks
        for c in t.checks
        if c.network and c.network not in slots
    ]
    for slot in lab.slots:
        if slot.kind != "setup" and slot.task not in tasks:
            faults.append(f"Platz {slot.id} nennt die unbekannte Aufgabe {slot.task!r}")
        if slot.notebook not in notebooks:
            faults.append(f"Platz {slot.id} nennt das unbekannte Notebook {slot.notebook!r}")
    names = [*slots, *(name for slot in lab.slots for name in slot.formerly)]
    faults += [
        f"Der Name {n} gehört mehreren Plätzen"
        for n in sorted({n for n in names if names.count(n) > 1})
    ]
    for look in lab.looks:
        if look.slot not in slots:
            faults.append(f"[[look]] nennt den unbekannten Platz {look.slot!r}")
        if look.check and not (look.check in lab.checks and lab.checks[look.check].public):
            faults.append(f"[[look]] nennt {look.check!r}, und das ist keine öffentliche Prüfung")
    for section, kinds in _COMPARED.items():
        results: tuple[ResultSpec, ...] = getattr(getattr(lab, section), "results", ())
        for spec in results:
            if spec.slot not in lab.slot_by_id:
                faults.append(f"[{section}] nennt den unbekannten Platz {spec.slot!r}")
            if spec.kind not in kinds:
                faults.append(f"[{section}] kann {spec.kind!r} nicht vergleichen")
    if lab.variant is not None:
        faults += [
            f"[variant] nennt die unbekannte Aufgabe {t!r}"
            for t in lab.variant.notes
            if t not in tasks
        ]
    late = lab.late
    if not all(0 <= v < math.inf for v in (late.free_days, late.points_per_day)):
        faults.append("[late] verträgt nur endliche Zahlen ab 0")
    if late.points_per_day and late.percent_per_day:
        faults.append("[late] nennt points_per_day und percent_per_day; nur eines davon geht")
    if not 0 <= late.percent_per_day <= 100:
        faults.append("[late] percent_per_day liegt nicht zwischen 0 und 100")
    if not lab.id or not lab.profiles:
        faults.append("[lab] id und mindestens ein [profiles.NAME] müssen angegeben sein")
    if faults:
        raise LabError(f"{lab.folder / 'lab.toml'}: " + "; ".join(faults) + ".")
