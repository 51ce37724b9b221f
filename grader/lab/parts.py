"""What a lab consists of: limits, kernels, notebooks, slots, tasks, checks and their points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "CheckSpec",
    "Kernel",
    "Late",
    "Limits",
    "NotebookSpec",
    "Profile",
    "Sign",
    "Slot",
    "Task",
]


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
