"""What a lab says of its other uses: other data, kits of one's own, self-checks, handing out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "Individual",
    "Look",
    "Release",
    "ResultSpec",
    "Variant",
]


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
