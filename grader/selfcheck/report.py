"""A self-check's report: per task what is there, runs, has the right kind and shape, is plausible.

:func:`judge_side` reads a submission and its evidence; it knows of the lab only its description.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.checks.context import Side
from grader.lab import Look
from grader.model import CellRun, Problem
from grader.selfcheck.description import Description, OpenCell, OpenTask
from grader.selfcheck.looks import Finding, State, judge_evidence

__all__ = [
    "LATER",
    "Report",
    "TaskReport",
    "answer_lines",
    "heading_of",
    "judge_questions",
    "judge_side",
    "look_finding",
]

LATER = "Ob Werte und Aussagen stimmen, wird bei der Bewertung geprüft."
_SHORT = 3
# So many empty questions get a line each.
_FEW = 3
_PLACEHOLDER = re.compile(r"^(?:.*[=(,]\s*)?\.\.\.\)?\s*(?:#.*)?$")
_EMPTY_ANSWER = re.compile(r"[\s*_>#-]*(?:hier (?:bitte )?antworten[^\n]{0,60})?[\s*_]*", re.I)
_ORDER: tuple[State, ...] = ("failed", "warning", "passed", "later")


@dataclass(frozen=True, slots=True)
class TaskReport:
    """A task's findings, in the order in which they are shown."""

    id: str
    heading: str
    findings: tuple[Finding, ...]

    @property
    def state(self) -> State:
        """The worst of the findings."""
        states = {f.state for f in self.findings}
        return next((s for s in _ORDER if s in states), "later")


@dataclass(frozen=True, slots=True)
class Report:
    """What a self-check found.

    Attributes
    ----------
    findings : tuple of Finding
        What belongs to no task.
    ran : bool
        Whether notebooks were run.
    """

    title: str
    name: str
    findings: tuple[Finding, ...]
    tasks: tuple[TaskReport, ...]
    ran: bool = True


def judge_side(
    description: Description,
    side: Side,
    *,
    problems: Iterable[Problem] = (),
    task: str | None = None,
    ran: bool = True,
    why_not: str = "",
) -> Report:
    """Report on a submission.

    Parameters
    ----------
    side : Side
        The submission with what its runs left; made with the description's own lab.
    problems : iterable of Problem
        Besides those of the submission and of its runs.
    task : str, optional
        Only this one.
    ran : bool
        Whether notebooks were run; ``why_not`` says why they were not.
    """
    runs = side.evidence.notebooks.values()
    every = [*side.submission.problems, *(p for run in runs for p in run.problems), *problems]
    placed, general = _sorted(description, side, dict.fromkeys(every))
    tasks = []
    for entry in description.tasks:
        if task is not None and entry.id != task:
            continue
        if not entry.notebook:
            if side.submission.answers or task:
                tasks.append(judge_questions(description, side.submission.answers))
        elif entry.notebook in side.submission.notebooks:
            told = placed.get(entry.id, {})
            there = ran and entry.notebook in side.evidence.notebooks
            findings = _task(description, side, entry, told, there)
            tasks.append(TaskReport(entry.id, heading_of(entry), findings))
        elif task:
            gone = Finding("failed", f"{entry.notebook}.ipynb fehlt oder ist nicht lesbar.")
            tasks.append(TaskReport(entry.id, heading_of(entry), (gone,)))
    if why_not:
        general = [Finding("warning", why_not), *general]
    return Report(description.title, side.submission.id, tuple(general), tuple(tasks), ran)


def judge_questions(description: Description, answers: Mapping[int, str]) -> TaskReport:
    """Report on the control questions: which are empty or very short, never what they say."""
    entry = next(t for t in description.tasks if not t.notebook)
    total = len(description.questions)
    words = {n: count_words(answers.get(n, "")) for n in range(1, total + 1)}
    empty = [n for n, count in words.items() if not count]
    findings: list[Finding] = []
    for number, count in words.items():
        if count or len(empty) <= _FEW:
            findings += _answer_findings(f"Frage {number}", count)
    if len(empty) > _FEW:
        named = f"{', '.join(map(str, empty[:-1]))} und {empty[-1]}"
        findings.append(Finding("failed", f"Die Fragen {named} sind leer."))
    done: State = "warning" if empty else "passed"
    head = Finding(done, f"{total - len(empty)} von {total} Fragen sind beantwortet.")
    later = Finding("later", "Der Inhalt wird bei der Bewertung geprüft.")
    return TaskReport(entry.id, entry.title, (head, *findings, later))


def _answer_findings(title: str, words: int) -> list[Finding]:
    """What is to say of an answer of so many words, if anything."""
    if not words:
        return [Finding("failed", f"{title} ist leer.")]
    if words <= _SHORT:
        count = "ein Wort" if words == 1 else f"{words} Wörter"
        return [Finding("warning", f"{title}: nur {count}.")]
    return []


def count_words(text: str) -> int:
    """Words of an answer; the lab's own placeholder counts as nothing."""
    return 0 if _EMPTY_ANSWER.fullmatch(text) else len(re.findall(r"\w+", text))


def heading_of(entry: OpenTask) -> str:
    """Return »Aufgabe 1a: Titel«; of what belongs to no notebook the title alone."""
    return f"Aufgabe {entry.id}: {entry.title}" if entry.notebook else entry.title


def look_finding(description: Description, look: Look, fault: str) -> Finding:
    """A look's line: what was looked for, and whether it is so."""
    title = next((t.checks[look.check] for t in description.tasks if look.check in t.checks), "")
    title = title or " und ".join(f"`{name}`" for name in look.names)
    if not fault:
        return Finding("passed", f"{title}: {look.wanted}." if title else f"{look.wanted}.")
    # What begins with a variable needs no second name of it.
    head = "" if fault.startswith("`") and title.startswith("`") else f"{title}: "
    text = f"{head}{fault} Erwartet: {look.wanted}."
    return Finding("failed", text, _reading(description, look.slot))


# --------------------------------------------------------------------------- one task


def _task(
    description: Description,
    side: Side,
    entry: OpenTask,
    told: Mapping[int, list[str]],
    ran: bool,
) -> tuple[Finding, ...]:
    slots = [s for s in description.slots if s.task == entry.id]
    cells = {s.id: description.by_slot[s.id] for s in slots if s.id in description.by_slot}
    findings: list[Finding] = []
    open_slots = set()
    for slot in slots:
        cell = cells.get(slot.id)
        if slot.kind != "code" or cell is None:
            continue
        fault = _unfinished(side, cell)
        if fault:
            open_slots.add(slot.id)
            findings.append(Finding("failed", fault))
    if not open_slots:
        findings.append(Finding("passed", "Alle Zellen mit Code sind da und bearbeitet."))
    if ran:
        runs = _runs(description, side, entry.id, told)
        # That an empty cell runs is no merit.
        findings += [f for f in runs if f.state != "passed" or not open_slots]
        findings += _looks(description, side, entry.id, open_slots)
    findings += answer_lines(description, side, entry.id)
    return (*findings, Finding("later", LATER))


def answer_lines(description: Description, side: Side, task: str) -> list[Finding]:
    """Which of a task's answers are empty, short or there; never what they say."""
    findings: list[Finding] = []
    for slot in description.slots:
        if slot.task == task and slot.kind == "answer" and slot.id in description.by_slot:
            findings += _answer(side, description.by_slot[slot.id])
    return findings


def _unfinished(side: Side, cell: OpenCell) -> str:
    """Say what is missing in a code cell, from its source alone."""
    if not side.has(cell.slot):
        return f"{_called(cell)}: Die Zelle fehlt." if cell.gap else ""
    if not cell.gap:
        return ""
    given = {" ".join(line.split()) for line in cell.source.splitlines()}
    lines = [" ".join(line.split()) for line in side.source(cell.slot).splitlines()]
    own = [line for line in lines if line and line not in given]
    if not [line for line in own if not line.startswith("#")]:
        return f"{_called(cell)}: noch nicht bearbeitet."
    left = [line for line in lines if line in given and _PLACEHOLDER.match(line) and "..." in line]
    if left:
        return f"{_called(cell)}: Der Platzhalter `...` steht noch da (`{left[0][:60]}`)."
    return ""


def _runs(
    description: Description, side: Side, task: str, told: Mapping[int, list[str]]
) -> list[Finding]:
    cells = side.cells(task)
    if not cells:
        return []
    bad = [c for c in cells if c.status != "ok"]
    if not bad:
        return [Finding("passed", "Der Code läuft ohne Fehler durch.")]
    return [_bad_cell(description, side, task, cell, told) for cell in bad]


def _bad_cell(
    description: Description,
    side: Side,
    task: str,
    cell: CellRun,
    told: Mapping[int, list[str]],
) -> Finding:
    if _was_cut(description, side, task, cell):
        return Finding(
            "later",
            f"Zelle {cell.index + 1}: Das Training wurde im Selbsttest nach {cell.seconds:.0f} "
            "Sekunden angehalten; bei der Bewertung läuft es ganz.",
        )
    if cell.status == "not_run":
        return Finding("failed", f"Zelle {cell.index + 1} wurde nicht mehr ausgeführt.")
    sentence = " ".join(told.get(cell.index, ())) or f"Zelle {cell.index + 1} läuft nicht durch."
    alignment = side.alignment(side.notebook_of(task))
    slots = alignment.placements[cell.index].slots if alignment else ()
    return Finding("failed", sentence, _reading(description, slots[0]) if slots else "")


def _was_cut(description: Description, side: Side, task: str, cell: CellRun) -> bool:
    training = {s.id for s in description.slots if s.training}
    alignment = side.alignment(side.notebook_of(task))
    slots = set(alignment.placements[cell.index].slots) if alignment else set()
    return cell.status == "timeout" and bool(slots & training)


def _looks(
    description: Description, side: Side, task: str, open_slots: set[str]
) -> Iterable[Finding]:
    own = {s.id for s in description.slots if s.task == task}
    for look in description.looks:
        if look.slot not in own or look.slot in open_slots or not side.has(look.slot):
            continue
        fault = judge_evidence(look, side)
        bad = [c for c in side.cells(look.slot) if c.status != "ok"]
        if fault and any(_was_cut(description, side, task, c) for c in bad):
            yield Finding("later", f"Nach dem ganzen Training zu sehen: {look.wanted}.")
        elif not (fault and bad):
            # What a failing cell did not come to says nothing new.
            yield look_finding(description, look, fault)


def _answer(side: Side, cell: OpenCell) -> list[Finding]:
    title = f"Antwort {_called(cell)}"
    words = count_words(side.text(cell.slot)) or count_words(side.comments(cell.slot))
    found = _answer_findings(title, words)
    return found or [Finding("passed", f"{title}: {words} Wörter.")]


# --------------------------------------------------------------------------- helpers


def _called(cell: OpenCell) -> str:
    return f"»{cell.heading}«" if cell.heading else f"»{cell.slot}«"


def _reading(description: Description, slot: str) -> str:
    cell = description.by_slot.get(slot)
    notebook = next((s.notebook for s in description.slots if s.id == slot), "")
    return f"{notebook}, Abschnitt {_called(cell)}" if cell and cell.heading else ""


def _sorted(
    description: Description, side: Side, problems: Iterable[Problem]
) -> tuple[dict[str, dict[int, list[str]]], list[Finding]]:
    """Problems' sentences by task and cell, and those of no task."""
    placed: dict[str, dict[int, list[str]]] = {}
    general = []
    tasks = {t.id for t in description.tasks}
    for entry in problems:
        alignment = side.alignment(entry.notebook) if entry.notebook else None
        task = ""
        if alignment and entry.cell is not None and entry.cell < len(alignment.placements):
            task = alignment.placements[entry.cell].task
        if task in tasks and entry.cell is not None:
            placed.setdefault(task, {}).setdefault(entry.cell, []).append(entry.message)
            continue
        where = f"{entry.notebook}, " if entry.notebook and entry.cell is not None else ""
        general.append(Finding("warning", where + entry.message))
    return placed, general
